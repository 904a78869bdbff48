import type { Item, Place, Queue } from "../wire/queue.js";
import type { Id } from "../wire/wire.js";

/** Where an item is put: before or after another one. */
export type MoveTarget = { beforeId: Id } | { afterId: Id };

/** An edit that the hub has not shown in its log yet. */
export type QueueEdit =
  | { kind: "add"; opId: Id; items: Item[]; place: Place }
  | { kind: "move"; opId: Id; itemId: Id; to: MoveTarget }
  | { kind: "remove"; opId: Id; itemId: Id };

/** An item on screen. */
export interface QueueEntry extends Item {
  /** True while an edit of this item waits for the hub. */
  pending: boolean;
}

export type QueueView = Omit<Queue, "items"> & { items: QueueEntry[] };

/**
 * The queue as its editor should see it: the hub's, with his own unanswered edits put on top again,
 * oldest first. An edit whose item or neighbour is gone does nothing, as it will on the hub.
 */
export function withEdits(queue: Queue, edits: readonly QueueEdit[]): QueueView {
  const start: QueueEntry[] = queue.items.map((item) => ({ ...item, pending: false }));
  return { ...queue, items: edits.reduce(applyEdit, start) };
}

/** What is known of a track before the hub has made an item of it. */
export interface TrackSketch {
  trackId: Id;
  title: string;
  artist: string | null;
  durationMs: number | null;
  hasCover: boolean;
}

/** A stand-in for an item that is being added. */
export function placeholder(
  id: Id,
  track: TrackSketch,
  addedBy: { user_id: Id; display_name: string },
): Item {
  return {
    id,
    track_id: track.trackId,
    title: track.title,
    artist: track.artist,
    duration_ms: track.durationMs,
    added_by: addedBy,
    added_at: new Date().toISOString(),
    rank: "",
    score: 0,
    state: "pending",
    ready: true,
    has_cover: track.hasCover,
    played_at: null,
  };
}

function applyEdit(items: QueueEntry[], edit: QueueEdit): QueueEntry[] {
  switch (edit.kind) {
    case "add": {
      const added = edit.items.map((item) => ({ ...item, pending: true }));
      return insert(items, added, addIndex(items, edit.place));
    }
    case "remove":
      return items.filter(({ id }) => id !== edit.itemId);
    case "move": {
      const mover = items.find(({ id }) => id === edit.itemId);
      if (mover === undefined || mover.state !== "pending") return items;
      const others = items.filter((item) => item !== mover);
      const index = moveIndex(others, edit.to);
      return index === null ? items : insert(others, [{ ...mover, pending: true }], index);
    }
  }
}

function addIndex(items: readonly QueueEntry[], place: Place): number {
  if (place === "last") return items.length;
  if (place === "next") return firstPending(items);
  const after = items.findIndex(({ id }) => id === place.after_id);
  return after < 0 ? items.length : after + 1;
}

function moveIndex(others: readonly QueueEntry[], to: MoveTarget): number | null {
  const neighbour = "beforeId" in to ? to.beforeId : to.afterId;
  const at = others.findIndex(({ id }) => id === neighbour);
  if (at < 0) return null;
  return Math.max(firstPending(others), "beforeId" in to ? at : at + 1);
}

/** The playing item is always the first: nothing goes before it. */
function firstPending(items: readonly QueueEntry[]): number {
  return items[0]?.state === "playing" ? 1 : 0;
}

function insert<T>(list: readonly T[], added: readonly T[], index: number): T[] {
  return [...list.slice(0, index), ...added, ...list.slice(index)];
}
