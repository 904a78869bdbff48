/** Shapes of the REST interface under /api/v1 that this client uses. Units as in wire.ts. */
import type { Joined } from "./rooms.js";
import type { Id } from "./wire.js";

export interface User {
  id: Id;
  seq_id: number;
  username: string;
  display_name: string;
  /** Null for guests. */
  email: string | null;
  role: "user" | "content_creator" | "moderator" | "admin" | "guest";
  is_guest: boolean;
  is_verified: boolean;
  avatar_url: string | null;
  plan: string;
  /** The only room a guest may enter; null for users. */
  room_id: Id | null;
  created_at: string;
}

/** Answer of register, login, refresh and guest. */
export interface Tokens {
  user: User;
  access_token: string;
  /** Absent for guests. */
  refresh_token?: string | null;
  token_type: "Bearer";
  /** Seconds the access token lives. */
  expires_in: number;
  session_id: Id;
}

export interface GuestTokens extends Tokens {
  room: Joined;
}

export interface AudioInfo {
  format: string | null;
  bitrate: number | null;
  sample_rate: number | null;
  channels: number | null;
  file_size: number | null;
  codec?: string | null;
  quality?: string | null;
  loudness_lufs?: number | null;
}

export type TrackStatus = "processing" | "completed" | "failed";

/** A track in a list. `id` is the catalog's number; rooms and queues use `uuid`. */
export interface Track {
  id: number;
  uuid: Id;
  title: string;
  artist: string | null;
  filename: string;
  duration_seconds: number | null;
  tags: string[];
  is_public: boolean;
  uploader_id: number;
  uploader_uuid: Id;
  uploader_name: string;
  created_at: string;
  updated_at: string;
  stream_url: string | null;
  waveform_url: string | null;
  thumbnail_url: string | null;
  stats: { plays: number; likes: number; downloads: number; shares: number };
  audio_info: AudioInfo;
  /** With `include: "status"` only. */
  status?: TrackStatus;
  duration_ms?: number | null;
  processing?: { step: string | null; percent: number | null };
  failure?: { code: string; message: string } | null;
}

export interface TrackDetail {
  id: number;
  uuid: Id;
  title: string;
  artist: string | null;
  description: string | null;
  filename: string;
  duration_seconds: number | null;
  duration_ms: number | null;
  tags: string[];
  genre: string | null;
  bpm: number | null;
  key: string | null;
  is_public: boolean;
  is_downloadable: boolean;
  license: string | null;
  status: TrackStatus;
  uploader_id: number;
  uploader: {
    id: number;
    uuid: Id;
    username: string;
    display_name: string;
    avatar_url: string | null;
  };
  created_at: string;
  updated_at: string;
  urls: {
    stream: string | null;
    waveform: string | null;
    thumbnail: string | null;
    artwork: string | null;
  };
  audio_info: AudioInfo;
  stats: Record<string, number>;
  liked?: boolean;
}

export interface TrackProgress {
  id: number;
  uuid: Id;
  status: TrackStatus;
  /** 0 to 100. */
  progress: number;
  step: string | null;
  tasks: { task: string; status: string; progress: number }[];
  error: { code: string; message: string } | null;
  stream_url: string | null;
  duration_ms: number | null;
  updated_at: string;
}

export interface PageInfo {
  page: number;
  per_page: number;
  total: number;
  total_pages: number;
  has_next: boolean;
  has_prev: boolean;
}

export interface TrackPage {
  tracks: Track[];
  page: PageInfo;
}

export interface TrackQuery {
  page?: number;
  limit?: number;
  sort?:
    | "created_at"
    | "updated_at"
    | "title"
    | "artist"
    | "duration"
    | "plays"
    | "likes"
    | "popularity";
  order?: "asc" | "desc";
  search?: string;
  artist?: string;
  genre?: string;
  tags?: string;
  uploader_id?: number | Id | "me";
  show_private?: boolean;
  include?: "status";
}

export interface FoundTrack {
  id: number;
  uuid: Id;
  title: string;
  artist: string | null;
  score: number;
  match_reasons: string[];
  /** HTML with <em> around what matched. */
  highlighted: { title: string; artist: string | null; tags: string[] };
  duration_seconds: number | null;
  genre: string | null;
  bpm: number | null;
  key: string | null;
  thumbnail_url: string | null;
  stream_url: string | null;
  uploader: { id: number; uuid: Id; username: string; display_name: string };
  stats: { plays: number; likes: number };
}

export interface SearchAnswer {
  query: string;
  total_results: number;
  search_time_ms: number;
  results: FoundTrack[];
  facets: {
    genres: { name: string; count: number }[];
    artists: { name: string; count: number }[];
    bpm_ranges: { range: string; count: number }[];
  };
  suggestions: string[];
  related_searches: string[];
}

export interface SearchQuery {
  q: string;
  limit?: number;
  offset?: number;
  sort?: string;
  artist?: string;
  genre?: string;
  key?: string;
  tags?: string;
}

export interface TrackMetadata {
  title?: string;
  artist?: string;
  description?: string;
  tags?: string[];
  genre?: string;
  bpm?: number;
  key?: string;
  is_public?: boolean;
  is_downloadable?: boolean;
  license?: string;
}

/** Answer of an upload: the track exists, the worker has it. */
export interface UploadedTrack {
  id: number;
  uuid: Id;
  title: string;
  artist: string | null;
  filename: string;
  is_public: boolean;
  created_at: string;
  urls: { stream: string | null; waveform: string | null; thumbnail: string | null };
  processing_status: {
    status: TrackStatus;
    progress: number;
    estimated_completion: string | null;
    tasks: { task: string; status: string; progress: number }[];
  };
}

export interface UploadLimits {
  plan: string;
  max_file_bytes: number;
  max_duration_seconds: number | null;
  chunk_bytes: number;
  formats: {
    format: string;
    extensions: string[];
    mime_types: string[];
    max_bitrate_kbps: number | null;
    quality: string;
  }[];
  uploads_per_month: number | null;
  storage_bytes: number | null;
}

/** State of an upload in parts. */
export interface UploadState {
  upload_id: Id;
  filename: string;
  total_bytes: number;
  received_bytes: number;
  chunk_bytes: number;
  total_chunks: number;
  received_chunks: number[];
  missing_chunks: number[];
  status: string;
  track_id: Id | null;
  expires_at: string;
}

export interface Quota {
  plan: string;
  uploads_this_month: number;
  uploads_per_month: number | null;
  uploads_left: number | null;
  used_bytes: number;
  storage_bytes: number | null;
  max_file_bytes: number;
  max_duration_seconds: number | null;
  resets_at: string;
}
