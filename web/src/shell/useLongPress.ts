import { useEffect, useRef, type PointerEvent } from "react";

const LONG_MS = 500;

/** Tells a long press of a finger or pen from a tap; `wasLong` says of the click that follows which it was. */
export function useLongPress(onLong: () => void) {
  const timer = useRef<ReturnType<typeof setTimeout> | null>(null);
  const long = useRef(false);

  function stop() {
    if (timer.current !== null) clearTimeout(timer.current);
    timer.current = null;
  }
  useEffect(() => stop, []);

  return {
    handlers: {
      onPointerDown(event: PointerEvent) {
        long.current = false;
        stop();
        if (event.pointerType === "mouse") return;
        timer.current = setTimeout(() => {
          long.current = true;
          onLong();
        }, LONG_MS);
      },
      onPointerUp: stop,
      onPointerCancel: stop,
      onPointerLeave: stop,
      onContextMenu(event: { preventDefault(): void }) {
        if (timer.current !== null || long.current) event.preventDefault();
      },
    },
    wasLong: () => long.current,
  };
}
