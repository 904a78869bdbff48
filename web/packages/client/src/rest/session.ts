import { openEnvelope } from "./envelope.js";
import { asHubError, disconnected, HubError } from "../errors.js";
import { pageStorage, tabStorage, type KeyValueStorage } from "../storage.js";
import type { GuestTokens, Tokens, User } from "../wire/rest.js";
import { Store, type Observable } from "../store.js";
import { inTurn } from "./turns.js";

const GUEST_KEY = "veza.guest";
/** A token that dies sooner than this is renewed before it is used. */
const MARGIN_MS = 30_000;

export interface Session {
  user: User;
  accessToken: string;
  /** Local Unix ms. */
  expiresAtMs: number;
}

export interface SessionOptions {
  /** Where the hub is; default: the page's own origin. */
  baseUrl?: string;
  /** Lives as long as the tab (sessionStorage): a guest has nothing else to come back with. */
  guestStorage?: KeyValueStorage | null;
  /** Shared by the tabs (localStorage), for taking turns where Web Locks are missing. */
  sharedStorage?: KeyValueStorage | null;
}

/**
 * Who is signed in here. The access token stays in memory; a user comes back after a reload by the
 * HttpOnly refresh cookie, a guest by his room token, kept for the life of the tab.
 */
export class SignIn {
  readonly #options: SessionOptions;
  readonly #session = new Store<Session | null>(null);
  #refreshing: Promise<Session> | null = null;

  constructor(options: SessionOptions = {}) {
    this.#options = { guestStorage: tabStorage(), sharedStorage: pageStorage(), ...options };
  }

  get session(): Observable<Session | null> {
    return this.#session;
  }

  /** Takes up where the last visit ended; null when nobody is signed in. */
  async restore(): Promise<Session | null> {
    const guest = this.#savedGuest();
    if (guest !== null) return this.#enter(guest);
    try {
      return await this.refresh();
    } catch (thrown) {
      if (asHubError(thrown).status === 401) return null;
      throw thrown;
    }
  }

  register(account: {
    username: string;
    email: string;
    password: string;
    display_name?: string;
  }): Promise<Session> {
    return this.#by("register", account);
  }

  login(who: ({ email: string } | { username: string }) & { password: string }): Promise<Session> {
    return this.#by("login", who);
  }

  /** Comes into one room by its invitation, without an account. Gives the room's id too. */
  async guest(inviteToken: string, displayName: string): Promise<Session & { roomId: string }> {
    const body = { invite_token: inviteToken, display_name: displayName };
    const tokens = (await this.#post("guest", body)) as GuestTokens;
    const session = this.#enter(sessionOf(tokens));
    this.#options.guestStorage?.setItem(GUEST_KEY, JSON.stringify(session));
    return { ...session, roomId: tokens.room.id };
  }

  /** Signs out on the hub and here. */
  async logout(): Promise<void> {
    const token = this.#session.getSnapshot()?.accessToken;
    this.#leave();
    await this.#post("logout", {}, token);
  }

  /** A fresh access token by the refresh cookie; tabs and callers take turns. */
  refresh(): Promise<Session> {
    this.#refreshing ??= inTurn("veza.refresh", this.#options.sharedStorage ?? null, () =>
      this.#by("refresh", {}),
    )
      .catch((thrown) => {
        if (asHubError(thrown).status === 401) this.#leave();
        throw thrown;
      })
      .finally(() => (this.#refreshing = null));
    return this.#refreshing;
  }

  /** A valid access token; what HubConnection's `token` option wants. */
  readonly accessToken = async (fresh = false): Promise<string> => {
    const session = this.#session.getSnapshot();
    const leftMs = session === null ? 0 : session.expiresAtMs - Date.now();
    if (session !== null && leftMs > MARGIN_MS && !fresh) return session.accessToken;
    if (session?.user.is_guest) {
      // There is no other token: this one serves until it is over.
      if (leftMs > 0) return session.accessToken;
      this.#leave();
      throw new HubError({
        code: "TOKEN_REVOKED",
        message: "Your visit as a guest is over. Open the invitation again.",
        status: 401,
      });
    }
    return (await this.refresh()).accessToken;
  };

  /** The token at hand without waiting; null when there is none. */
  readonly currentToken = (): string | null => this.#session.getSnapshot()?.accessToken ?? null;

  async #by(path: string, body: object): Promise<Session> {
    return this.#enter(sessionOf(await this.#post(path, body)));
  }

  async #post(path: string, body: object, token?: string): Promise<Tokens> {
    let answer: Response;
    try {
      answer = await fetch(`${this.#options.baseUrl ?? ""}/api/v1/auth/${path}`, {
        method: "POST",
        credentials: "same-origin",
        headers: {
          "Content-Type": "application/json",
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        },
        body: JSON.stringify(body),
      });
    } catch {
      throw disconnected();
    }
    const retryAfter = answer.headers.get("Retry-After");
    return openEnvelope<Tokens>(answer.status, await answer.text(), retryAfter).data;
  }

  #enter(session: Session): Session {
    this.#session.set(session);
    return session;
  }

  #leave(): void {
    this.#options.guestStorage?.setItem(GUEST_KEY, "");
    this.#session.set(null);
  }

  #savedGuest(): Session | null {
    const text = this.#options.guestStorage?.getItem(GUEST_KEY);
    if (!text) return null;
    const saved = JSON.parse(text) as Session;
    return saved.expiresAtMs - Date.now() > MARGIN_MS ? saved : null;
  }
}

function sessionOf({ user, access_token, expires_in }: Tokens): Session {
  return { user, accessToken: access_token, expiresAtMs: Date.now() + expires_in * 1000 };
}
