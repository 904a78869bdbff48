/**
 * The audio thread's module: a processor around a `Mixer`. It is loaded by
 * `audioContext.audioWorklet.addModule`, by itself, so it imports nothing that needs a page.
 */
import { Mixer } from "./mixer.js";
import { EAR, PROCESSOR, type FromWorklet, type Overheard, type ToWorklet } from "./worklet_messages.js";

// What an AudioWorkletGlobalScope offers; TypeScript's libraries have no types for it.
declare const currentFrame: number;
declare const sampleRate: number;
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

/** The page is told where it stands about ten times a second, which is also what wakes it up. */
const REPORT_EVERY_FRAMES = 4_096;

class MixerProcessor extends AudioWorkletProcessor {
  readonly #mixer = new Mixer(sampleRate);
  #reported = -1;
  #told = -1;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => this.#obey(data);
  }

  process(_inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    const [out] = outputs;
    if (out === undefined) return true;
    this.#mixer.render(out, currentFrame);
    const frame = currentFrame + (out[0]?.length ?? 0);
    const period = Math.floor(frame / REPORT_EVERY_FRAMES);
    const report = this.#mixer.report(frame);
    if (period !== this.#reported || report.done !== this.#told) {
      this.#reported = period;
      this.#told = report.done;
      this.port.postMessage(report satisfies FromWorklet);
    }
    return true;
  }

  #obey(message: ToWorklet): void {
    const mixer = this.#mixer;
    if (message.kind === "open") mixer.open(message.voice, message.data, message.sampleRateHz);
    else if (message.kind === "write") mixer.write(message.voice, message.start, message.block);
    else if (message.kind === "end") mixer.end(message.voice, message.samples);
    else if (message.kind === "line") mixer.line(message.voice, message.line, message.stepped);
    else if (message.kind === "plan") mixer.plan(message.plan);
    else mixer.close(message.voice);
  }
}

/** Blocks of 128 frames would be many messages. */
const EAR_FRAMES = 2_048;

/** Hands its input to the page, and gives out silence. */
class EarProcessor extends AudioWorkletProcessor {
  #samples = new Float32Array(EAR_FRAMES);
  #filled = 0;

  process([input]: Float32Array[][]): boolean {
    const [heard] = input ?? [];
    if (heard === undefined) return true;
    this.#samples.set(heard, this.#filled);
    this.#filled += heard.length;
    if (this.#filled < EAR_FRAMES) return true;
    const frame = currentFrame + heard.length - EAR_FRAMES;
    this.port.postMessage({ frame, samples: this.#samples } satisfies Overheard);
    this.#samples = new Float32Array(EAR_FRAMES);
    this.#filled = 0;
    return true;
  }
}

registerProcessor(PROCESSOR, MixerProcessor);
registerProcessor(EAR, EarProcessor);
