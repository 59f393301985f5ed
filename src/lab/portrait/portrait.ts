/** The portrait in the worker: follows the states of the main run, solves the limit beside it, draws a few times a second. */
import type { StateView } from '../../gpu/index.ts';
import { buildProblem, type Experiment } from '../../problem/index.ts';
import { type LimitPicture, limitPicture } from './limit.ts';
import type { PortraitState, PortraitView, ToPortrait } from './protocol.ts';
import { keep, Renderer, release, type Source } from './renderer.ts';

/** Milliseconds between two pictures of a run; a gesture draws at once. */
const EVERY = 40;
/** The same on a software adapter, where a picture costs as much as a hundred steps. */
const EVERY_SOFTWARE = 1000;
/** Coordinates enough to see the range of a law. */
const SAMPLE = 512;

export class Portrait {
  readonly #send: (state: PortraitState) => void;
  #canvas: OffscreenCanvas | null = null;
  #view: PortraitView | null = null;
  #renderer: Renderer | null = null;
  #source: Source | null = null;
  #time: number | null = null;
  #experiment: Experiment | null = null;
  #b: readonly [number, number] = [0, 1];
  #picture: LimitPicture | null = null;
  #limit: PortraitState['limit'] = 'none';
  #solving: AbortController | null = null;
  #drawn = 0;
  #message = '';

  constructor(send: (state: PortraitState) => void) {
    this.#send = send;
  }

  handle(message: ToPortrait): void {
    switch (message.type) {
      case 'portrait-open':
        this.#close();
        this.#canvas = message.canvas;
        this.#view = message.view;
        this.#solve();
        this.#draw();
        this.#tell();
        break;
      case 'portrait-view':
        this.#view = message.view;
        this.#draw();
        break;
      case 'portrait-close':
        this.#close();
        break;
    }
  }

  #close(): void {
    this.#solving?.abort();
    if (this.#limit === 'solving') this.#limit = 'none';
    this.#renderer?.dispose();
    this.#renderer = null;
    this.#canvas = null;
  }

  /** A run begins; what is drawn until its first state is the last picture. */
  begin(experiment: Experiment): void {
    const { problem } = experiment;
    const dimension = byValues(experiment) ? problem.dimension : Math.min(problem.dimension, SAMPLE);
    const { b } = buildProblem({ ...experiment, problem: { ...problem, dimension } });
    this.#experiment = experiment;
    this.#b = [b.reduce((x, y) => Math.min(x, y)), b.reduce((x, y) => Math.max(x, y))];
    this.#forget();
    this.#time = null;
    this.#message = '';
    this.#picture = null;
    this.#limit = 'none';
    this.#solving?.abort();
    if (this.#canvas) this.#solve();
    this.#tell();
  }

  /** The state of the run has moved on: drawn from where it lies. */
  readonly see = (state: StateView): void => {
    if (state.method !== 'sgd' || state.first !== 0) return;
    const every = state.device.info.software ? EVERY_SOFTWARE : EVERY;
    const due = performance.now() - this.#drawn >= every;
    if (!state.last && (this.#canvas === null || !due)) return;
    this.#time = state.time;
    if (state.last) {
      // The engine's buffers are freed with the batch; a copy on the device stays to be looked at.
      this.#forget();
      this.#source = keep(state);
      this.#draw();
    } else this.#draw(state);
    this.#tell();
  };

  /** The device is about to go. */
  leave(): void {
    this.#forget();
    this.#renderer?.dispose();
    this.#renderer = null;
  }

  #forget(): void {
    if (this.#source) release(this.#source);
    this.#source = null;
  }

  #draw(source: Source | null = this.#source): void {
    const [canvas, view, time] = [this.#canvas, this.#view, this.#time];
    if (!source || !canvas || !view || time === null) return;
    this.#drawn = performance.now();
    try {
      if (this.#renderer?.device !== source.device) {
        this.#renderer?.dispose();
        this.#renderer = new Renderer(source.device, canvas);
      }
      this.#renderer.draw(source, view, this.#frameAt(time), this.#reach(), this.#b);
    } catch (error) {
      this.#message = error instanceof Error ? error.message : String(error);
    }
  }

  #reach(): number {
    if (this.#picture) return this.#picture.reach;
    const start = this.#experiment?.problem.initialization;
    const size = start?.kind === 'constant' ? Math.max(Math.abs(start.u), Math.abs(start.v)) : 1;
    return 1.5 * Math.max(size, Math.sqrt(Math.max(Math.abs(this.#b[0]), Math.abs(this.#b[1]))));
  }

  #frameAt(time: number) {
    const frames = this.#picture?.frames ?? [];
    return frames.reduce<(typeof frames)[number] | null>(
      (best, frame) => (best === null || Math.abs(frame.time - time) < Math.abs(best.time - time) ? frame : best),
      null,
    );
  }

  #solve(): void {
    if (this.#experiment === null || this.#picture !== null) return;
    const solving = new AbortController();
    this.#solving = solving;
    this.#limit = 'solving';
    limitPicture(this.#experiment, solving.signal).then(
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
    this.#send({
      type: 'portrait',
      time: this.#time,
      dimension: this.#experiment?.problem.dimension ?? 0,
      reach: this.#reach(),
      limit: this.#limit,
      message: this.#message,
    });
  }
}

function byValues({ problem }: Experiment): boolean {
  return [problem.covariance, problem.target, problem.initialization].some(({ kind }) => kind === 'values');
}
