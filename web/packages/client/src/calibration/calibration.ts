import { delay } from "../delay.js";
import { median } from "../median.js";
import { sendTo } from "../output_device.js";
import { EAR, type Overheard } from "../web_audio/worklet_messages.js";
import { agreed, chirp, findChirp, speakerDelay, type Delay } from "./chirp.js";

/** How often the sound is played, and how far apart. */
const CHIRPS = 6;
const EVERY_S = 0.9;
/** What the browser says of the way out is right on average only. */
const LOOKS = 15;
/** Before each: what a fresh ear begins with is not even. */
const LISTEN_FIRST_MS = 150;
/** The device's clock becomes readable in this time. */
const WARM_UP_MS = 1_500;
/** Of the way into the browser, where it does not say. */
const INPUT_GUESS_MS = 20;
const LOUDNESS = 0.5;

export type CalibrationFailure =
  /** No audio thread or no microphone access at all: a page needs https for both. */
  | "unsupported"
  | "no_microphone"
  | "denied"
  /** The microphone works but does not hear the speaker. */
  | "not_heard";

export class CalibrationError extends Error {
  readonly code: CalibrationFailure;
  constructor(code: CalibrationFailure) {
    super(`The speaker's delay could not be measured: ${code}.`);
    this.name = "CalibrationError";
    this.code = code;
  }
}

export interface CalibrationOptions {
  /** As for `WebAudioEngine`. */
  workletUrl: string;
  /** Called before each sound, from 1 to `of`. */
  onProgress?: (played: number, of: number) => void;
  /** The device whose delay is asked for; default: the system's own choice. */
  deviceId?: string;
  signal?: AbortSignal;
}

/**
 * Plays some chirps and hears them through the microphone. Gives what the speaker takes beyond what
 * the browser knows, for `setOutputLatency`. Call it in a gesture. Raises `CalibrationError`, or
 * ABORTED.
 */
export async function measureSpeakerDelay(options: CalibrationOptions): Promise<Delay> {
  const { signal, onProgress } = options;
  const stream = await microphone();
  const context = new AudioContext({ latencyHint: "interactive" });
  try {
    await context.audioWorklet.addModule(options.workletUrl);
    await sendTo(context, options.deviceId ?? "");
    await context.resume();
    await delay(WARM_UP_MS, signal);
    const wanted = chirp(context.sampleRate);
    const readings: number[] = [];
    for (let played = 1; played <= CHIRPS; played++) {
      onProgress?.(played, CHIRPS);
      const late = await hearOne(context, stream, wanted, signal);
      if (late !== null) readings.push(late);
    }
    const late = agreed(readings);
    if (late === null) throw new CalibrationError("not_heard");
    return { delayMs: speakerDelay(late.delayMs, inputMs(stream)), spreadMs: late.spreadMs };
  } finally {
    for (const track of stream.getTracks()) track.stop();
    await context.close().catch(() => undefined);
  }
}

async function microphone(): Promise<MediaStream> {
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices || typeof AudioWorkletNode === "undefined") throw new CalibrationError("unsupported");
  // What makes speech clearer would take a chirp for noise.
  const audio = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
  try {
    return await devices.getUserMedia({ audio });
  } catch (error) {
    const { name } = error as DOMException;
    const isDenied = name === "NotAllowedError" || name === "SecurityError";
    throw new CalibrationError(isDenied ? "denied" : "no_microphone");
  }
}

/** Plays the sound once; how late it came back beyond what the browser says of the way out, ms. */
async function hearOne(
  context: AudioContext,
  stream: MediaStream,
  wanted: Float32Array,
  signal: AbortSignal | undefined,
): Promise<number | null> {
  const ear = new Ear(context, stream);
  try {
    await delay(LISTEN_FIRST_MS, signal);
    const startFrame = play(context, wanted);
    const known: number[] = [];
    for (let look = 0; look < LOOKS; look++) {
      await delay((1_000 * EVERY_S) / LOOKS, signal);
      known.push(knownMs(context));
    }
    const at = findChirp(ear.since(startFrame, EVERY_S), wanted);
    return at === null ? null : (1_000 * at) / context.sampleRate - median(known);
  } finally {
    ear.close();
  }
}

/** Plays it in a moment; gives the context's frame of its first sample. */
function play(context: AudioContext, sound: Float32Array): number {
  const buffer = context.createBuffer(1, sound.length, context.sampleRate);
  buffer.copyToChannel(sound as Float32Array<ArrayBuffer>, 0);
  const frame = Math.ceil((context.currentTime + 0.05) * context.sampleRate);
  const source = new AudioBufferSourceNode(context, { buffer });
  source.connect(new GainNode(context, { gain: LOUDNESS })).connect(context.destination);
  source.start(frame / context.sampleRate);
  return frame;
}

/** What the browser says of the way from the graph to the air, ms. */
function knownMs(context: AudioContext): number {
  const { contextTime, performanceTime } = context.getOutputTimestamp();
  if (!contextTime || !performanceTime) return 1_000 * (context.outputLatency || context.baseLatency);
  const heardMs = 1_000 * contextTime + (performance.now() - performanceTime);
  return Math.max(0, 1_000 * context.currentTime - heardMs);
}

function inputMs(stream: MediaStream): number {
  const settings = stream.getAudioTracks()[0]?.getSettings() as { latency?: number } | undefined;
  return settings?.latency ? 1_000 * settings.latency : INPUT_GUESS_MS;
}

/**
 * What the microphone heard lately, by the context's frames. Whenever the page's sound is held up, a
 * browser keeps what the microphone says meanwhile, and whoever listens hears it late from then on, by
 * up to a tenth of a second: so each sound gets an ear of its own, on a track of its own.
 */
class Ear {
  readonly #context: AudioContext;
  readonly #stream: MediaStream;
  readonly #nodes: readonly AudioNode[];
  #blocks: Overheard[] = [];

  constructor(context: AudioContext, stream: MediaStream) {
    this.#context = context;
    const node = new AudioWorkletNode(context, EAR, { numberOfOutputs: 1, outputChannelCount: [1] });
    node.port.onmessage = ({ data }: MessageEvent<Overheard>) => this.#keep(data);
    this.#stream = new MediaStream(stream.getAudioTracks().map((track) => track.clone()));
    const source = new MediaStreamAudioSourceNode(context, { mediaStream: this.#stream });
    source.connect(node);
    // A node that leads nowhere is not run; it gives out silence.
    node.connect(context.destination);
    this.#nodes = [source, node];
  }

  close(): void {
    for (const node of this.#nodes) node.disconnect();
    for (const track of this.#stream.getTracks()) track.stop();
  }

  /** `seconds` of sound from a frame on; silence where nothing was heard. */
  since(frame: number, seconds: number): Float32Array {
    const heard = new Float32Array(Math.round(seconds * this.#context.sampleRate));
    for (const block of this.#blocks) {
      const skipped = Math.max(0, frame - block.frame);
      const at = block.frame + skipped - frame;
      if (at < heard.length) heard.set(block.samples.subarray(skipped, skipped + heard.length - at), at);
    }
    return heard;
  }

  #keep(block: Overheard): void {
    const oldest = block.frame - 3 * this.#context.sampleRate;
    this.#blocks = [...this.#blocks.filter(({ frame }) => frame > oldest), block];
  }
}
