import type { HubConnection } from "../connection/connection.js";
import type { RequestOptions } from "../connection/options.js";
import type { CommandName, PayloadOf } from "../wire/commands.js";
import type { Playback } from "../wire/playback.js";
import type { Id } from "../wire/wire.js";
import type { RoomModel } from "./room_model.js";

/** A press of play that is answered later than this would only surprise. */
const TRANSPORT: RequestOptions = { giveUpAfterMs: 15_000 };

type Transport = Extract<
  CommandName,
  `playback:${"play" | "pause" | "seek" | "next" | "previous"}`
>;

/** The buttons of what plays: see the methods of `RoomState` of the same names. */
export class RoomTransport {
  readonly #connection: HubConnection;
  readonly #roomId: Id;
  readonly #model: RoomModel;

  constructor(connection: HubConnection, roomId: Id, model: RoomModel) {
    this.#connection = connection;
    this.#roomId = roomId;
    this.#model = model;
  }

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

  #transport<E extends Transport>(event: E, payload: object): Promise<Playback> {
    const full = { room_id: this.#roomId, ...payload } as PayloadOf<E>;
    return this.#connection.request(event, full, TRANSPORT) as Promise<Playback>;
  }

  #ofThisItem(): { item_id?: Id } {
    const itemId = this.#model.truth?.playback?.item_id;
    return itemId ? { item_id: itemId } : {};
  }
}
