/** One run in the worker: its events sent on, pause by not asking for more, and a new start when the device is lost. */
import type { Experiment } from '../../problem/index.ts';
import { pack } from '../../results/plot/packed.ts';
import {
  type BackendChoice,
  CheckpointError,
  type Opened,
  openBackend,
  type RunCheckpoint,
  type RunEvent,
  runExperiment,
} from '../../run/index.ts';
import type { Portrait } from '../portrait/portrait.ts';
import { type Bins, binCurves } from './bins.ts';
import { forget, keep, kept } from './keeper.ts';
import { buffersOf } from './pack.ts';
import type { FromWorker } from './protocol.ts';
import { Singles } from './singles.ts';

export type Send = (message: FromWorker, transfer?: ArrayBuffer[]) => void;

/** Milliseconds between checkpoints of a small run; a large state is kept more rarely, so that the storage is not always busy. */
const KEEP_EVERY = 5000;
const SMALL_STATE = 2 ** 25; // bytes
const BYTES_A_COORDINATE = 20;

function keepEvery({ problem, methods }: Experiment): number {
  const replicas = Math.max(1, ...methods.map((method) => ('replicas' in method ? method.replicas : 0)));
  return KEEP_EVERY * Math.max(1, (BYTES_A_COORDINATE * problem.dimension * replicas) / SMALL_STATE);
}

/** Losses after which a run goes to the CPU: a device that was lost twice will be lost again. */
const MOST_LOSSES = 2;

/** Milliseconds of GPU time a submission takes: two are in flight, and the page is drawn by the same GPU. */
const SUBMISSION = 12;

/** The device whose last picture can still be looked at. */
let held: Opened | null = null;

/** The engine of a run; that of the run before goes now. A lost device is the session's own business: the portrait begins anew too. */
async function openFor(portrait: Portrait | null, backend: BackendChoice): Promise<Opened> {
  if (portrait === null) return openBackend(backend, { restarts: 0 });
  await portrait.leave();
  await held?.engine.dispose();
  held = null;
  const gpu = { onState: portrait.see, targetMilliseconds: SUBMISSION };
  const opened = await openBackend(backend, { gpu, restarts: 0 });
  if (opened.engine.name === 'gpu') held = opened;
  return opened;
}

export class Session {
  readonly #controller = new AbortController();
  #gate: { readonly open: Promise<void>; readonly release: () => void } | null = null;

  constructor(
    readonly run: number,
    readonly experiment: Experiment,
    readonly send: Send,
    /** Sees the states of this run where it runs on a GPU; null for a run that nobody looks at. */
    readonly portrait: Portrait | null,
    /** Where the limit is to be measured in bins, beside the run. */
    readonly bins: Bins | null = null,
    /** Under which its checkpoints are kept, and what it is called; null where none are. */
    readonly keeping: { readonly key: string; readonly name: string } | null = null,
  ) {
    this.#singles = new Singles(experiment);
  }

  /** For the run that is looked at. */
  readonly #singles: Singles;

  /** Whether the browser has refused to keep a checkpoint. */
  #refused = false;
  /** Work ahead and done in all ensembles that have begun. */
  readonly #work = new Map<number, number>();

  pause(): void {
    if (this.#gate !== null) return;
    let release = () => {};
    const open = new Promise<void>((resolve) => {
      release = resolve;
    });
    this.#gate = { open, release };
    this.send({ type: 'paused', run: this.run, paused: true });
  }

  resume(): void {
    if (this.#gate === null) return;
    this.#gate.release();
    this.#gate = null;
    this.send({ type: 'paused', run: this.run, paused: false });
  }

  stop(): void {
    this.#controller.abort(new Error('stopped on request'));
    this.resume();
  }

  /** To the end, whatever it is; never throws. */
  async go(choice: BackendChoice, goOn = false): Promise<void> {
    await Promise.all([this.#run(choice, goOn), this.bins && this.#measure(this.bins)]);
  }

  async #measure(bins: Bins): Promise<void> {
    const { run, experiment, send } = this;
    const { signal } = this.#controller;
    const name = { method: 'pde', index: bins.index } as const;
    try {
      const curves = await binCurves(experiment, bins, signal);
      send({ type: 'curves', run, ...name, curves }, buffersOf(curves));
    } catch (error) {
      if (signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      send({ type: 'failure', run, event: { ...name, kind: 'failed', time: null, message } });
    }
  }

  async #run(choice: BackendChoice, goOn: boolean): Promise<void> {
    let backend = choice;
    const key = this.keeping?.key;
    try {
      let from = goOn && key !== undefined ? await kept(key) : null;
      if (goOn && from === null) throw new CheckpointError('the browser has kept nothing of it');
      for (let losses = 0; ; ) {
        const lost = await this.#attempt(from?.backend ?? backend, from);
        if (lost === null) break;
        losses++;
        if (losses >= MOST_LOSSES) backend = 'cpu';
        // Only a device like the one that was lost gives the same numbers.
        from = backend === 'cpu' || key === undefined ? null : await kept(key).catch(() => null);
        this.send({ type: 'device-lost', run: this.run, message: lost, next: backend, goesOn: from !== null });
      }
      if (key !== undefined) await forget(key);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const said = error instanceof CheckpointError ? `The kept run cannot be gone on with: ${message}` : message;
      this.send({ type: 'error', run: this.run, message: said });
    }
  }

  /** Keeps a checkpoint; a browser that refuses is told of once, and the run goes on. */
  async #keep(checkpoint: RunCheckpoint): Promise<void> {
    const { keeping, experiment } = this;
    if (keeping === null || this.#refused) return;
    const ensembles = experiment.methods.filter(({ kind }) => kind === 'sgd' || kind === 'sde').length;
    const begun = checkpoint.methods.map(({ index, done }) => Math.min(1, done / (this.#work.get(index) ?? done)));
    const share = begun.reduce((sum, one) => sum + (one || 0), 0) / Math.max(1, ensembles);
    try {
      await keep({ ...keeping, experiment, backend: checkpoint.backend, saved: Date.now(), share }, checkpoint);
    } catch (error) {
      this.#refused = true;
      const reason = error instanceof Error ? error.message : String(error);
      const message = `This browser keeps no checkpoints of the run (${reason}): it would be lost by a reload.`;
      this.send({ type: 'notice', run: this.run, message });
    }
  }

  /** One run, from t = 0 or a checkpoint. Returns what is said of the device if it was lost on the way, else null. */
  async #attempt(backend: BackendChoice, from: RunCheckpoint | null): Promise<string | null> {
    const { run, experiment, send } = this;
    const stopped = this.#controller.signal;
    const attempt = new AbortController();
    const stop = () => attempt.abort(stopped.reason);
    if (stopped.aborted) stop();
    stopped.addEventListener('abort', stop);
    this.portrait?.begin(experiment);
    const opened = await openFor(this.portrait, backend);
    const events = runExperiment(from?.experiment ?? experiment, {
      opened,
      signal: attempt.signal,
      limitsBeside: true,
      ...(this.keeping && { checkpointEvery: keepEvery(experiment) }),
      ...(from && { from }),
    });
    let lost: string | null = null;
    try {
      for (;;) {
        if (this.#gate !== null) await this.#gate.open;
        await this.portrait?.turn();
        const step = await events.next();
        if (step.done) {
          if (lost !== null && !stopped.aborted) return lost;
          const { curves: _, ...ending } = step.value;
          send({ type: 'end', run, ending, interrupted: stopped.aborted });
          return null;
        }
        const event = step.value;
        if (event.type === 'failure' && event.error instanceof Error && event.error.name === 'DeviceLostError') {
          lost = event.error.message;
          // What is left of this attempt would fail one method after the other.
          attempt.abort(event.error);
        }
        if (event.type === 'method-start') this.#work.set(event.index, event.total);
        if (event.type === 'checkpoint') await this.#keep(event.checkpoint);
        else if (lost === null) this.#tell(event);
      }
    } finally {
      stopped.removeEventListener('abort', stop);
      await events.return(undefined as never);
      if (lost !== null || this.portrait === null || opened.engine.name !== 'gpu') await opened.engine.dispose();
      if (lost !== null) held = null;
    }
  }

  #tell(event: RunEvent): void {
    const { run, send } = this;
    switch (event.type) {
      case 'start':
        send({ type: 'start', run, backend: event.backend, adapter: event.adapter });
        break;
      case 'curves': {
        const curves = event.curves.map((curve) => this.#singles.with(pack(curve)));
        send({ type: 'curves', run, method: event.method, index: event.index, curves }, buffersOf(curves));
        break;
      }
      case 'failure':
        send({ type: 'failure', run, event: event.event });
        break;
      case 'method-start':
      case 'method-end':
      case 'progress':
      case 'phase':
        send({ ...event, run });
        break;
      case 'samples':
        if (this.portrait !== null) this.#singles.add(event);
        break;
      // Whole ensembles stay here, and the end tells of an interruption.
      default:
        break;
    }
  }
}
