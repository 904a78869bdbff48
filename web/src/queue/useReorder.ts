import { useCallback, useEffect, useRef, useState, type CSSProperties, type PointerEvent as ReactPointerEvent, type RefObject } from "react";

interface Drag {
  from: number;
  to: number;
  offsetPx: number;
  rowPx: number;
}

export interface Reorder {
  listRef: RefObject<HTMLOListElement>;
  /** Row that is held now. */
  from: number | null;
  start(event: ReactPointerEvent, index: number): void;
  styleOf(index: number): CSSProperties | undefined;
}

const EDGE_PX = 56;
const SCROLL_PX = 9;

/**
 * Reordering by dragging, with mouse, pen and finger alike. The rows are of one height; the others make
 * way while one is held. Keyboards use the row's buttons instead.
 */
export function useReorder(onDrop: (from: number, to: number) => void): Reorder {
  const listRef = useRef<HTMLOListElement>(null);
  const [drag, setDrag] = useState<Drag | null>(null);
  const latest = useRef(onDrop);
  latest.current = onDrop;
  const stop = useRef<(() => void) | null>(null);

  useEffect(() => () => stop.current?.(), []);

  const start = useCallback((event: ReactPointerEvent, index: number) => {
    const list = listRef.current;
    const row = list?.children[index] as HTMLElement | undefined;
    if (!list || !row || event.button !== 0) return;
    event.preventDefault();
    const rowPx = row.offsetHeight;
    const count = list.children.length;
    const scroller = list.parentElement as HTMLElement;
    const startY = event.clientY + scroller.scrollTop;
    let pointerY = event.clientY;
    let current: Drag = { from: index, to: index, offsetPx: 0, rowPx };

    const update = () => {
      const offsetPx = pointerY + scroller.scrollTop - startY;
      const to = Math.min(count - 1, Math.max(0, index + Math.round(offsetPx / rowPx)));
      current = { from: index, to, offsetPx, rowPx };
      setDrag(current);
    };
    const onMove = (move: PointerEvent) => {
      pointerY = move.clientY;
      update();
    };
    const scrolling = setInterval(() => {
      const box = scroller.getBoundingClientRect();
      const by = pointerY < box.top + EDGE_PX ? -SCROLL_PX : pointerY > box.bottom - EDGE_PX ? SCROLL_PX : 0;
      if (by === 0) return;
      scroller.scrollTop += by;
      update();
    }, 16);
    const end = () => {
      clearInterval(scrolling);
      window.removeEventListener("pointermove", onMove);
      window.removeEventListener("pointerup", drop);
      window.removeEventListener("pointercancel", end);
      window.removeEventListener("keydown", onKey);
      stop.current = null;
      setDrag(null);
    };
    const drop = () => {
      const { from, to } = current;
      end();
      if (from !== to) latest.current(from, to);
    };
    const onKey = (key: KeyboardEvent) => key.key === "Escape" && end();
    window.addEventListener("pointermove", onMove);
    window.addEventListener("pointerup", drop);
    window.addEventListener("pointercancel", end);
    window.addEventListener("keydown", onKey);
    stop.current = end;
    setDrag(current);
  }, []);

  const styleOf = (index: number): CSSProperties | undefined => {
    if (!drag) return undefined;
    if (index === drag.from) return { transform: `translateY(${drag.offsetPx}px)` };
    if (index > drag.from && index <= drag.to) return { transform: `translateY(${-drag.rowPx}px)` };
    if (index < drag.from && index >= drag.to) return { transform: `translateY(${drag.rowPx}px)` };
    return { transform: "none" };
  };

  return { listRef, from: drag?.from ?? null, start, styleOf };
}
