/** @veza/client: everything a program needs to take part in a Veza Hub. See README.md. */

export type * from "./wire/rooms.js";
export type * from "./wire/messages.js";
export type * from "./wire/playback.js";
export type * from "./wire/queue.js";
export type * from "./wire/live.js";
export type * from "./wire/snapshot.js";
export type * from "./wire/wire.js";
export type * from "./wire/events.js";
export type * from "./wire/commands.js";
export type * from "./wire/rest.js";
export type * from "./wire/orders.js";
export type * from "./wire/presence.js";
export { HubError } from "./errors.js";
export { deviceId, uuidv7 } from "./ids.js";
export { pageStorage, tabStorage, type KeyValueStorage } from "./storage.js";
export { Store, type Observable } from "./store.js";
export { HubConnection } from "./connection/connection.js";
export type { ConnectionOptions, RequestOptions } from "./connection/options.js";
export type { ConnectionPhase, ConnectionStatus } from "./connection/status.js";
export { StreamSubscription, type StreamHandlers, type StreamPhase } from "./connection/stream.js";
export { localTime, ServerClock, type ClockReading } from "./clock/clock.js";
export { endAt, isRunning, playbackAt, positionAt, type Timeline } from "./clock/timeline.js";
export { RoomState } from "./room/room.js";
export type { RoomView } from "./room/room_view.js";
export type { ChatEntry, SendOptions } from "./room/outbox.js";
export type { MoveTarget, QueueEntry, QueueView, TrackSketch } from "./room/queue.js";
export { SignIn, type Session, type SessionOptions } from "./rest/session.js";
export { RestClient, type RestOptions } from "./rest/rest.js";
export type { UploadOptions, UploadProgressView } from "./rest/upload.js";
export { SyncedPlayer, type PlayerOptions, type PlayerView } from "./player.js";
export { MediaEngine, type MediaEngineOptions } from "./media_engine.js";
export {
  EngineSwitch,
  isEngineChoice,
  type EngineChoice,
  type EngineMakers,
} from "./engine_switch.js";
export { canChooseDevice, sendTo } from "./output_device.js";
export { WebAudioEngine, type WebAudioEngineOptions } from "./web_audio/web_audio_engine.js";
export {
  CalibrationError,
  measureSpeakerDelay,
  type CalibrationFailure,
  type CalibrationOptions,
} from "./calibration/calibration.js";
export { whyNoGraph, whyNotByDefault } from "./web_audio/fitness.js";
export type * from "./wire/chunks.js";
export { ChunkPlayer, type ChunkPlayerOptions } from "./chunks/chunk_player.js";
export type { PlayerLink } from "./chunks/player_link.js";
export type { Cue, EngineState, EngineView, Measurement, PlayerEngine, Source } from "./engine.js";
