import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import { clockTime } from "../shell/format";
import { useFrame } from "../shell/useFrame";
import { barsOf } from "./peaks";
import "./waveform.css";

interface WaveformProps {
  peaks: Float32Array | null;
  durationMs: number;
  /** Position now, ms; asked for once per frame while `moving`. */
  position: () => number;
  moving: boolean;
  /** Absent: looking only. */
  onSeek?: ((positionMs: number) => void) | undefined;
  /** Why one cannot seek, shown as a tooltip. */
  reason?: string | undefined;
  title: string;
  testId: string;
}

const STEP_PX = 4;
const BAR_PX = 2.5;
const ARROW_MS = 5_000;
const PAGE_MS = 30_000;

/** The record drawn as bars, with the playhead. A slider for keyboards: arrows 5 s, page keys 30 s. */
export function Waveform({ peaks, durationMs, position, moving, onSeek, reason, title, testId }: WaveformProps) {
  const { t } = useTranslation();
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [hoverMs, setHoverMs] = useState<number | null>(null);
  const dragMs = useRef<number | null>(null);

  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const watch = new ResizeObserver(() => setWidth(element.clientWidth));
    watch.observe(element);
    return () => watch.disconnect();
  }, []);

  const shape = useMemo(() => pathOf(peaks, Math.floor(width / STEP_PX)), [peaks, width]);

  const draw = useCallback(() => {
    const element = box.current;
    if (!element) return;
    const nowMs = Math.min(durationMs, Math.max(0, dragMs.current ?? position()));
    element.style.setProperty("--played", `${durationMs > 0 ? (nowMs / durationMs) * 100 : 0}%`);
    const second = String(Math.floor(nowMs / 1000));
    if (element.getAttribute("aria-valuenow") !== second) {
      element.setAttribute("aria-valuenow", second);
      element.setAttribute("aria-valuetext", t("playback.positionIn", { position: clockTime(nowMs), duration: clockTime(durationMs), title }));
    }
  }, [durationMs, position, t, title]);
  useFrame(draw, moving);
  useEffect(draw);

  const at = (event: PointerEvent): number => {
    const bounds = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - bounds.left) / bounds.width)) * durationMs;
  };

  function release(event: PointerEvent) {
    if (dragMs.current === null) return;
    const target = at(event);
    dragMs.current = null;
    onSeek?.(target);
  }

  function onKeyDown(event: KeyboardEvent) {
    if (!onSeek) return;
    const moves: Record<string, number> = {
      ArrowRight: position() + ARROW_MS,
      ArrowUp: position() + ARROW_MS,
      ArrowLeft: position() - ARROW_MS,
      ArrowDown: position() - ARROW_MS,
      PageUp: position() + PAGE_MS,
      PageDown: position() - PAGE_MS,
      Home: 0,
      End: durationMs - 1000,
    };
    const target = moves[event.key];
    if (target === undefined) return;
    event.preventDefault();
    onSeek(Math.min(durationMs, Math.max(0, target)));
  }

  return (
    <div
      ref={box}
      className="waveform"
      data-empty={durationMs > 0 ? undefined : ""}
      data-testid={testId}
      role="slider"
      tabIndex={onSeek ? 0 : -1}
      aria-label={t("playback.seek")}
      aria-valuemin={0}
      aria-valuemax={Math.max(1, Math.floor(durationMs / 1000))}
      aria-valuenow={0}
      aria-disabled={!onSeek}
      title={onSeek ? undefined : reason}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        if (!onSeek || event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        dragMs.current = at(event);
        draw();
      }}
      onPointerMove={(event) => {
        if (dragMs.current !== null) {
          dragMs.current = at(event);
          draw();
        }
        if (onSeek && event.pointerType === "mouse") setHoverMs(at(event));
      }}
      onPointerUp={release}
      onPointerCancel={() => {
        dragMs.current = null;
      }}
      onPointerLeave={() => setHoverMs(null)}
    >
      <svg className="waveform-all" preserveAspectRatio="none" viewBox={`0 0 ${Math.max(1, width)} 100`} aria-hidden="true">
        <path d={shape} strokeWidth={BAR_PX} />
      </svg>
      <svg className="waveform-played" preserveAspectRatio="none" viewBox={`0 0 ${Math.max(1, width)} 100`} aria-hidden="true">
        <path d={shape} strokeWidth={BAR_PX} />
      </svg>
      <span className="waveform-head" aria-hidden="true" />
      {hoverMs !== null && durationMs > 0 && (
        <span className="waveform-hover numbers" aria-hidden="true" style={{ left: `${(hoverMs / durationMs) * 100}%` }}>
          {clockTime(hoverMs)}
        </span>
      )}
    </div>
  );
}

/** Vertical bars about the middle, as one path; a dotted line while there are no peaks. */
function pathOf(peaks: Float32Array | null, count: number): string {
  if (count < 1) return "";
  const bars = peaks ? barsOf(peaks, count) : new Array<number>(count).fill(0);
  return bars
    .map((height, index) => {
      const x = index * STEP_PX + BAR_PX / 2;
      const half = Math.max(1, height * 48);
      return `M${x} ${(50 - half).toFixed(1)}V${(50 + half).toFixed(1)}`;
    })
    .join("");
}
