import type { HubConnection } from "../connection/connection.js";
import type { RequestOptions } from "../connection/options.js";
import { asHubError, HubError } from "../errors.js";
import { uuidv7 } from "../ids.js";
import type { CommandName, PayloadOf } from "../wire/commands.js";
import type { Message } from "../wire/messages.js";
import type { Id } from "../wire/wire.js";
import { me } from "./me.js";
import { draft, payloadOf, type ChatEntry, type SendOptions } from "./outbox.js";
import { withOlder, withReadMark } from "./reduce.js";
import type { RoomModel } from "./room_model.js";
import { TypingNotice } from "./typing.js";

const HISTORY_PAGE = 50;
/** What was written offline goes out in a burst, which the hub may want slower. */
const PATIENT: RequestOptions = { patient: true };

/** What a user says and reads in a room: see the methods of `RoomState` of the same names. */
export class RoomChat {
  readonly #connection: HubConnection;
  readonly #roomId: Id;
  readonly #model: RoomModel;
  readonly #notice: TypingNotice;
  /** Messages go out one after the other, so that a repeated one cannot pass its follower. */
  #lastSent: Promise<unknown> = Promise.resolve();

  constructor(connection: HubConnection, roomId: Id, model: RoomModel) {
    this.#connection = connection;
    this.#roomId = roomId;
    this.#model = model;
    this.#notice = new TypingNotice((event) => this.#tell(event, { room_id: roomId }));
  }

  /** Nobody writes here any more. */
  close(): void {
    this.#notice.stop();
  }

  /** Shows the message at once; resolves with the hub's record when it is committed. */
  send(content: string, options: SendOptions = {}): Promise<Message> {
    const entry = draft(this.#roomId, me(this.#connection, this.#model), content, options);
    this.#notice.stop();
    this.#model.change(() => this.#model.outbox.addMessage(entry));
    return this.#deliver(entry);
  }

  /** Sends a failed message again, with the same id. */
  retry(clientId: Id): Promise<Message> {
    const entry = this.#model.outbox.message(clientId);
    if (entry === undefined) return Promise.reject(notFound("There is no such message to send."));
    const again = { delivery: "pending", error: null } as const;
    this.#model.change(() => this.#model.outbox.changeMessage(clientId, again));
    return this.#deliver(entry);
  }

  /** Gives a failed message up. */
  discard(clientId: Id): void {
    this.#model.change(() => this.#model.outbox.drop(clientId));
  }

  /** Reads the page before the oldest message at hand. */
  async loadOlder(): Promise<void> {
    const oldest = this.#model.truth?.messages[0];
    if (!this.#model.truth?.hasOlder || oldest === undefined) return;
    const page = { room_id: this.#roomId, before: oldest.seq, limit: HISTORY_PAGE };
    const { messages, has_more_before } = await this.#connection.request("message:history", page);
    const older = [...messages].sort((a, b) => a.seq - b.seq);
    this.#model.fold((truth) => withOlder(truth, older, has_more_before));
  }

  /** Everything up to `seq` (default: the last message) has been read. */
  async markRead(seq = this.#model.truth?.messages.at(-1)?.seq): Promise<void> {
    const { unread } = this.#model.truth ?? {};
    if (seq === undefined || !unread || (seq <= unread.lastReadSeq && unread.unread === 0)) return;
    this.#model.fold((truth) => withReadMark(truth, seq));
    const rest = await this.#connection.request("read:mark", { room_id: this.#roomId, seq });
    this.#model.fold((truth) => withReadMark(truth, Math.max(seq, truth.unread.lastReadSeq), rest));
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
    const query = { room_id: this.#roomId, q, limit: HISTORY_PAGE };
    return (await this.#connection.request("message:search", query)).messages;
  }

  /** The answers to a message, oldest first. */
  async thread(messageId: Id): Promise<Message[]> {
    const query = { room_id: this.#roomId, thread_id: messageId, after: 0, limit: 100 };
    return (await this.#connection.request("message:history", query)).messages;
  }

  /** Call at each key press in the message field. */
  typing(): void {
    this.#notice.press();
  }

  async #deliver(entry: ChatEntry): Promise<Message> {
    const payload = payloadOf(entry);
    const before = this.#lastSent;
    const sent = before
      .catch(() => undefined)
      .then(() => this.#connection.command("message:create", payload, PATIENT));
    this.#lastSent = sent;
    try {
      const { data, seq } = await sent;
      this.#model.acked(entry.client_id, seq);
      return data;
    } catch (thrown) {
      const error = asHubError(thrown);
      this.#model.change(() =>
        this.#model.outbox.changeMessage(entry.client_id, { delivery: "failed", error }),
      );
      throw error;
    }
  }

  /** A word whose loss harms nobody. */
  #tell<E extends CommandName>(event: E, payload: PayloadOf<E>): void {
    if (this.#connection.status.getSnapshot().phase !== "online") return;
    this.#connection.request(event, payload, { retry: false }).catch(() => undefined);
  }
}

function notFound(message: string): HubError {
  return new HubError({ code: "NOT_FOUND", message, status: 404 });
}
