import { openEnvelope, type Envelope } from "./envelope.js";
import { asHubError, disconnected, type HubError } from "../errors.js";
import type {
  PageInfo,
  Quota,
  SearchAnswer,
  SearchQuery,
  Track,
  TrackDetail,
  TrackMetadata,
  TrackPage,
  TrackProgress,
  TrackQuery,
  UploadLimits,
  User,
} from "../wire/rest.js";
import type { SignIn } from "./session.js";
import type { Attachment } from "../wire/messages.js";
import type { Id } from "../wire/wire.js";
import { upload, type UploadOptions } from "./upload.js";

export interface RestOptions {
  /** Where the hub is; default: the page's own origin. */
  baseUrl?: string;
  signIn: SignIn;
}

/**
 * The REST interface, typed. Each call carries the access token; an answer 401 renews it once and
 * repeats the call. Throws HubError with the envelope's code and fields.
 */
export class RestClient {
  readonly #options: RestOptions;

  constructor(options: RestOptions) {
    this.#options = options;
  }

  me(): Promise<User> {
    return this.#data("GET", "/auth/me");
  }

  async tracks(query: TrackQuery = {}): Promise<TrackPage> {
    const { data, meta } = await this.call<Track[]>("GET", `/tracks${queryOf(query)}`);
    return { tracks: data, page: meta as PageInfo };
  }

  searchTracks(query: SearchQuery): Promise<SearchAnswer> {
    return this.#data("GET", `/tracks/search${queryOf({ type: "simple", ...query })}`);
  }

  track(id: Id | number): Promise<TrackDetail> {
    return this.#data("GET", `/tracks/${id}`);
  }

  trackStatus(id: Id | number): Promise<TrackProgress> {
    return this.#data("GET", `/tracks/${id}/status`);
  }

  updateTrack(id: Id | number, change: TrackMetadata): Promise<TrackDetail> {
    return this.#data("PUT", `/tracks/${id}`, change);
  }

  async deleteTrack(id: Id | number, force = false): Promise<void> {
    await this.call("DELETE", `/tracks/${id}${queryOf(force ? { force } : {})}`);
  }

  like(id: Id | number): Promise<{ liked: boolean; likes: number }> {
    return this.#data("POST", `/tracks/${id}/like`, {});
  }

  unlike(id: Id | number): Promise<{ liked: boolean; likes: number }> {
    return this.#data("DELETE", `/tracks/${id}/like`);
  }

  uploadLimits(): Promise<UploadLimits> {
    return this.#data("GET", "/upload/limits");
  }

  quota(): Promise<Quota> {
    return this.#data("GET", "/tracks/quota/me");
  }

  /** Uploads a file: small ones in one piece, others in parts that survive a lost connection. */
  upload(file: File, options: UploadOptions = {}) {
    return upload(this, file, options);
  }

  /** Sends a picture or a sound that a message of this room is to have. */
  async attach(roomId: Id, file: File): Promise<Attachment> {
    return this.authorised(async (token) => {
      const body = new FormData();
      body.append("file", file);
      const init: RequestInit = { method: "POST", credentials: "same-origin", body };
      init.headers = bearer(token);
      const path = `/chat/rooms/${roomId}/attachments`;
      const answer = await fetch(this.url(path), init).catch(() => {
        throw disconnected();
      });
      const text = await answer.text();
      const retryAfter = answer.headers.get("Retry-After");
      return openEnvelope<Attachment>(answer.status, text, retryAfter).data;
    });
  }

  /** Address of a track's multivariant playlist. */
  streamUrl(trackId: Id): string {
    return this.url(`/tracks/${trackId}/hls/master.m3u8`);
  }

  /** Full address of a path under /api/v1. */
  url(path: string): string {
    return `${this.#options.baseUrl ?? ""}/api/v1${path}`;
  }

  /** Any other call of the interface; `path` begins after /api/v1. */
  async call<T>(method: string, path: string, body?: object): Promise<Envelope<T>> {
    return this.authorised(async (token) => {
      const init: RequestInit = { method, credentials: "same-origin", headers: bearer(token) };
      if (body !== undefined) {
        init.headers = { ...bearer(token), "Content-Type": "application/json" };
        init.body = JSON.stringify(body);
      }
      const answer = await fetch(this.url(path), init).catch(() => {
        throw disconnected();
      });
      const text = await answer.text();
      return openEnvelope<T>(answer.status, text, answer.headers.get("Retry-After"));
    });
  }

  /** Runs `attempt` with a token, and once more with a fresh one if the first was refused. */
  async authorised<T>(attempt: (token: string | null) => Promise<T>): Promise<T> {
    const { signIn } = this.#options;
    const signedIn = signIn.session.getSnapshot() !== null;
    try {
      return await attempt(signedIn ? await signIn.accessToken() : null);
    } catch (thrown) {
      const error = asHubError(thrown);
      if (!signedIn || !isRenewable(error)) throw error;
      return attempt(await signIn.accessToken(true));
    }
  }

  async #data<T>(method: string, path: string, body?: object): Promise<T> {
    return (await this.call<T>(method, path, body)).data;
  }
}

function isRenewable(error: HubError): boolean {
  return error.code === "TOKEN_EXPIRED" || error.code === "UNAUTHENTICATED";
}

function bearer(token: string | null): Record<string, string> {
  return token === null ? {} : { Authorization: `Bearer ${token}` };
}

function queryOf(query: object): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  return given.length === 0 ? "" : `?${new URLSearchParams(given.map(([k, v]) => [k, String(v)]))}`;
}
