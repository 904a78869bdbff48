/** The one live connection of the person who is signed in, its clock, and what comes on `user:{id}`. */
import { deviceId, HubConnection, ServerClock, StreamSubscription, type DurableEvent, type EphemeralEvent } from "@veza/client";
import { create } from "zustand";
import { signIn, useSession } from "./session";

export interface Hub {
  connection: HubConnection;
  clock: ServerClock;
}

export const useHub = create<{ hub: Hub | null }>(() => ({ hub: null }));

type UserEventListener = (event: string, data: unknown) => void;

const listeners = new Set<UserEventListener>();
const resyncs = new Set<() => void>();
const onClose = new Set<() => void>();

/** Hears every event of the private stream; returns the way out. */
export function onUserEvent(listener: UserEventListener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Runs when events may have been missed for good: what they would have told has to be read again. */
export function onUserResync(work: () => void): void {
  resyncs.add(work);
}

/** Runs before the connection closes because the person signed out. */
export function onHubClose(work: () => void): void {
  onClose.add(work);
}

/** Opens the connection while somebody is signed in, closes it when not; called once at start. */
export function followSession(): void {
  let user: string | null = null;
  let close: (() => void) | null = null;
  const follow = () => {
    const session = useSession.getState();
    const next = session.phase === "in" ? (session.user?.id ?? null) : null;
    if (next === user) return;
    close?.();
    user = next;
    close = next ? open(next) : null;
  };
  useSession.subscribe(follow);
  follow();
}

function open(userId: string): () => void {
  const connection = new HubConnection({
    token: signIn.accessToken,
    deviceId: deviceId(),
    client: { name: "web", version: __VERSION__ },
  });
  const clock = new ServerClock(connection);
  const tell = (event: DurableEvent | EphemeralEvent) => listeners.forEach((listener) => listener(event.event, event.data));
  const stream = new StreamSubscription(connection, `user:${userId}`, {
    onSnapshot: () => resyncs.forEach((work) => work()),
    onEvent: tell,
    onEphemeral: tell,
  });
  connection.connect().then(
    () => clock.start(),
    () => undefined, // the banner shows the status; the connection keeps trying by itself
  );
  stream.open().catch(() => undefined);
  useHub.setState({ hub: { connection, clock } });
  return () => {
    onClose.forEach((work) => work());
    useHub.setState({ hub: null });
    stream.close();
    clock.stop();
    connection.close();
  };
}
