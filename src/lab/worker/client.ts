/** The page's end of the worker. It is started when the first message is sent, and again should it crash. */
import type { FromWorker, ToWorker } from './protocol.ts';

type Listener = (message: FromWorker) => void;

let worker: Worker | null = null;
const listeners = new Set<Listener>();
const crashes = new Set<(reason: string) => void>();

function start(): Worker {
  const started = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'diagflow' });
  started.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    for (const listener of listeners) listener(data);
  });
  started.addEventListener('error', (event) => {
    worker = null;
    started.terminate();
    for (const tell of crashes) tell(event.message || 'its script could not be loaded');
  });
  return started;
}

/** Starts the worker before there is anything to tell it. */
export function wake(): void {
  worker ??= start();
}

export function post(message: ToWorker, transfer: Transferable[] = []): void {
  wake();
  worker!.postMessage(message, transfer);
}

export function listen(listener: Listener): void {
  listeners.add(listener);
}

/** What to do when the worker itself is gone. */
export function onCrash(tell: (reason: string) => void): void {
  crashes.add(tell);
}

/** Ends the worker, and all that it computes; returns what says so to those who asked to be told of a crash. */
export function end(): (reason: string) => void {
  worker?.terminate();
  worker = null;
  return (reason) => {
    for (const tell of crashes) tell(reason);
  };
}
