import type { HubConnection } from "../connection/connection.js";
import { uuidv7 } from "../ids.js";
import type { CommandName, DataOf, PayloadOf, QueueChange } from "../wire/commands.js";
import type { Item, Place } from "../wire/queue.js";
import type { Id } from "../wire/wire.js";
import { me } from "./me.js";
import { placeholder, type MoveTarget, type QueueEdit, type TrackSketch } from "./queue.js";
import type { RoomModel } from "./room_model.js";

type QueueCommand = Extract<
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

/** What a user does to a room's queue: see the methods of `RoomState` of the same names. */
export class RoomQueue {
  readonly #connection: HubConnection;
  readonly #roomId: Id;
  readonly #model: RoomModel;

  constructor(connection: HubConnection, roomId: Id, model: RoomModel) {
    this.#connection = connection;
    this.#roomId = roomId;
    this.#model = model;
  }

  /** Queues tracks; those given with a title show at once. */
  async addItems(tracks: readonly (Id | TrackSketch)[], place: Place = "last"): Promise<Item[]> {
    const opId = uuidv7();
    const { user_id, display_name } = me(this.#connection, this.#model);
    const items = tracks
      .filter((track) => typeof track !== "string")
      .map((track) => placeholder(uuidv7(), track, { user_id, display_name }));
    const trackIds = tracks.map((track) => (typeof track === "string" ? track : track.trackId));
    const payload = { room_id: this.#roomId, track_ids: trackIds, place, op_id: opId };
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
    const payload = { room_id: this.#roomId, item_id: itemId, op_id: opId, ...where };
    await this.#edit({ kind: "move", opId, itemId, to }, "item:move", payload);
  }

  async removeItem(itemId: Id): Promise<void> {
    const opId = uuidv7();
    const payload = { room_id: this.#roomId, item_id: itemId, op_id: opId };
    await this.#edit({ kind: "remove", opId, itemId }, "item:remove", payload);
  }

  /** Votes for a waiting item, against it, or takes the vote back. */
  async vote(itemId: Id, value: -1 | 0 | 1): Promise<void> {
    await this.#do("item:vote", { item_id: itemId, value });
  }

  /** Asks for the next item; enough listeners who do get it. */
  async voteSkip(): Promise<void> {
    const itemId = this.#model.truth?.playback?.item_id;
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

  async #edit<E extends "item:add" | "item:move" | "item:remove">(
    edit: QueueEdit,
    event: E,
    payload: PayloadOf<E>,
  ) {
    this.#model.change(() => this.#model.outbox.addEdit(edit));
    try {
      const { data, seq } = await this.#connection.command(event, payload);
      this.#model.acked(edit.opId, seq);
      return data;
    } catch (thrown) {
      this.#model.change(() => this.#model.outbox.drop(edit.opId));
      throw thrown;
    }
  }

  /** A command of this room, with an id that makes a repeat harmless. */
  #do<E extends QueueCommand>(
    event: E,
    payload: Omit<PayloadOf<E>, "room_id" | "op_id">,
  ): Promise<DataOf<E>> {
    const full = { ...payload, room_id: this.#roomId, op_id: uuidv7() } as PayloadOf<E>;
    return this.#connection.request(event, full) as Promise<DataOf<E>>;
  }
}
