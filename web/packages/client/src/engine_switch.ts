import {
  isSameSource,
  type Cue,
  type EngineView,
  type Measurement,
  type PlayerEngine,
  type Source,
} from "./engine.js";
import { Store, type Observable } from "./store.js";

/** `auto` takes the engine on Web Audio where it can work and media elements else. */
export type EngineChoice = "auto" | "graph" | "media";

const CHOICES: readonly string[] = ["auto", "graph", "media"] satisfies EngineChoice[];

export function isEngineChoice(value: unknown): value is EngineChoice {
  return typeof value === "string" && CHOICES.includes(value);
}

export interface EngineMakers {
  media: () => PlayerEngine;
  /**
   * The engine on Web Audio; null where this browser cannot have it, or where `auto` had better
   * not take it. It calls `onUnfit` when it finds out later, and is then replaced at once.
   */
  graph: (choice: "auto" | "graph", onUnfit: (reason: string) => void) => PlayerEngine | null;
}

/**
 * One engine in front of two: makes the one that is chosen, replaces it by media elements when it
 * cannot do its work, and changes over in the middle of a track when the listener chooses anew.
 */
export class EngineSwitch implements PlayerEngine {
  readonly #makers: EngineMakers;
  readonly #view: Store<EngineView>;
  #choice: EngineChoice;
  #engine: PlayerEngine;
  #stopListening: () => void = () => undefined;
  /** What a new engine must be told: cues not replaced yet, by ascending `atMs`, and what is next. */
  #cues: Cue[] = [];
  #prepared: { source: Source; positionMs: number } | null = null;
  #volume = 1;
  #muted = false;
  #latencyMs = 0;
  #crossfadeMs = 0;
  #deviceId = "";
  #unfit: string | null = null;

  constructor(makers: EngineMakers, choice: EngineChoice = "auto") {
    this.#makers = makers;
    this.#choice = choice;
    this.#engine = this.#make();
    this.#view = new Store(this.#engine.view.getSnapshot());
    this.#listen();
  }

  get kind(): PlayerEngine["kind"] {
    return this.#engine.kind;
  }

  get view(): Observable<EngineView> {
    return this.#view;
  }

  /** Why the engine on Web Audio was given up on this page; null while it was not. */
  get unfit(): string | null {
    return this.#unfit;
  }

  get choice(): EngineChoice {
    return this.#choice;
  }

  /** Changes over to what is chosen; what is heard goes on with the other engine. */
  choose(choice: EngineChoice): void {
    if (choice === this.#choice) return;
    this.#choice = choice;
    this.#unfit = null; // a choice is also the wish to try again
    this.#replace();
  }

  unlock(): Promise<boolean> {
    return this.#engine.unlock();
  }

  prepare(source: Source, positionMs: number): void {
    this.#prepared = { source, positionMs };
    this.#engine.prepare(source, positionMs);
  }

  follow(cue: Cue | null): void {
    this.#cues = cue === null ? [] : [...this.#cues.filter(({ atMs }) => atMs < cue.atMs).slice(-1), cue];
    if (cue === null || isSameSource(cue.source, this.#prepared?.source ?? null)) this.#prepared = null;
    this.#engine.follow(cue);
  }

  setVolume(volume: number): void {
    this.#volume = volume;
    this.#engine.setVolume(volume);
  }

  setMuted(muted: boolean): void {
    this.#muted = muted;
    this.#engine.setMuted(muted);
  }

  setOutputLatency(latencyMs: number): void {
    this.#latencyMs = latencyMs;
    this.#engine.setOutputLatency(latencyMs);
  }

  /** Where it was last sent to. */
  get deviceId(): string {
    return this.#deviceId;
  }

  async setOutputDevice(deviceId: string): Promise<void> {
    await this.#engine.setOutputDevice?.(deviceId);
    this.#deviceId = deviceId;
  }

  /** Media elements have no crossfade. */
  setCrossfade(fadeMs: number): void {
    this.#crossfadeMs = fadeMs;
    this.#engine.setCrossfade?.(fadeMs);
  }

  measure(): Measurement | null {
    return this.#engine.measure();
  }

  close(): void {
    this.#cues = [];
    this.#prepared = null;
    this.#engine.close();
  }

  #make(): PlayerEngine {
    if (this.#choice === "media" || this.#unfit !== null) return this.#makers.media();
    const made: { engine: PlayerEngine | null } = { engine: null };
    const graph = this.#makers.graph(this.#choice, (reason) => {
      if (made.engine === this.#engine) this.#giveUp(reason);
    });
    made.engine = graph;
    return graph ?? this.#makers.media();
  }

  #giveUp(reason: string): void {
    this.#unfit = reason;
    this.#replace();
  }

  #replace(): void {
    this.#stopListening();
    this.#engine.close();
    this.#engine = this.#make();
    this.#engine.setVolume(this.#volume);
    this.#engine.setMuted(this.#muted);
    this.#engine.setOutputLatency(this.#latencyMs);
    this.#engine.setCrossfade?.(this.#crossfadeMs);
    this.#engine.setOutputDevice?.(this.#deviceId).catch(() => undefined); // then it is the system's own
    this.#listen();
    for (const cue of this.#cues) this.#engine.follow(cue);
    if (this.#prepared) this.#engine.prepare(this.#prepared.source, this.#prepared.positionMs);
    this.#view.set(this.#engine.view.getSnapshot());
  }

  #listen(): void {
    const { view } = this.#engine;
    this.#stopListening = view.subscribe(() => this.#view.set(view.getSnapshot()));
  }
}
