import { expect, test } from "vitest";
import type { TrackProgress } from "../catalog/trackNews";
import { looksLikeMusic, titleFromName } from "./formats";
import { isOver, stateOf, stepOf } from "./progress";
import type { Upload } from "./uploads";

const file = (name: string, type = "") => ({ name, type });
const upload = (change: Partial<Upload>): Upload => ({ id: "u", file: { size: 100 } as File, title: "t", phase: "sending", sentBytes: 0, trackId: null, roomId: null, error: null, ...change });
const news = (change: Partial<TrackProgress>): TrackProgress => ({ task: "", percent: 0, playable: false, outcome: "working", failure: null, ...change });

test("music is known by its extension or its type, a playlist is not music", () => {
  for (const name of ["a.mp3", "A.FLAC", "b.ogg", "c.wav", "d.m4a", "e.aac", "f.opus"]) expect(looksLikeMusic(file(name))).toBe(true);
  expect(looksLikeMusic(file("noname", "audio/mpeg"))).toBe(true);
  expect(looksLikeMusic(file("list.m3u8", "audio/mpegurl"))).toBe(false);
  expect(looksLikeMusic(file("photo.jpg", "image/jpeg"))).toBe(false);
});

test("a file's name becomes a title", () => {
  expect(titleFromName("03 - Blue_Hour_Bus.flac")).toBe("Blue Hour Bus");
  expect(titleFromName("1999.mp3")).toBe("1999");
});

test("the way of a file runs from 0 to 100 and never back", () => {
  const way = [
    stateOf(upload({ phase: "waiting" }), undefined),
    stateOf(upload({ sentBytes: 50 }), undefined),
    stateOf(upload({ phase: "accepted", sentBytes: 100 }), undefined),
    stateOf(upload({ phase: "accepted", sentBytes: 100 }), news({ task: "quality_variants", percent: 40 })),
    stateOf(upload({ phase: "accepted", sentBytes: 100 }), news({ outcome: "ready", percent: 100 })),
  ];
  expect(way.map((state) => state.percent)).toEqual([0, 25, 50, 70, 100]);
  expect(way.map(isOver)).toEqual([false, false, false, false, true]);
});

test("a refused file is over, whoever refused it", () => {
  expect(stateOf(upload({ phase: "failed" }), undefined).kind).toBe("failed");
  expect(stateOf(upload({ phase: "accepted" }), news({ outcome: "failed" })).kind).toBe("failed");
});

test("every step has words, known or not", () => {
  expect(["audio_analysis", "quality_variants", "waveform_generation", "thumbnail_creation", "tomorrow"].map(stepOf)).toEqual(["check", "variants", "waveform", "cover", "other"]);
});
