/** One run in the worker: its events sent on, pause by not asking for more, and a new start when the device is lost. */
import type { Experiment } from '../../problem/index.ts';
import { type BackendChoice, type Opened, openBackend, type RunEvent, runExperiment } from '../../run/index.ts';
import type { Portrait } from '../portrait/portrait.ts';
import { type Bins, binCurves } from './bins.ts';
import { buffersOf, pack } from './pack.ts';
import type { FromWorker } from './protocol.ts';

export type Send = (message: FromWorker, transfer?: ArrayBuffer[]) => void;

/** Losses after which a run goes to the CPU: a device that was lost twice will be lost again. */
const MOST_LOSSES = 2;

/** The device whose last picture can still be looked at. */
let held: Opened | null = null;

/** The engine of a run; that of the run before goes now. A lost device is the session's own business: the portrait begins anew too. */
async function openFor(portrait: Portrait | null, backend: BackendChoice): Promise<Opened> {
  if (portrait === null) return openBackend(backend, { restarts: 0 });
  portrait.leave();
  await held?.engine.dispose();
  held = null;
  const opened = await openBackend(backend, { gpu: { onState: portrait.see }, restarts: 0 });
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
  ) {}

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
  async go(choice: BackendChoice): Promise<void> {
    await Promise.all([this.#run(choice), this.bins && this.#measure(this.bins)]);
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

  async #run(choice: BackendChoice): Promise<void> {
    let backend = choice;
    try {
      for (let losses = 0; ; ) {
        const lost = await this.#attempt(backend);
        if (lost === null) return;
        losses++;
        if (losses >= MOST_LOSSES) backend = 'cpu';
        this.send({ type: 'device-lost', run: this.run, message: lost, next: backend });
      }
    } catch (error) {
      this.send({ type: 'error', run: this.run, message: error instanceof Error ? error.message : String(error) });
    }
  }

  /** One run from t = 0. Returns what is said of the device if it was lost on the way, else null. */
  async #attempt(backend: BackendChoice): Promise<string | null> {
    const { run, experiment, send } = this;
    const stopped = this.#controller.signal;
    const attempt = new AbortController();
    const stop = () => attempt.abort(stopped.reason);
    if (stopped.aborted) stop();
    stopped.addEventListener('abort', stop);
    this.portrait?.begin(experiment);
    const opened = await openFor(this.portrait, backend);
    const events = runExperiment(experiment, { opened, signal: attempt.signal, limitsBeside: true });
    let lost: string | null = null;
    try {
      for (;;) {
        if (this.#gate !== null) await this.#gate.open;
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
        if (lost === null) this.#tell(event);
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
        const curves = event.curves.map(pack);
        send({ type: 'curves', run, method: event.method, index: event.index, curves }, buffersOf(curves));
        break;
      }
      case 'failure':
        send({ type: 'failure', run, event: event.event });
        break;
      case 'method-start':
      case 'method-end':
      case 'progress':
        send({ ...event, run });
        break;
      // Raw samples and whole ensembles stay here, and the end tells of an interruption.
      default:
        break;
    }
  }
}
