/** What is needed of localStorage. */
export type KeyValueStorage = Pick<Storage, "getItem" | "setItem">;

/** The page's localStorage; null where there is none or cookies are blocked. */
export function pageStorage(): KeyValueStorage | null {
  return careful(() => globalThis.localStorage);
}

/** The tab's sessionStorage; null where there is none or cookies are blocked. */
export function tabStorage(): KeyValueStorage | null {
  return careful(() => globalThis.sessionStorage);
}

/** Reading the property itself may throw, and so may writing to a full store: what cannot be kept
 * is forgotten, no more. */
function careful(find: () => Storage | undefined): KeyValueStorage | null {
  let storage: Storage | undefined;
  try {
    storage = find();
  } catch {
    return null;
  }
  if (!storage) return null;
  const found = storage;
  return {
    getItem: (key) => found.getItem(key),
    setItem: (key, value) => {
      try {
        found.setItem(key, value);
      } catch {
        // Full, or refused in a private window.
      }
    },
  };
}
