import { useEffect, useState } from "react";

/**
 * A control that stays where it was put while the hub is asked: `shown` is what was put, until the value follows or
 * the asking fails (then `hold` rejects, and the value is shown again).
 */
export function useHeld<T>(value: T): { shown: T; hold: (next: T, work: () => Promise<unknown>) => Promise<void> } {
  const [held, setHeld] = useState<{ next: T } | null>(null);
  useEffect(() => setHeld(null), [value]);
  return {
    shown: held ? held.next : value,
    async hold(next, work) {
      setHeld({ next });
      try {
        await work();
      } catch (error) {
        setHeld(null);
        throw error;
      }
    },
  };
}
