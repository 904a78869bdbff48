import { useEffect, useRef } from "react";

/** Runs `draw` once per animation frame while `on`, and once at every change of `on`. */
export function useFrame(draw: () => void, on: boolean): void {
  const latest = useRef(draw);
  latest.current = draw;
  useEffect(() => {
    latest.current();
    if (!on) return;
    let frame = requestAnimationFrame(function step() {
      latest.current();
      frame = requestAnimationFrame(step);
    });
    return () => cancelAnimationFrame(frame);
  }, [on]);
}
