/** @veza/client: everything a program needs to take part in a Veza Hub. See README.md. */

export type * from "./types.js";
export type * from "./wire.js";
export type * from "./events.js";
export type * from "./commands.js";
export type * from "./rest_types.js";
export type * from "./order_types.js";
export type * from "./presence_types.js";
export { HubError } from "./errors.js";
export { deviceId, uuidv7 } from "./ids.js";
export { pageStorage, tabStorage, type KeyValueStorage } from "./storage.js";
export { Store, type Observable } from "./store.js";
export { HubConnection, type ConnectionOptions, type RequestOptions } from "./connection.js";
export type { ConnectionPhase, ConnectionStatus } from "./status.js";
export { StreamSubscription, type StreamHandlers, type StreamPhase } from "./stream.js";
export { localTime, ServerClock, type ClockReading } from "./clock.js";
export { endAt, isRunning, playbackAt, positionAt, type Timeline } from "./timeline.js";
export { RoomState } from "./room.js";
export type { RoomView } from "./room_view.js";
export type { ChatEntry, SendOptions } from "./outbox.js";
export type { MoveTarget, QueueEntry, QueueView, TrackSketch } from "./queue.js";
export { SignIn, type Session, type SessionOptions } from "./session.js";
export { RestClient, type RestOptions } from "./rest.js";
export type { UploadOptions, UploadProgressView } from "./upload.js";
export { SyncedPlayer, type PlayerOptions, type PlayerView } from "./player.js";
export { MediaEngine, type MediaEngineOptions } from "./media_engine.js";
export {
  EngineSwitch,
  isEngineChoice,
  type EngineChoice,
  type EngineMakers,
} from "./engine_switch.js";
export { WebAudioEngine, type WebAudioEngineOptions } from "./web_audio/web_audio_engine.js";
export {
  CalibrationError,
  measureSpeakerDelay,
  type CalibrationFailure,
  type CalibrationOptions,
} from "./calibration/calibration.js";
export { whyNoGraph, whyNotByDefault } from "./web_audio/fitness.js";
export type * from "./chunk_types.js";
export { ChunkPlayer, type ChunkPlayerOptions, type PlayerLink } from "./chunk_player.js";
export type { Cue, EngineState, EngineView, Measurement, PlayerEngine, Source } from "./engine.js";
