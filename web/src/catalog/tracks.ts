/** Reading the catalog over REST. */
import type { Id } from "@veza/client";
import { rest } from "../account/session";
import { trackOf, type Track } from "./track";

export interface TrackPageOf {
  tracks: Track[];
  total: number;
  hasNext: boolean;
}

/** Newest first; `search` looks in title and artist. `withOwn`: the caller's private ones, too. */
export async function listTracks(search: string, page: number, limit: number, withOwn: boolean): Promise<TrackPageOf> {
  const words = search.trim();
  const answer = await rest.tracks({ ...(words ? { search: words } : {}), ...(withOwn ? { show_private: true } : {}), page, limit, sort: "created_at", order: "desc", include: "status" });
  return { tracks: answer.tracks.map(trackOf), total: answer.page.total, hasNext: answer.page.has_next };
}

/** One track, with the state of its processing while it is not ready. */
export async function getTrack(id: Id): Promise<Track> {
  const track = trackOf(await rest.track(id));
  if (track.status === "ready") return track;
  const { progress, error } = await rest.trackStatus(id);
  return { ...track, percent: progress, failure: error };
}
