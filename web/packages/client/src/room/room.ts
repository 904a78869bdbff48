import type { HubConnection } from "../connection/connection.js";
import { StreamSubscription } from "../connection/stream.js";
import type { Observable } from "../store.js";
import type { QueueChange } from "../wire/commands.js";
import type { Message } from "../wire/messages.js";
import type { Playback } from "../wire/playback.js";
import type { Item, Place } from "../wire/queue.js";
import type { Invite } from "../wire/rooms.js";
import type { RoomSnapshot } from "../wire/snapshot.js";
import type { DurableEvent, EphemeralEvent, Id } from "../wire/wire.js";
import type { SendOptions } from "./outbox.js";
import type { MoveTarget, TrackSketch } from "./queue.js";
import { queueHash } from "./queue_hash.js";
import { fromSnapshot, reduce, reduceEphemeral } from "./reduce.js";
import { RoomChat } from "./room_chat.js";
import { RoomModel } from "./room_model.js";
import { RoomQueue, type SavedQueue } from "./room_queue.js";
import { RoomTransport } from "./room_transport.js";
import type { RoomView } from "./room_view.js";

/** The hub forgets a typing member after 6 s; if its word is lost, so does this side. */
const TYPING_FORGOTTEN_MS = 8_000;

/**
 * One room, live: folds its stream, edits optimistically, sends what its user does. What he says is
 * `RoomChat`'s, what he presses `RoomTransport`'s, what he queues `RoomQueue`'s.
 */
export class RoomState implements Observable<RoomView> {
  readonly roomId: Id;
  readonly #connection: HubConnection;
  readonly #stream: StreamSubscription<RoomSnapshot>;
  readonly #model = new RoomModel();
  readonly #chat: RoomChat;
  readonly #transport: RoomTransport;
  readonly #queue: RoomQueue;
  #typingTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(connection: HubConnection, roomId: Id) {
    this.roomId = roomId;
    this.#connection = connection;
    this.#chat = new RoomChat(connection, roomId, this.#model);
    this.#transport = new RoomTransport(connection, roomId, this.#model);
    this.#queue = new RoomQueue(connection, roomId, this.#model);
    this.#stream = new StreamSubscription(connection, `room:${roomId}`, {
      onSnapshot: (snapshot, { seq }) => this.#onSnapshot(snapshot, seq),
      onEvent: (event) => this.#onEvent(event),
      onEphemeral: (event) => this.#onEphemeral(event),
      onPhase: (phase, error) => this.#model.enter(phase, error ?? null),
    });
  }

  /** Subscribes; resolves when live, rejects when the hub does not let in. */
  open(): Promise<void> {
    return this.#stream.open();
  }

  /** Ends the subscription; membership stays. */
  close(): void {
    this.#chat.close();
    this.#stream.close();
    if (this.#typingTimer !== null) clearTimeout(this.#typingTimer);
  }

  readonly getSnapshot = (): RoomView => this.#model.getSnapshot();

  /** Listeners are called once for all events of one tick. */
  readonly subscribe = (listener: () => void): (() => void) => this.#model.subscribe(listener);

  // ------------------------------------------------------------------ chat

  /** Shows the message at once; resolves with the hub's record when it is committed. */
  send(content: string, options: SendOptions = {}): Promise<Message> {
    return this.#chat.send(content, options);
  }

  /** Sends a failed message again, with the same id. */
  retry(clientId: Id): Promise<Message> {
    return this.#chat.retry(clientId);
  }

  /** Gives a failed message up. */
  discard(clientId: Id): void {
    this.#chat.discard(clientId);
  }

  /** Reads the page before the oldest message at hand. */
  loadOlder(): Promise<void> {
    return this.#chat.loadOlder();
  }

  /** Everything up to `seq` (default: the last message) has been read. */
  markRead(seq?: number): Promise<void> {
    return this.#chat.markRead(seq);
  }

  /** Gives one's own message other words; refused when it was edited meanwhile. */
  edit(message: Message, content: string): Promise<Message> {
    return this.#chat.edit(message, content);
  }

  remove(messageId: Id, reason?: string): Promise<void> {
    return this.#chat.remove(messageId, reason);
  }

  react(messageId: Id, emoji: string, on: boolean): Promise<void> {
    return this.#chat.react(messageId, emoji, on);
  }

  pin(messageId: Id, on: boolean): Promise<void> {
    return this.#chat.pin(messageId, on);
  }

  /** Messages of this room that match, newest first. */
  search(q: string): Promise<Message[]> {
    return this.#chat.search(q);
  }

  /** The answers to a message, oldest first. */
  thread(messageId: Id): Promise<Message[]> {
    return this.#chat.thread(messageId);
  }

  /** Call at each key press in the message field. */
  typing(): void {
    this.#chat.typing();
  }

  // ------------------------------------------------------------------ playback

  play(target: { itemId?: Id; positionMs?: number } = {}): Promise<Playback> {
    return this.#transport.play(target);
  }

  pause(): Promise<Playback> {
    return this.#transport.pause();
  }

  /** Does nothing when another item has begun since the bar was pressed. */
  seek(positionMs: number): Promise<Playback> {
    return this.#transport.seek(positionMs);
  }

  /** Skips once, also when two people press it together: the second press finds it done. */
  next(): Promise<Playback> {
    return this.#transport.next();
  }

  previous(): Promise<Playback> {
    return this.#transport.previous();
  }

  // ------------------------------------------------------------------ queue

  /** Queues tracks; those given with a title show at once. */
  addItems(tracks: readonly (Id | TrackSketch)[], place: Place = "last"): Promise<Item[]> {
    return this.#queue.addItems(tracks, place);
  }

  moveItem(itemId: Id, to: MoveTarget): Promise<void> {
    return this.#queue.moveItem(itemId, to);
  }

  removeItem(itemId: Id): Promise<void> {
    return this.#queue.removeItem(itemId);
  }

  /** Votes for a waiting item, against it, or takes the vote back. */
  vote(itemId: Id, value: -1 | 0 | 1): Promise<void> {
    return this.#queue.vote(itemId, value);
  }

  /** Asks for the next item; enough listeners who do get it. */
  voteSkip(): Promise<void> {
    return this.#queue.voteSkip();
  }

  /** Takes one's own last edit back; resolves with what it was. */
  undo(): Promise<"add" | "move" | "remove" | "clear"> {
    return this.#queue.undo();
  }

  clearQueue(): Promise<void> {
    return this.#queue.clearQueue();
  }

  lockQueue(locked: boolean): Promise<void> {
    return this.#queue.lockQueue(locked);
  }

  updateQueue(change: QueueChange): Promise<void> {
    return this.#queue.updateQueue(change);
  }

  /** Makes a playlist of what plays and waits. */
  saveQueue(name: string, options: { withHistory?: boolean } = {}): Promise<SavedQueue> {
    return this.#queue.saveQueue(name, options);
  }

  /** Asks those who may add for a track. */
  suggest(trackId: Id, note?: string): Promise<void> {
    return this.#queue.suggest(trackId, note);
  }

  approve(suggestionId: Id, place: "next" | "last" = "last"): Promise<void> {
    return this.#queue.approve(suggestionId, place);
  }

  /** Turns a suggestion down, or takes one's own back. */
  reject(suggestionId: Id): Promise<void> {
    return this.#queue.reject(suggestionId);
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
    for (const { client_id } of snapshot.chat.messages) this.#model.outbox.drop(client_id);
    this.#model.outbox.readTo(seq);
    this.#model.restart(fromSnapshot(snapshot, seq, this.#connection.hello?.user.id ?? ""));
  }

  #onEvent(event: DurableEvent): void {
    this.#model.fold((truth) => reduce(truth, event));
    if (event.op_id !== null) this.#model.outbox.drop(event.op_id);
    this.#model.outbox.readTo(event.seq);
    const { state_hash } = event.data as { state_hash?: string };
    const items = this.#model.truth?.queue?.items;
    if (state_hash !== undefined && items && queueHash(items) !== state_hash) this.#stream.reload();
  }

  #onEphemeral(event: EphemeralEvent): void {
    this.#model.fold((truth) => reduceEphemeral(truth, event));
    if (event.event !== "typing:updated") return;
    if (this.#typingTimer !== null) clearTimeout(this.#typingTimer);
    this.#typingTimer = setTimeout(
      () => this.#model.fold((truth) => ({ ...truth, typing: [] })),
      TYPING_FORGOTTEN_MS,
    );
  }
}
