import type { HubConnection, RequestOptions } from "../connection/connection.js";
import { asHubError, HubError } from "../errors.js";
import { uuidv7 } from "../ids.js";
import { draft, Outbox, payloadOf, type ChatEntry, type SendOptions } from "./outbox.js";
import { queueHash } from "./queue_hash.js";
import { placeholder, type MoveTarget, type QueueEdit, type TrackSketch } from "./queue.js";
import {
  fromSnapshot,
  reduce,
  reduceEphemeral,
  withOlder,
  withReadMark,
  type RoomTruth,
} from "./reduce.js";
import type { Observable } from "../store.js";
import { RoomCanvas, type RoomView } from "./room_view.js";
import { StreamSubscription } from "../connection/stream.js";
import { TypingNotice } from "./typing.js";
import type { CommandName, DataOf, PayloadOf, QueueChange } from "../wire/commands.js";
import type { DurableEvent, EphemeralEvent, Id } from "../wire/wire.js";
import type { Message } from "../wire/messages.js";
import type { Playback } from "../wire/playback.js";
import type { Item, Place } from "../wire/queue.js";
import type { Invite, Person } from "../wire/rooms.js";
import type { RoomSnapshot } from "../wire/snapshot.js";

const HISTORY_PAGE = 50;
/** The hub forgets a typing member after 6 s; if its word is lost, so does this side. */
const TYPING_FORGOTTEN_MS = 8_000;
/** What was written offline goes out in a burst, which the hub may want slower. */
const PATIENT: RequestOptions = { patient: true };
/** A press of play that is answered later than this would only surprise. */
const TRANSPORT: RequestOptions = { giveUpAfterMs: 15_000 };

type Transport = Extract<
  CommandName,
  `playback:${"play" | "pause" | "seek" | "next" | "previous"}`
>;

type RoomCommand = Extract<
  CommandName,
  | "item:vote"
  | "item:suggest"
  | "skip:vote"
  | `queue:${"undo" | "clear" | "lock" | "unlock" | "update" | "save"}`
  | `suggestion:${"approve" | "reject"}`
>;

/** What a saved queue has become. */
export interface SavedQueue {
  playlistId: Id;
  trackCount: number;
}

/** One room, live: folds its stream, edits optimistically, sends what its user does. */
export class RoomState implements Observable<RoomView> {
  readonly roomId: Id;
  readonly #connection: HubConnection;
  readonly #stream: StreamSubscription<RoomSnapshot>;
  readonly #outbox = new Outbox();
  readonly #notice: TypingNotice;
  readonly #listeners = new Set<() => void>();
  readonly #canvas = new RoomCanvas();
  #truth: RoomTruth | null = null;
  #phase: RoomView["phase"] = "loading";
  #error: HubError | null = null;
  #view: RoomView | null = null;
  #noticing = false;
  /** Messages go out one after the other, so that a repeated one cannot pass its follower. */
  #lastSent: Promise<unknown> = Promise.resolve();
  #typingTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(connection: HubConnection, roomId: Id) {
    this.roomId = roomId;
    this.#connection = connection;
    this.#notice = new TypingNotice((event) => this.#tell(event, { room_id: roomId }));
    this.#stream = new StreamSubscription(connection, `room:${roomId}`, {
      onSnapshot: (snapshot, { seq }) => this.#onSnapshot(snapshot, seq),
      onEvent: (event) => this.#onEvent(event),
      onEphemeral: (event) => this.#onEphemeral(event),
      onPhase: (phase, error) =>
        this.#change(() => ((this.#phase = phase), (this.#error = error ?? null))),
    });
  }

  /** Subscribes; resolves when live, rejects when the hub does not let in. */
  open(): Promise<void> {
    return this.#stream.open();
  }

  /** Ends the subscription; membership stays. */
  close(): void {
    this.#notice.stop();
    this.#stream.close();
    if (this.#typingTimer !== null) clearTimeout(this.#typingTimer);
  }

  readonly getSnapshot = (): RoomView => (this.#view ??= this.#draw());

  /** Listeners are called once for all events of one tick. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  // ------------------------------------------------------------------ chat

  /** Shows the message at once; resolves with the hub's record when it is committed. */
  send(content: string, options: SendOptions = {}): Promise<Message> {
    const entry = draft(this.roomId, this.#me(), content, options);
    this.#notice.stop();
    this.#change(() => this.#outbox.addMessage(entry));
    return this.#deliver(entry);
  }

  /** Sends a failed message again, with the same id. */
  retry(clientId: Id): Promise<Message> {
    const entry = this.#outbox.message(clientId);
    if (entry === undefined) return Promise.reject(notFound("There is no such message to send."));
    this.#change(() => this.#outbox.changeMessage(clientId, { delivery: "pending", error: null }));
    return this.#deliver(entry);
  }

  /** Gives a failed message up. */
  discard(clientId: Id): void {
    this.#change(() => this.#outbox.drop(clientId));
  }

  /** Reads the page before the oldest message at hand. */
  async loadOlder(): Promise<void> {
    const oldest = this.#truth?.messages[0];
    if (!this.#truth?.hasOlder || oldest === undefined) return;
    const page = { room_id: this.roomId, before: oldest.seq, limit: HISTORY_PAGE };
    const { messages, has_more_before } = await this.#connection.request("message:history", page);
    const older = [...messages].sort((a, b) => a.seq - b.seq);
    this.#fold((truth) => withOlder(truth, older, has_more_before));
  }

  /** Everything up to `seq` (default: the last message) has been read. */
  async markRead(seq = this.#truth?.messages.at(-1)?.seq): Promise<void> {
    const { unread } = this.#truth ?? {};
    if (seq === undefined || !unread || (seq <= unread.lastReadSeq && unread.unread === 0)) return;
    this.#fold((truth) => withReadMark(truth, seq));
    const rest = await this.#connection.request("read:mark", { room_id: this.roomId, seq });
    this.#fold((truth) => withReadMark(truth, Math.max(seq, truth.unread.lastReadSeq), rest));
  }

  /** Gives one's own message other words; refused when it was edited meanwhile. */
  edit(message: Message, content: string): Promise<Message> {
    const rev = message.rev === undefined ? {} : { if_rev: message.rev };
    const payload = { message_id: message.id, op_id: uuidv7(), content, ...rev };
    return this.#connection.request("message:update", payload);
  }

  async remove(messageId: Id, reason?: string): Promise<void> {
    const why = reason === undefined ? {} : { reason };
    const payload = { message_id: messageId, op_id: uuidv7(), ...why };
    await this.#connection.request("message:delete", payload);
  }

  async react(messageId: Id, emoji: string, on: boolean): Promise<void> {
    const event = on ? "reaction:add" : "reaction:remove";
    await this.#connection.request(event, { message_id: messageId, emoji, op_id: uuidv7() });
  }

  async pin(messageId: Id, on: boolean): Promise<void> {
    const event = on ? "message:pin" : "message:unpin";
    await this.#connection.request(event, { message_id: messageId, op_id: uuidv7() });
  }

  /** Messages of this room that match, newest first. */
  async search(q: string): Promise<Message[]> {
    const query = { room_id: this.roomId, q, limit: HISTORY_PAGE };
    return (await this.#connection.request("message:search", query)).messages;
  }

  /** The answers to a message, oldest first. */
  async thread(messageId: Id): Promise<Message[]> {
    const query = { room_id: this.roomId, thread_id: messageId, after: 0, limit: 100 };
    return (await this.#connection.request("message:history", query)).messages;
  }

  /** Call at each key press in the message field. */
  typing(): void {
    this.#notice.press();
  }

  // ------------------------------------------------------------------ playback

  play(target: { itemId?: Id; positionMs?: number } = {}): Promise<Playback> {
    return this.#transport("playback:play", {
      ...(target.itemId === undefined ? {} : { item_id: target.itemId }),
      ...(target.positionMs === undefined ? {} : { position_ms: Math.round(target.positionMs) }),
    });
  }

  pause(): Promise<Playback> {
    return this.#transport("playback:pause", {});
  }

  /** Does nothing when another item has begun since the bar was pressed. */
  seek(positionMs: number): Promise<Playback> {
    return this.#transport("playback:seek", {
      ...this.#ofThisItem(),
      position_ms: Math.max(0, Math.round(positionMs)),
    });
  }

  /** Skips once, also when two people press it together: the second press finds it done. */
  next(): Promise<Playback> {
    return this.#transport("playback:next", this.#ofThisItem());
  }

  previous(): Promise<Playback> {
    return this.#transport("playback:previous", this.#ofThisItem());
  }

  // ------------------------------------------------------------------ queue

  /** Queues tracks; those given with a title show at once. */
  async addItems(tracks: readonly (Id | TrackSketch)[], place: Place = "last"): Promise<Item[]> {
    const opId = uuidv7();
    const { user_id, display_name } = this.#me();
    const items = tracks
      .filter((track) => typeof track !== "string")
      .map((track) => placeholder(uuidv7(), track, { user_id, display_name }));
    const trackIds = tracks.map((track) => (typeof track === "string" ? track : track.trackId));
    const payload = { room_id: this.roomId, track_ids: trackIds, place, op_id: opId };
    const { items: added } = await this.#edit(
      { kind: "add", opId, items, place },
      "item:add",
      payload,
    );
    return added;
  }

  async moveItem(itemId: Id, to: MoveTarget): Promise<void> {
    const opId = uuidv7();
    const where = "beforeId" in to ? { before_id: to.beforeId } : { after_id: to.afterId };
    const payload = { room_id: this.roomId, item_id: itemId, op_id: opId, ...where };
    await this.#edit({ kind: "move", opId, itemId, to }, "item:move", payload);
  }

  async removeItem(itemId: Id): Promise<void> {
    const opId = uuidv7();
    const payload = { room_id: this.roomId, item_id: itemId, op_id: opId };
    await this.#edit({ kind: "remove", opId, itemId }, "item:remove", payload);
  }

  /** Votes for a waiting item, against it, or takes the vote back. */
  async vote(itemId: Id, value: -1 | 0 | 1): Promise<void> {
    await this.#do("item:vote", { item_id: itemId, value });
  }

  /** Asks for the next item; enough listeners who do get it. */
  async voteSkip(): Promise<void> {
    const itemId = this.#truth?.playback?.item_id;
    if (itemId) await this.#do("skip:vote", { item_id: itemId });
  }

  /** Takes one's own last edit back; resolves with what it was. */
  async undo(): Promise<"add" | "move" | "remove" | "clear"> {
    return (await this.#do("queue:undo", {})).undone;
  }

  async clearQueue(): Promise<void> {
    await this.#do("queue:clear", {});
  }

  async lockQueue(locked: boolean): Promise<void> {
    await this.#do(locked ? "queue:lock" : "queue:unlock", {});
  }

  async updateQueue(change: QueueChange): Promise<void> {
    await this.#do("queue:update", change);
  }

  /** Makes a playlist of what plays and waits. */
  async saveQueue(name: string, options: { withHistory?: boolean } = {}): Promise<SavedQueue> {
    const { playlist_id, track_count } = await this.#do("queue:save", {
      name,
      ...(options.withHistory === undefined ? {} : { with_history: options.withHistory }),
    });
    return { playlistId: playlist_id, trackCount: track_count };
  }

  /** Asks those who may add for a track. */
  async suggest(trackId: Id, note?: string): Promise<void> {
    const payload = note === undefined ? {} : { note };
    await this.#do("item:suggest", { track_id: trackId, ...payload });
  }

  async approve(suggestionId: Id, place: "next" | "last" = "last"): Promise<void> {
    await this.#do("suggestion:approve", { suggestion_id: suggestionId, place });
  }

  /** Turns a suggestion down, or takes one's own back. */
  async reject(suggestionId: Id): Promise<void> {
    await this.#do("suggestion:reject", { suggestion_id: suggestionId });
  }

  // ------------------------------------------------------------------ members

  /** Makes a link by which others come in. */
  invite(options: { expiresInS?: number; maxUses?: number } = {}): Promise<Invite> {
    return this.#connection.request("invite:create", {
      room_id: this.roomId,
      ...(options.expiresInS === undefined ? {} : { expires_in_s: options.expiresInS }),
      ...(options.maxUses === undefined ? {} : { max_uses: options.maxUses }),
    });
  }

  // ------------------------------------------------------------------ what comes in

  #onSnapshot(snapshot: RoomSnapshot, seq: number): void {
    this.#change(() => {
      this.#truth = fromSnapshot(snapshot, seq, this.#connection.hello?.user.id ?? "");
      for (const { client_id } of snapshot.chat.messages) this.#outbox.drop(client_id);
      this.#outbox.readTo(seq);
    });
  }

  #onEvent(event: DurableEvent): void {
    this.#fold((truth) => reduce(truth, event));
    if (event.op_id !== null) this.#outbox.drop(event.op_id);
    this.#outbox.readTo(event.seq);
    const { state_hash } = event.data as { state_hash?: string };
    const items = this.#truth?.queue?.items;
    if (state_hash !== undefined && items && queueHash(items) !== state_hash) this.#stream.reload();
  }

  #onEphemeral(event: EphemeralEvent): void {
    this.#fold((truth) => reduceEphemeral(truth, event));
    if (event.event !== "typing:updated") return;
    if (this.#typingTimer !== null) clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(
      () => this.#fold((truth) => ({ ...truth, typing: [] })),
      TYPING_FORGOTTEN_MS,
    );
  }

  // ------------------------------------------------------------------ what goes out

  async #deliver(entry: ChatEntry): Promise<Message> {
    const payload = payloadOf(entry);
    const before = this.#lastSent;
    const sent = before
      .catch(() => undefined)
      .then(() => this.#connection.command("message:create", payload, PATIENT));
    this.#lastSent = sent;
    try {
      const { data, seq } = await sent;
      this.#change(() => this.#outbox.acked(entry.client_id, seq, this.#truth?.seq ?? 0));
      return data;
    } catch (thrown) {
      const error = asHubError(thrown);
      this.#change(() =>
        this.#outbox.changeMessage(entry.client_id, { delivery: "failed", error }),
      );
      throw error;
    }
  }

  async #edit<E extends "item:add" | "item:move" | "item:remove">(
    edit: QueueEdit,
    event: E,
    payload: PayloadOf<E>,
  ) {
    this.#change(() => this.#outbox.addEdit(edit));
    try {
      const { data, seq } = await this.#connection.command(event, payload);
      this.#change(() => this.#outbox.acked(edit.opId, seq, this.#truth?.seq ?? 0));
      return data;
    } catch (thrown) {
      this.#change(() => this.#outbox.drop(edit.opId));
      throw thrown;
    }
  }

  /** A command of this room, with an id that makes a repeat harmless. */
  #do<E extends RoomCommand>(
    event: E,
    payload: Omit<PayloadOf<E>, "room_id" | "op_id">,
  ): Promise<DataOf<E>> {
    const full = { ...payload, room_id: this.roomId, op_id: uuidv7() } as PayloadOf<E>;
    return this.#connection.request(event, full) as Promise<DataOf<E>>;
  }

  #transport<E extends Transport>(event: E, payload: object): Promise<Playback> {
    const full = { room_id: this.roomId, ...payload } as PayloadOf<E>;
    return this.#connection.request(event, full, TRANSPORT) as Promise<Playback>;
  }

  #ofThisItem(): { item_id?: Id } {
    const itemId = this.#truth?.playback?.item_id;
    return itemId ? { item_id: itemId } : {};
  }

  /** A word whose loss harms nobody. */
  #tell<E extends CommandName>(event: E, payload: PayloadOf<E>): void {
    if (this.#connection.status.getSnapshot().phase !== "online") return;
    this.#connection.request(event, payload, { retry: false }).catch(() => undefined);
  }

  // ------------------------------------------------------------------ the view

  #me(): Person {
    const user = this.#connection.hello?.user;
    const id = user?.id ?? "";
    const name = user?.username ?? "";
    const unknown = { user_id: id, username: name, display_name: user?.display_name ?? name };
    return this.#truth?.members[id] ?? { ...unknown, is_guest: user?.is_guest ?? false };
  }

  #fold(step: (truth: RoomTruth) => RoomTruth): void {
    const before = this.#truth;
    if (before === null) return;
    const after = step(before);
    if (after !== before) this.#change(() => (this.#truth = after));
  }

  #draw(): RoomView {
    return this.#canvas.draw(this.#truth, this.#outbox, this.#phase, this.#error);
  }

  #change(step: () => unknown): void {
    step();
    this.#view = null;
    if (this.#noticing) return;
    this.#noticing = true;
    queueMicrotask(() => {
      this.#noticing = false;
      for (const listener of [...this.#listeners]) listener();
    });
  }
}

function notFound(message: string): HubError {
  return new HubError({ code: "NOT_FOUND", message, status: 404 });
}
