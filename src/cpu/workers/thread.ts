/** One worker thread behind the same four calls in Node and in a browser. */
import { type NodeThreads, nodeWorker, webWorkers } from './program.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

export interface Thread {
  post(message: ToWorker, transfer?: readonly MessagePort[]): void;
  /** Whether it keeps a Node process alive; at first it does not. */
  hold(held: boolean): void;
  terminate(): Promise<unknown>;
}

export interface ThreadEvents {
  /** Not after `terminate`: what was on its way then is dropped. */
  message(message: Exclude<FromWorker, { kind: 'ready' }>): void;
  /** The thread is gone, or could not start; called once, and not after `terminate`. */
  crash(reason: string, hasStarted: boolean): void;
}

/** Whether this runtime has worker threads at all. */
export function hasThreads(): boolean {
  return nodeThreads() !== undefined || typeof Worker === 'function';
}

/** Threads that the machine runs at once. */
export function hardwareThreads(): number {
  const os = globalThis.process?.getBuiltinModule?.('node:os');
  return os?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1;
}

function nodeThreads(): NodeThreads | undefined {
  return globalThis.process?.getBuiltinModule?.('node:worker_threads');
}

/** Starts a thread; `url`: of another program than its own (./program.ts), from where the page comes. */
export function startThread(events: ThreadEvents, url?: URL): Thread {
  const threads = nodeThreads();
  return threads ? startInNode(threads, events, url) : startInBrowser(events, url);
}

const because = (error: unknown) => (error instanceof Error ? error.message : String(error));

function startInNode(threads: NodeThreads, events: ThreadEvents, url?: URL): Thread {
  let over = false;
  let isHeld = false;
  const crash = (reason: string, hasStarted = true) => {
    if (!over) events.crash(reason, hasStarted);
    over = true;
  };
  const starting = Promise.resolve(nodeWorker(threads, url)).then((worker) => {
    worker.on('message', (message: FromWorker) => {
      if (!over && message.kind !== 'ready') events.message(message);
    });
    worker.on('messageerror', (error) => crash(`a message could not be read: ${error.message}`));
    worker.on('error', (error) => crash(because(error)));
    worker.on('exit', (code) => crash(`it exited with code ${code}`));
    if (!isHeld && !over) worker.unref();
    return worker;
  });
  starting.catch((error) => crash(because(error), false));
  const withWorker = (use: (worker: Awaited<typeof starting>) => void) => void starting.then(use, () => {});
  return {
    post: (message, transfer = []) => withWorker((worker) => worker.postMessage(message, [...transfer] as never)),
    hold: (held) => {
      // A worker that is being stopped keeps Node alive until it has, or whoever awaits that would never go on.
      if (over) return;
      isHeld = held;
      withWorker((worker) => {
        if (!over) isHeld ? worker.ref() : worker.unref();
      });
    },
    terminate: async () => {
      over = true;
      await starting.then(
        (worker) => worker.terminate(),
        () => {},
      );
    },
  };
}

/** What to do where no way of starting a worker works. */
const REMEDY =
  'Let the page’s Content-Security-Policy have "worker-src blob:", or serve the package’s file diagflow/worker from where the page comes and give its address as workerUrl, or set workers to 0';

function startInBrowser(events: ThreadEvents, url?: URL): Thread {
  const ways = url ? [() => new Worker(url, { type: 'module' })] : webWorkers();
  let over = false;
  let worker: Worker | null = null;
  /** Kept until the worker says that it runs: whatever was posted to one that never did is lost. */
  let waiting: [ToWorker, Transferable[]][] | null = [];

  const crash = (reason: string) => {
    if (!over) events.crash(waiting === null ? reason : `${reason}. ${REMEDY}`, waiting === null);
    over = true;
  };
  const receive = (from: Worker, message: FromWorker) => {
    if (over || worker !== from) return;
    if (message.kind !== 'ready') return events.message(message);
    for (const [posted, transfer] of waiting ?? []) from.postMessage(posted, transfer);
    waiting = null;
  };
  const next = (reason: string) => {
    const way = ways.shift();
    if (!way) return crash(reason);
    // Starting one throws at once, or is told later, by browser and cause.
    Promise.resolve()
      .then(way)
      .then((started) => {
        if (over) return started.terminate();
        worker = started;
        started.addEventListener('message', (event) => receive(started, event.data as FromWorker));
        started.addEventListener('error', (event) => {
          event.preventDefault?.();
          if (worker !== started) return;
          if (waiting === null) return crash(event.message || 'it gave no reason');
          started.terminate();
          next(event.message || 'its script could not be loaded');
        });
        started.addEventListener('messageerror', () => crash('a message could not be read'));
      })
      .catch((error) => next(because(error)));
  };
  next('this browser starts no workers');
  return {
    post: (message, transfer = []) => {
      if (waiting) waiting.push([message, [...transfer]]);
      else worker?.postMessage(message, [...transfer]);
    },
    hold: () => {},
    terminate: async () => {
      over = true;
      worker?.terminate();
    },
  };
}
