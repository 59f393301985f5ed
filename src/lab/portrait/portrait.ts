/** The portrait in the worker: follows the states of the main run, solves the limit beside it, draws a few times a second. */
import type { StateView } from '../../gpu/index.ts';
import type { Experiment } from '../../problem/index.ts';
import { problemOf } from '../../random/index.ts';
import { notDrawn } from './drawable.ts';
import type { LimitFrame, LimitPicture } from './limit.ts';
import type { PortraitData, PortraitState, PortraitView, ToPortrait } from './protocol.ts';
import type { Renderer } from './renderer.ts';
import type { Scene } from './scene.ts';
import { keep, release, type Source } from './source.ts';

/** Least milliseconds between two pictures of a run; a gesture draws as soon as the picture before is done. */
const EVERY = 40;
/** Pictures take at most one part in this of the device's time. */
const SHARE = 4;
/** Milliseconds that a software adapter, which also draws the page, is left to show a picture. */
const SHOWN = 60;
/** Coordinates enough to see the range of a law. */
const SAMPLE = 512;

/** The parts that draw are loaded when a portrait is first opened. */
const load = () => Promise.all([import('./renderer.ts'), import('./limit.ts'), import('./scene.ts')] as const);
type Parts = Awaited<ReturnType<typeof load>>;

export class Portrait {
  readonly #send: (message: PortraitState | PortraitData) => void;
  #parts: Parts | null = null;
  #canvas: OffscreenCanvas | null = null;
  #view: PortraitView | null = null;
  #renderer: Renderer | null = null;
  /** The copy that is drawn, on the engine's device. */
  #source: Source | null = null;
  /** Of the copy; null before there is one. */
  #time: number | null = null;
  #experiment: Experiment | null = null;
  #b: readonly [number, number] = [0, 1];
  #picture: LimitPicture | null = null;
  #scene: Scene | null = null;
  #limit: PortraitState['limit'] = 'none';
  #solving: AbortController | null = null;
  #drawing: Promise<void> | null = null;
  #again = false;
  #due = 0;
  #message = '';

  constructor(send: (message: PortraitState | PortraitData) => void) {
    this.#send = send;
  }

  async handle(message: ToPortrait): Promise<void> {
    switch (message.type) {
      case 'portrait-open':
        this.#close();
        this.#canvas = message.canvas;
        this.#view = message.view;
        this.#parts ??= await load();
        if (this.#canvas !== message.canvas) return;
        this.#solve();
        this.#draw();
        this.#tell();
        break;
      case 'portrait-view':
        this.#view = message.view;
        this.#draw();
        this.#tell();
        break;
      case 'portrait-close':
        this.#close();
        break;
      case 'portrait-data':
        await this.#give(message.png);
        break;
    }
  }

  #close(): void {
    this.#solving?.abort();
    if (this.#limit === 'solving') this.#limit = 'none';
    this.#canvas = null;
    this.#retire();
  }

  /** The renderer goes when it has drawn what it is drawing. */
  #retire(): void {
    const old = this.#renderer;
    this.#renderer = null;
    if (old === null) return;
    const dispose = () => old.dispose();
    if (this.#drawing) this.#drawing.then(dispose);
    else dispose();
  }

  /** A run begins; what is drawn until its first state is the last picture. */
  begin(experiment: Experiment): void {
    const { problem } = experiment;
    const dimension = byValues(experiment) ? problem.dimension : Math.min(problem.dimension, SAMPLE);
    const { b } = problemOf({ ...experiment, problem: { ...problem, dimension } });
    this.#experiment = experiment;
    this.#b = [b.reduce((x, y) => Math.min(x, y)), b.reduce((x, y) => Math.max(x, y))];
    this.#time = null;
    this.#message = notDrawn(experiment);
    this.#picture = null;
    this.#scene = null;
    this.#limit = 'none';
    this.#due = 0;
    this.#solving?.abort();
    if (this.#canvas) this.#solve();
    this.#tell();
  }

  #isRefused(): boolean {
    return this.#experiment !== null && notDrawn(this.#experiment) !== '';
  }

  /** The state of the run has moved on: copied on the device, and drawn from there. */
  readonly see = (state: StateView): void => {
    if (state.method !== 'sgd' || state.first !== 0 || this.#isRefused()) return;
    const isDue = this.#canvas !== null && this.#drawing === null && performance.now() >= this.#due;
    if (!state.last && !isDue) return;
    this.#time = state.time;
    this.#source = keep(state, this.#source);
    this.#draw();
    this.#tell();
  };

  /**
   * Resolves when the engine may submit more. A software adapter takes longer for a step than a page has for a frame, and a picture
   * is shown only after everything submitted before it: there the engine waits for the picture.
   */
  async turn(): Promise<void> {
    if (this.#source?.device.info.software) await this.#drawing;
  }

  /** The device is about to go. */
  async leave(): Promise<void> {
    this.#again = false;
    await this.#drawing;
    this.#retire();
    if (this.#source) release(this.#source);
    this.#source = null;
    this.#time = null;
  }

  /** One drawing at a time; what is asked for meanwhile follows once. */
  #draw(): void {
    if (this.#drawing !== null) {
      this.#again = true;
      return;
    }
    const [parts, source, canvas, view, time] = [this.#parts, this.#source, this.#canvas, this.#view, this.#time];
    if (!parts || !source || !canvas || !view || time === null) return;
    const started = performance.now();
    const work = async () => {
      try {
        if (this.#renderer?.device !== source.device || this.#renderer.canvas !== canvas) {
          this.#retire();
          this.#renderer = new parts[0].Renderer(source.device, canvas);
        }
        this.#scene ??= new parts[2].Scene(source.parametrization);
        const reach = this.#reach();
        const { under, over } = this.#scene.strokes(view, this.#frameAt(time), reach, this.#b);
        await this.#renderer.draw(source, view, reach, this.#b, under, over);
        if (source.device.info.software) await new Promise((resolve) => setTimeout(resolve, SHOWN));
      } catch (error) {
        this.#message = error instanceof Error ? error.message : String(error);
        this.#tell();
      }
    };
    this.#drawing = work().finally(() => {
      const taken = performance.now() - started;
      this.#due = performance.now() + Math.max(EVERY - taken, (SHARE - 1) * taken);
      this.#drawing = null;
      if (!this.#again) return;
      this.#again = false;
      this.#draw();
    });
  }

  /** Half the side of the square of (u, v) that zoom 1 shows. */
  #reach(): number {
    if (this.#picture) return this.#picture.reach;
    const start = this.#experiment?.problem.initialization;
    const size = start?.kind === 'constant' ? Math.max(Math.abs(start.u), Math.abs(start.v)) : 1;
    return 1.5 * Math.max(size, Math.sqrt(Math.max(Math.abs(this.#b[0]), Math.abs(this.#b[1]))));
  }

  #frameAt(time: number): LimitFrame | null {
    const frames = this.#picture?.frames ?? [];
    return frames.reduce<LimitFrame | null>(
      (best, frame) => (best === null || Math.abs(frame.time - time) < Math.abs(best.time - time) ? frame : best),
      null,
    );
  }

  #solve(): void {
    if (this.#experiment === null || this.#picture !== null || this.#parts === null || this.#isRefused()) return;
    const solving = new AbortController();
    this.#solving = solving;
    this.#limit = 'solving';
    this.#parts[1].limitPicture(this.#experiment, solving.signal).then(
      (picture) => {
        if (solving.signal.aborted) return;
        this.#picture = picture;
        this.#limit = 'drawn';
        this.#draw();
        this.#tell();
      },
      (error: unknown) => {
        if (solving.signal.aborted) return;
        this.#limit = 'failed';
        this.#message = error instanceof Error ? error.message : String(error);
        this.#tell();
      },
    );
  }

  #tell(): void {
    const labels = this.#view && this.#parts ? this.#parts[2].labelsOf(this.#view, this.#reach(), this.#b) : [];
    this.#send({
      type: 'portrait',
      time: this.#time,
      dimension: this.#experiment?.problem.dimension ?? 0,
      b: this.#b,
      labels,
      limit: this.#limit,
      message: this.#message,
    });
  }

  async #give(png: boolean): Promise<void> {
    const { columns, rows } = this.#parts
      ? this.#parts[2].tableOf(this.#time === null ? null : this.#frameAt(this.#time))
      : { columns: [], rows: [] };
    let image: Blob | null = null;
    if (png) {
      await this.#drawing;
      image = await (this.#renderer?.picture() ?? null);
    }
    const labels = this.#view && this.#parts ? this.#parts[2].labelsOf(this.#view, this.#reach(), this.#b) : [];
    this.#send({ type: 'portrait-data', png: image, labels, columns, rows });
  }
}

function byValues({ problem }: Experiment): boolean {
  return [problem.covariance, problem.target, problem.initialization].some(({ kind }) => kind === 'values');
}
