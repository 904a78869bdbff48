/** A track as the pages use it, made from what `/api/v1/tracks` answers for lists and for one. */
import type { Id, Track as ListedTrack, TrackDetail } from "@veza/client";

export interface Track {
  id: Id;
  title: string;
  artist: string | null;
  durationMs: number | null;
  status: "processing" | "ready" | "failed";
  /** Its beginning at least can be heard. */
  playable: boolean;
  /** Of the processing, 0…100. */
  percent: number;
  /** Why it could not be used, in plain words. */
  failure: { code: string; message: string } | null;
  hasCover: boolean;
  uploaderId: Id;
  uploaderName: string;
  createdAt: string;
  format: string | null;
  sampleRateHz: number | null;
  loudnessLufs: number | null;
}

export type TrackStatus = Track["status"];

export function trackOf(wire: ListedTrack | TrackDetail): Track {
  const listed = wire as Partial<ListedTrack>;
  const detail = wire as Partial<TrackDetail>;
  return {
    id: wire.uuid,
    title: wire.title,
    artist: wire.artist || null,
    durationMs: wire.duration_ms ?? (wire.duration_seconds === null ? null : wire.duration_seconds * 1000),
    status: wire.status === "processing" || wire.status === "failed" ? wire.status : "ready",
    playable: Boolean(listed.stream_url ?? detail.urls?.stream),
    percent: listed.processing?.percent ?? 0,
    failure: listed.failure ?? null,
    hasCover: Boolean(listed.thumbnail_url ?? detail.urls?.thumbnail ?? detail.urls?.artwork),
    uploaderId: listed.uploader_uuid ?? detail.uploader?.uuid ?? "",
    uploaderName: detail.uploader?.display_name || detail.uploader?.username || listed.uploader_name || "",
    createdAt: wire.created_at,
    format: wire.audio_info.format,
    sampleRateHz: wire.audio_info.sample_rate,
    loudnessLufs: wire.audio_info.loudness_lufs ?? null,
  };
}

export function coverUrl(trackId: Id): string {
  return `/api/v1/tracks/${trackId}/cover`;
}

export function thumbnailUrl(trackId: Id): string {
  return `/api/v1/tracks/${trackId}/thumbnail`;
}
