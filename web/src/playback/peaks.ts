/** Peaks of a track for its waveform: fetched once, kept for the visit. */
import type { Id } from "@veza/client";
import { rest, signIn } from "../account/session";
import { useEffect, useState } from "react";

/** `data` holds min,max pairs of signed `bits`-bit numbers, one pair per `samples_per_pixel` samples. */
export interface WireWaveform {
  version: number;
  sample_rate: number;
  samples_per_pixel: number;
  bits: number;
  length: number;
  data: number[];
}

const MOST_KEPT = 60;
const CONTRAST = 1.7;
const kept = new Map<Id, Promise<Float32Array>>();

/** Loudness 0…1 over the track, evenly spaced. */
export function loadPeaks(trackId: Id): Promise<Float32Array> {
  const known = kept.get(trackId);
  if (known) return known;
  const loading = fetchPeaks(trackId);
  kept.set(trackId, loading);
  loading.catch(() => kept.delete(trackId));
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value as Id);
  return loading;
}

/** Peaks, or null while there are none (the track may still be prepared). */
export function usePeaks(trackId: Id | null): Float32Array | null {
  const [loaded, setLoaded] = useState<{ id: Id; peaks: Float32Array } | null>(null);
  useEffect(() => {
    if (!trackId) return;
    let gone = false;
    loadPeaks(trackId).then(
      (peaks) => !gone && setLoaded({ id: trackId, peaks }),
      () => undefined, // drawn as a plain line; the sound does not depend on it
    );
    return () => {
      gone = true;
    };
  }, [trackId]);
  return loaded && loaded.id === trackId ? loaded.peaks : null;
}

export function peaksOf(wire: WireWaveform): Float32Array {
  const full = 2 ** (wire.bits - 1);
  const peaks = new Float32Array(Math.floor(wire.data.length / 2));
  for (let i = 0; i < peaks.length; i += 1) {
    peaks[i] = Math.min(1, Math.max(-(wire.data[2 * i] ?? 0), wire.data[2 * i + 1] ?? 0) / full);
  }
  return peaks;
}

/** `count` bar heights 0…1: the loudest peak of each stretch, scaled so that quiet records show too. */
export function barsOf(peaks: Float32Array, count: number): number[] {
  const bars: number[] = [];
  let loudest = 0.05;
  for (let bar = 0; bar < count; bar += 1) {
    const from = Math.floor((bar * peaks.length) / count);
    const to = Math.max(from + 1, Math.floor(((bar + 1) * peaks.length) / count));
    let sum = 0;
    let top = 0;
    for (let i = from; i < to && i < peaks.length; i += 1) {
      const value = peaks[i] ?? 0;
      sum += value * value;
      if (value > top) top = value;
    }
    // Between loudest and mean, then bent: loud records keep a shape instead of filling the box.
    const height = 0.5 * top + 0.5 * Math.sqrt(sum / (to - from));
    bars.push(height);
    if (height > loudest) loudest = height;
  }
  return bars.map((height) => (height / loudest) ** CONTRAST);
}

async function fetchPeaks(trackId: Id): Promise<Float32Array> {
  const token = signIn.currentToken();
  const answer = await fetch(rest.url(`/tracks/${trackId}/waveform`), {
    credentials: "same-origin",
    headers: token ? { Authorization: `Bearer ${token}` } : {},
  });
  if (!answer.ok) throw new Error(`waveform ${answer.status}`);
  return peaksOf((await answer.json()) as WireWaveform);
}
