import { backoffMs } from "../connection/backoff.js";
import { delay } from "../delay.js";
import { openEnvelope } from "./envelope.js";
import { aborted, asHubError, disconnected } from "../errors.js";
import { uuidv7 } from "../ids.js";
import type { KeyValueStorage } from "../storage.js";
import type { RestClient } from "./rest.js";
import type { TrackMetadata, UploadedTrack, UploadState } from "../wire/rest.js";

/** Files up to here go in one request. */
export const WHOLE_BYTES = 8 * 1024 * 1024;
const CHUNK_ATTEMPTS = 6;
const CHUNK_BACKOFF = { min_ms: 500, max_ms: 10_000, jitter: 0.5 };

export interface UploadProgressView {
  sentBytes: number;
  totalBytes: number;
  /** The id under which `upload:progress` speaks of it on the user's stream. */
  uploadId: string;
}

export interface UploadOptions {
  metadata?: TrackMetadata;
  artwork?: File;
  onProgress?: (progress: UploadProgressView) => void;
  signal?: AbortSignal;
  /** Remembers uploads in parts by file, so that a reload can go on (localStorage). */
  storage?: KeyValueStorage | null;
}

/** Uploads a file in the way that suits its size. Throws HubError. */
export function upload(
  rest: RestClient,
  file: File,
  options: UploadOptions = {},
): Promise<UploadedTrack> {
  // Only the form takes a cover along.
  const whole = file.size <= WHOLE_BYTES || options.artwork !== undefined;
  return whole ? uploadWhole(rest, file, options) : uploadInParts(rest, file, options);
}

/** One multipart request. */
export async function uploadWhole(
  rest: RestClient,
  file: File,
  options: UploadOptions = {},
): Promise<UploadedTrack> {
  const uploadId = uuidv7();
  const form = new FormData();
  if (options.metadata) form.append("metadata", JSON.stringify(options.metadata));
  if (options.artwork) form.append("artwork", options.artwork, options.artwork.name);
  form.append("audio", file, file.name);
  const path = `/tracks?upload_id=${uploadId}`;
  const track = await send<UploadedTrack>(rest, path, form, options.signal, (sent, total) => {
    // The form is a little longer than the file: scale, so that the bar ends at its size.
    const share = total > 0 ? sent / total : 0;
    report(options, uploadId, Math.round(share * file.size), file.size);
  });
  report(options, uploadId, file.size, file.size);
  return track;
}

/** In parts, each repeated until it is there; goes on where an earlier attempt has ended. */
export async function uploadInParts(
  rest: RestClient,
  file: File,
  options: UploadOptions = {},
): Promise<UploadedTrack> {
  const state = (await resumed(rest, file, options)) ?? (await initiated(rest, file, options));
  const done = new Set(state.received_chunks);
  const bytesOf = (index: number): number =>
    Math.min(state.chunk_bytes, file.size - index * state.chunk_bytes);
  let sentBytes = [...done].reduce((sum, index) => sum + bytesOf(index), 0);
  report(options, state.upload_id, sentBytes, file.size);
  for (let index = 0; index < state.total_chunks; index++) {
    if (done.has(index)) continue;
    const start = index * state.chunk_bytes;
    const chunk = file.slice(start, start + bytesOf(index));
    await sendChunk(rest, state.upload_id, index, chunk, options.signal, (sent) =>
      report(options, state.upload_id, sentBytes + sent, file.size),
    );
    sentBytes += bytesOf(index);
    report(options, state.upload_id, sentBytes, file.size);
  }
  const body = { upload_id: state.upload_id };
  const { data } = await repeated(options.signal, () =>
    rest.call<UploadedTrack>("POST", "/tracks/complete", body),
  );
  options.storage?.setItem(memoryKey(file), "");
  return data;
}

async function initiated(
  rest: RestClient,
  file: File,
  options: UploadOptions,
): Promise<Pick<UploadState, "upload_id" | "chunk_bytes" | "total_chunks" | "received_chunks">> {
  const { data } = await rest.call<UploadState>("POST", "/tracks/initiate", {
    filename: file.name,
    total_bytes: file.size,
    ...(file.type === "" ? {} : { mime_type: file.type }),
    ...(options.metadata === undefined ? {} : { metadata: options.metadata }),
  });
  options.storage?.setItem(memoryKey(file), data.upload_id);
  return data;
}

async function resumed(
  rest: RestClient,
  file: File,
  { storage }: UploadOptions,
): Promise<UploadState | null> {
  const uploadId = storage?.getItem(memoryKey(file));
  if (!uploadId) return null;
  try {
    const { data } = await rest.call<UploadState>("GET", `/tracks/resume/${uploadId}`);
    return data.total_bytes === file.size && data.track_id === null ? data : null;
  } catch (thrown) {
    const { status } = asHubError(thrown);
    if (status === 404 || status === 410) return null; // Expired: begin anew.
    throw thrown;
  }
}

function sendChunk(
  rest: RestClient,
  uploadId: string,
  index: number,
  chunk: Blob,
  signal: AbortSignal | undefined,
  onSent: (bytes: number) => void,
): Promise<unknown> {
  const path = `/tracks/chunk?upload_id=${uploadId}&chunk_index=${index}`;
  return repeated(signal, () => send(rest, path, chunk, signal, onSent));
}

async function repeated<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (thrown) {
      const error = asHubError(thrown);
      if (!error.retryable || attempt + 1 >= CHUNK_ATTEMPTS) throw error;
      await delay(error.retryAfterMs ?? backoffMs(CHUNK_BACKOFF, attempt, Math.random()), signal);
    }
  }
}

/** POST by XMLHttpRequest: `fetch` tells nothing of what has been sent. */
function send<T>(
  rest: RestClient,
  path: string,
  body: FormData | Blob,
  signal: AbortSignal | undefined,
  onSent: (sentBytes: number, totalBytes: number) => void,
): Promise<T> {
  return rest.authorised(
    (token) =>
      new Promise<T>((resolve, reject) => {
        if (signal?.aborted) return reject(aborted());
        const request = new XMLHttpRequest();
        const abort = (): void => request.abort();
        request.open("POST", rest.url(path));
        if (token !== null) request.setRequestHeader("Authorization", `Bearer ${token}`);
        if (body instanceof Blob) {
          request.setRequestHeader("Content-Type", "application/octet-stream");
        }
        request.upload.onprogress = ({ loaded, total }) => onSent(loaded, total);
        request.onload = () => {
          const retryAfter = request.getResponseHeader("Retry-After");
          try {
            resolve(openEnvelope<T>(request.status, request.responseText, retryAfter).data);
          } catch (error) {
            reject(asHubError(error));
          }
        };
        request.onerror = () => reject(disconnected());
        request.onabort = () => reject(aborted());
        request.onloadend = () => signal?.removeEventListener("abort", abort);
        signal?.addEventListener("abort", abort, { once: true });
        request.send(body);
      }),
  );
}

function report(
  { onProgress }: UploadOptions,
  uploadId: string,
  sentBytes: number,
  totalBytes: number,
): void {
  onProgress?.({ sentBytes: Math.min(sentBytes, totalBytes), totalBytes, uploadId });
}

/** Name, size and date: the same file chosen again is the same upload. */
function memoryKey(file: File): string {
  return `veza.upload.${file.name}.${file.size}.${file.lastModified}`;
}
