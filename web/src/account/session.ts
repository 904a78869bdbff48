/** Who is signed in on this page, for the components; the tokens themselves stay in the client library. */
import { RestClient, SignIn, type Id, type User } from "@veza/client";
import { create } from "zustand";

export const signIn = new SignIn();
export const rest = new RestClient({ signIn });

interface SessionView {
  phase: "starting" | "out" | "in";
  user: User | null;
  /** The one room a guest may be in; null for users. */
  guestRoomId: Id | null;
  /** Whose last session ended by itself (not by signing out), while nobody has signed in since. */
  ended: "user" | "guest" | null;
}

export const useSession = create<SessionView>(() => ({ phase: "starting", user: null, guestRoomId: null, ended: null }));

/** A mark without a secret: spares newcomers a request that could only be refused. */
const WAS_HERE = "veza.signed_in";
const GUEST = "veza.guest";

let leaving = false;

/** Picks up the session of an earlier visit; called once at start. */
export async function startSession(): Promise<void> {
  signIn.session.subscribe(follow);
  if (mayComeBack()) {
    // Out of reach or refused: one starts signed out, and can sign in when the hub answers again.
    await signIn.restore().catch(() => null);
  }
  if (useSession.getState().phase === "starting") useSession.setState({ phase: "out" });
}

export async function login(name: string, password: string): Promise<void> {
  await signIn.login({ ...(name.includes("@") ? { email: name } : { username: name }), password });
}

/** Signs out here and on the server; what is open closes itself because the phase changes. */
export async function logout(): Promise<void> {
  leaving = true;
  try {
    await signIn.logout();
  } catch {
    // Out of reach: this device has forgotten the session all the same.
  } finally {
    leaving = false;
  }
}

function follow(): void {
  const session = signIn.session.getSnapshot();
  const before = useSession.getState();
  if (session) {
    if (!session.user.is_guest) remember(true);
    useSession.setState({ phase: "in", user: session.user, guestRoomId: session.user.room_id, ended: null });
  } else {
    remember(false);
    useSession.setState({ phase: "out", user: null, guestRoomId: null, ended: before.phase !== "in" || leaving ? null : before.guestRoomId ? "guest" : "user" });
  }
}

function mayComeBack(): boolean {
  try {
    return localStorage.getItem(WAS_HERE) === "1" || Boolean(sessionStorage.getItem(GUEST));
  } catch {
    return true; // unknown: ask the server
  }
}

function remember(here: boolean): void {
  try {
    if (here) localStorage.setItem(WAS_HERE, "1");
    else localStorage.removeItem(WAS_HERE);
  } catch {
    // Storage can be forbidden; the next visit then asks the server.
  }
}
