"""Hears what the page's audio thread gives out, sample for sample, and finds it in the music.

The tap is an AudioWorklet of its own behind the player's, so nothing of the player is changed; the
page is opened with its content security policy off, because the tap's code comes from here.
"""

import base64

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Page

Samples = NDArray[np.float64]

TAP = """
const code = `registerProcessor("tap", class extends AudioWorkletProcessor {
  process([[left]], [[out]]) {
    if (left) { this.port.postMessage(left.slice()); out.set(left); }
    return true;
  }
});`;
const address = URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
const Node = AudioWorkletNode;
window.tapped = [];
window.AudioWorkletNode = class extends Node {
  constructor(context, name, options) {
    super(context, name, options);
    this.tapping = context.audioWorklet.addModule(address).then(() => {
      const tap = new Node(context, "tap", { outputChannelCount: [1] });
      tap.port.onmessage = ({ data }) => {
        if (window.tapped.length > 0 || data.some((value) => value !== 0)) window.tapped.push(data);
      };
      this.connect(tap).connect(new GainNode(context, { gain: 0 })).connect(context.destination);
    });
  }
};
"""

HOLDS = "seconds => window.tapped.length * 128 > seconds * 44100"
GIVE = """() => {
  const all = new Float32Array(window.tapped.length * 128);
  window.tapped.forEach((block, i) => all.set(block, i * 128));
  const bytes = new Uint8Array(all.buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) {
    text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  }
  return btoa(text);
}"""


async def tapped(page: Page, seconds: float) -> Samples:
    """The first `seconds` of sound from the first sample that is not silent, left channel."""
    await page.wait_for_function(HOLDS, arg=seconds)
    raw = base64.b64decode(await page.evaluate(GIVE))
    return np.frombuffer(raw, np.float32).astype(np.float64)


class Found:
    """Where a stretch of sound lies in the music: sample `at` + `step` times its index."""

    def __init__(self, at: float, step: float, error: float) -> None:
        self.at = at
        self.step = step
        self.error = error
        """Largest difference to the music there."""


def find(sound: Samples, music: Samples, near: int, reach: int = 3_000) -> Found:
    """The place of `sound` in `music`, to a fraction of a sample, by least squares.

    `near` is where it is expected, within `reach` samples.
    """
    first = max(0, near - reach)
    around = music[first : near + reach + len(sound)]
    at = first + int(np.argmax(_likeness(sound, around)))
    place, step = float(at), 1.0
    fine = _Fine(music, at - 64, at + len(sound) + 64)
    index = np.arange(len(sound), dtype=np.float64)
    for _ in range(12):
        value, slope = fine.read(place + step * index)
        both = np.stack([slope, slope * index], axis=1)
        change, *_ = np.linalg.lstsq(both, sound - value, rcond=None)
        place, step = place + float(change[0]), step + float(change[1])
    value, _ = fine.read(place + step * index)
    return Found(place, step, float(np.max(np.abs(sound - value))))


def _likeness(sound: Samples, around: Samples) -> Samples:
    """Normalized correlation of `sound` with each stretch of `around`."""
    product = np.correlate(around, sound, "valid")
    energy = np.convolve(around**2, np.ones(len(sound)), "valid")
    likeness: Samples = product / np.sqrt(energy + 1e-12)
    return likeness


class _Fine:
    """A stretch of music between its samples: 16 times as many, by Fourier transform."""

    def __init__(self, music: Samples, first: int, last: int) -> None:
        self._first = max(0, first)
        part = music[self._first : last]
        window = np.ones(len(part))
        edge = np.hanning(64)
        window[:32], window[-32:] = edge[:32], edge[32:]
        spectrum = np.fft.rfft(part * window)
        self._fine: Samples = np.fft.irfft(spectrum, 16 * len(part)) * 16

    def read(self, places: Samples) -> tuple[Samples, Samples]:
        """Value and slope at each place."""
        index = np.clip((places - self._first) * 16, 1, len(self._fine) - 3)
        grid = np.arange(len(self._fine))
        value = np.interp(index, grid, self._fine)
        slope = (
            np.interp(index + 1, grid, self._fine) - np.interp(index - 1, grid, self._fine)
        ) * 8
        return value, slope
