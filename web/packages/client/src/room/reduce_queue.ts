import type { RoomEvents } from "../wire/events.js";
import type { Item, ItemState, Queue } from "../wire/queue.js";

/** Items of the history that are kept: as many as a newcomer is given. */
const HISTORY = 20;

type QueueEventName = Extract<
  keyof RoomEvents,
  `queue:${string}` | `item:${string}` | `suggestion:${string}` | "skip:tallied"
>;

const REDUCERS: { [E in QueueEventName]: (queue: Queue, data: RoomEvents[E]) => Queue } = {
  "item:added": (queue, data) => {
    const added = new Set(data.items.map(({ id }) => id));
    const others = queue.items.filter(({ id }) => !added.has(id));
    return { ...queue, items: inOrder([...others, ...data.items]) };
  },
  "item:moved": (queue, { item_id, rank }) => ranked(queue, { [item_id]: rank }),
  "item:removed": (queue, { item_id }) => ({
    ...queue,
    items: queue.items.filter(({ id }) => id !== item_id),
  }),
  "item:updated": updateItem,
  "queue:updated": (queue, { repeat, shuffle, order, limits, ranks, ...goingOn }) => {
    const { fallback_playlist_id, autoplay } = goingOn;
    const settings = { repeat, shuffle, order, limits, fallback_playlist_id, autoplay };
    return ranked({ ...queue, ...settings }, ranks);
  },
  "queue:cleared": (queue) => ({
    ...queue,
    items: queue.items.filter(({ state }) => state === "playing"),
  }),
  "queue:locked": (queue) => ({ ...queue, locked: true }),
  "queue:unlocked": (queue) => ({ ...queue, locked: false }),
  "queue:advanced": advance,
  "suggestion:created": (queue, { suggestion }) => ({
    ...queue,
    suggestions: [...queue.suggestions, suggestion],
  }),
  "suggestion:resolved": (queue, { suggestion_id }) => ({
    ...queue,
    suggestions: queue.suggestions.filter(({ id }) => id !== suggestion_id),
  }),
  "skip:tallied": (queue, { item_id, votes, needed }) => ({
    ...queue,
    skip: { item_id, votes, needed },
  }),
};

/** The queue after an event of it; the same object for any other event. */
export function reduceQueue(queue: Queue, event: string, data: unknown): Queue {
  const reducer = (REDUCERS as Record<string, (q: Queue, d: unknown) => Queue>)[event];
  if (reducer === undefined) return queue;
  const { queue_rev } = data as { queue_rev: number };
  // A snapshot may already hold what an older event says.
  if (queue_rev <= queue.queue_rev) return queue;
  return { ...reducer(queue, data), queue_rev };
}

/** Ascending rank by code unit, as the server compares; never by locale. */
export function inOrder<I extends Item>(items: I[]): I[] {
  return items.sort((a, b) => (a.rank < b.rank ? -1 : a.rank > b.rank ? 1 : 0));
}

function ranked(queue: Queue, ranks: Record<string, string>): Queue {
  const items = queue.items.map((item) => {
    const rank = ranks[item.id];
    return rank === undefined ? item : { ...item, rank };
  });
  return { ...queue, items: inOrder(items) };
}

function updateItem(queue: Queue, data: RoomEvents["item:updated"]): Queue {
  const old = queue.items.find(({ id }) => id === data.item_id);
  if (old === undefined) return queue;
  const { score, state, ready, has_cover, title, artist, duration_ms, played_at } = data;
  const news = { score, state, ready, has_cover, title, artist, duration_ms, played_at };
  const changed: Item = { ...old, ...news };
  if (!isOver(changed.state)) {
    return { ...queue, items: queue.items.map((item) => (item === old ? changed : item)) };
  }
  const items = queue.items.filter((item) => item !== old);
  return { ...queue, items, history: [...queue.history, changed].slice(-HISTORY) };
}

function advance(queue: Queue, data: RoomEvents["queue:advanced"]): Queue {
  const { from_item_id, to_item_id, from_state, played_at, item } = data;
  const leaving = queue.items.find(({ id }) => id === from_item_id);
  let items = queue.items.filter(({ id }) => id !== from_item_id && id !== to_item_id);
  let history = queue.history.filter(({ id }) => id !== to_item_id);
  if (leaving !== undefined && leaving.id !== to_item_id && from_state !== null) {
    const left: Item = { ...leaving, state: from_state, played_at };
    if (isOver(from_state)) history = [...history, left].slice(-HISTORY);
    else items = [...items, left];
  }
  if (item !== null) items = [...items, item];
  return { ...queue, items: inOrder(items), history, current_item_id: to_item_id, skip: null };
}

function isOver(state: ItemState): boolean {
  return state === "played" || state === "skipped" || state === "failed";
}
