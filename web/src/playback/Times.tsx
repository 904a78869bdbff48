import { useEffect, useRef } from "react";
import { clockTime } from "../shell/format";
import { useFrame } from "../shell/useFrame";
import "./controls.css";

/** Elapsed and whole length. Hidden from screen readers: the slider says the same. */
export function Times({ position, durationMs, moving }: { position: () => number; durationMs: number; moving: boolean }) {
  const elapsed = useRef<HTMLSpanElement>(null);
  const draw = () => {
    const text = clockTime(Math.min(durationMs || Infinity, position()));
    if (elapsed.current && elapsed.current.textContent !== text) elapsed.current.textContent = text;
  };
  useFrame(draw, moving);
  useEffect(draw);
  return (
    <div className="times numbers" aria-hidden="true">
      <span ref={elapsed} data-testid="position" />
      <span data-testid="duration">{durationMs > 0 ? clockTime(durationMs) : "–:––"}</span>
    </div>
  );
}
