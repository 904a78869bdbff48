/** Files on their way into the catalog: sent two at a time, then followed until they can be heard. */
import { HubError, uuidv7, type Id } from "@veza/client";
import i18next from "i18next";
import { create } from "zustand";
import { onHubClose } from "../account/hub";
import { rest } from "../account/session";
import { announceArrival, followTrack, useTrackNews } from "../catalog/trackNews";
import { getTrack } from "../catalog/tracks";
import { useActiveRoom } from "../room/activeRoom";
import { complain, useToasts } from "../shell/toasts";
import { looksLikeMusic, titleFromName } from "./formats";

export interface Upload {
  id: Id;
  file: File;
  title: string;
  phase: "waiting" | "sending" | "accepted" | "failed" | "cancelled";
  sentBytes: number;
  /** Known once the hub has the whole file; the processing is told by track (catalog/trackNews.ts). */
  trackId: Id | null;
  /** Whose queue it also goes into. */
  roomId: Id | null;
  error: unknown;
}

interface Uploads {
  uploads: Upload[];
  /** The room whose page is open: what is dropped goes into its queue, too. */
  roomId: Id | null;
}

const AT_ONCE = 2;

export const useUploads = create<Uploads>(() => ({ uploads: [], roomId: null }));

const running = new Map<Id, AbortController>();

export function setUploadRoom(roomId: Id | null): void {
  useUploads.setState({ roomId });
}

export function addFiles(files: Iterable<File>): void {
  const { roomId } = useUploads.getState();
  const fresh: Upload[] = [];
  for (const file of files) {
    const problem = file.size === 0 ? "upload.empty" : looksLikeMusic(file) ? null : "upload.notAudio";
    if (problem) useToasts.getState().show({ look: "bad", title: i18next.t("upload.failed"), body: i18next.t(problem, { name: file.name }) });
    else fresh.push({ id: uuidv7(), file, title: titleFromName(file.name), phase: "waiting", sentBytes: 0, trackId: null, roomId, error: null });
  }
  useUploads.setState((state) => ({ uploads: [...state.uploads, ...fresh] }));
  startNext();
}

export function cancelUpload(id: Id): void {
  change(id, { phase: "cancelled" });
  running.get(id)?.abort();
  startNext();
}

/** Goes on where it stopped: parts that have arrived are not sent again. */
export function retryUpload(id: Id): void {
  change(id, { phase: "waiting", error: null });
  startNext();
}

export function dismissUpload(id: Id): void {
  useUploads.setState((state) => ({ uploads: state.uploads.filter((upload) => upload.id !== id) }));
}

export function dismissAll(ids: readonly Id[]): void {
  useUploads.setState((state) => ({ uploads: state.uploads.filter((upload) => !ids.includes(upload.id)) }));
}

function startNext(): void {
  const { uploads } = useUploads.getState();
  const free = AT_ONCE - uploads.filter((upload) => upload.phase === "sending").length;
  uploads
    .filter((upload) => upload.phase === "waiting")
    .slice(0, Math.max(0, free))
    .forEach((upload) => void send(upload));
}

async function send(upload: Upload): Promise<void> {
  const abort = new AbortController();
  running.set(upload.id, abort);
  change(upload.id, { phase: "sending" });
  try {
    const track = await rest.upload(upload.file, {
      signal: abort.signal,
      onProgress: ({ sentBytes }) => change(upload.id, { sentBytes }),
      storage: pageStorage(),
    });
    change(upload.id, { phase: "accepted", sentBytes: upload.file.size, trackId: track.uuid, title: track.title });
    followTrack(track.uuid);
    announceArrival();
    if (upload.roomId) await enqueue(upload.roomId, track.uuid, track.title);
  } catch (error) {
    if (!abort.signal.aborted) change(upload.id, { phase: "failed", error });
  } finally {
    running.delete(upload.id);
    startNext();
  }
}

/** A track may wait in a queue before it can be heard. */
async function enqueue(roomId: Id, trackId: Id, title: string): Promise<void> {
  const { active } = useActiveRoom.getState();
  if (active?.roomId !== roomId) return;
  try {
    await active.state.addItems([trackId], "last");
  } catch (error) {
    complain(i18next.t("queue.addTrack", { title }), error);
  }
}

/** Once the tags are read the file has a real name. */
useTrackNews.subscribe(({ byTrack }, before) => {
  for (const upload of useUploads.getState().uploads) {
    const { id, trackId } = upload;
    if (!trackId || byTrack[trackId]?.outcome !== "ready" || before.byTrack[trackId]?.outcome === "ready") continue;
    getTrack(trackId).then(
      ({ title }) => change(id, { title }),
      () => undefined, // the file's name will do
    );
  }
});

function change(id: Id, part: Partial<Upload>): void {
  useUploads.setState((state) => ({
    uploads: state.uploads.map((upload) => (upload.id === id && !(upload.phase === "cancelled" && part.phase === undefined) ? { ...upload, ...part } : upload)),
  }));
}

function pageStorage(): Storage | null {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** Whether trying again can help: a file that is refused for what it is stays refused. */
export function isWorthRetrying(error: unknown): boolean {
  return !(error instanceof HubError) || error.retryable || error.status === 0 || error.status === 401;
}

onHubClose(() => {
  running.forEach((abort) => abort.abort());
  useUploads.setState({ uploads: [] });
});

// A page that is closed while it sends loses what is on its way; the browser then asks first.
window.addEventListener("beforeunload", (event) => {
  if (useUploads.getState().uploads.some((upload) => upload.phase === "sending" || upload.phase === "waiting")) event.preventDefault();
});
