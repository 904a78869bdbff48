/** The player of `player:open`: its calls and events (docs/protocol.md, "Pulling a track"). */

import type { Id } from "./wire.js";

export type Quality = "auto" | "low" | "medium" | "high" | "lossless";

export interface RungView {
  id: string;
  /** RFC 6381, for `audio/mp4; codecs="…"`. */
  codec: string;
  bitrate_bps: number;
  lossless: boolean;
}

export interface PlayerOpened {
  player_id: Id;
  track_id: Id;
  duration_ms: number;
  chunk_ms: number;
  chunks: number;
  from_index: number;
  rung: string;
  rungs: RungView[];
  hls_url: string;
  expires_at: string;
}

/** `media:chunk`: a whole fragment, or one of its `parts`. */
export interface ChunkEvent {
  player_id: Id;
  index: number;
  start_ms: number;
  duration_ms: number;
  rung: string;
  codec: string;
  init?: number;
  part?: number;
  parts?: number;
  last?: boolean;
  data: ArrayBuffer;
}

export type PlayContext = "library" | "room" | "playlist" | "search" | "profile" | "live" | "other";

type Call<P, D> = { payload: P; data: D };

export interface PlayerCommands {
  "player:open": Call<
    {
      track_id?: Id;
      item_id?: Id;
      room_id?: Id;
      quality?: Quality;
      position_ms?: number;
      codecs?: string[];
    },
    PlayerOpened
  >;
  "player:request": Call<
    { player_id: Id; from_index: number; credits: number; rung?: Quality },
    { from_index: number; credits: number; rung: string }
  >;
  "player:seek": Call<
    { player_id: Id; position_ms: number },
    { from_index: number; start_ms: number }
  >;
  "player:metrics": Call<
    { player_id: Id; throughput_bps: number | null; buffer_ms: number; underruns: number },
    { rung: string }
  >;
  "player:close": Call<{ player_id: Id }, { player_id: Id }>;
  "play:log": Call<
    { track_id: Id; listened_ms: number; completed: boolean; context: PlayContext },
    { listened_ms: number; counted: boolean }
  >;
}
