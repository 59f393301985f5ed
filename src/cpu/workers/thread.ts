/** One worker thread behind the same four calls in Node and in a browser. */
import type { FromWorker, ToWorker } from './protocol.ts';

export interface Thread {
  post(message: ToWorker, transfer?: readonly MessagePort[]): void;
  /** Whether a busy thread keeps a Node process alive (an idle one does not). */
  hold(busy: boolean): void;
  terminate(): Promise<unknown>;
}

export interface ThreadEvents {
  /** Not after `terminate`: what was on its way then is dropped. */
  message(message: FromWorker): void;
  /** The thread is gone, or could not start; called once, and not after `terminate`. */
  crash(reason: string): void;
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

function nodeThreads() {
  return globalThis.process?.getBuiltinModule?.('node:worker_threads');
}

/** Starts ./worker.ts; `entry` replaces it in tests. */
export function startThread(events: ThreadEvents, entry?: URL): Thread {
  const threads = nodeThreads();
  return threads ? startInNode(threads, events, entry) : startInBrowser(events);
}

function startInNode(threads: typeof import('node:worker_threads'), events: ThreadEvents, entry?: URL): Thread {
  const url = entry ?? workerFile(import.meta.url);
  const worker = url.pathname.endsWith('.ts')
    ? new threads.Worker(typescriptBootstrap(url), { eval: true, execArgv: [] })
    : new threads.Worker(url, { execArgv: [] }); // flags such as --input-type are the caller's alone
  let over = false;
  const crash = (reason: string) => {
    if (!over) events.crash(reason);
    over = true;
  };
  worker.on('message', (message: FromWorker) => {
    if (!over) events.message(message);
  });
  worker.on('messageerror', (error) => crash(`a message could not be read: ${error.message}`));
  worker.on('error', (error) => crash(error instanceof Error ? error.message : String(error)));
  worker.on('exit', (code) => crash(`it exited with code ${code}`));
  worker.unref();
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer] as never),
    hold: (busy) => {
      // A worker that is being stopped keeps Node alive until it has, or whoever awaits that would never go on.
      if (!over) busy ? worker.ref() : worker.unref();
    },
    terminate: () => {
      over = true;
      return worker.terminate();
    },
  };
}

/** The built package keeps worker.js at its root, beside index.js and above chunks/; the sources keep it here. */
function workerFile(here: string): URL {
  if (here.endsWith('.ts')) return new URL('worker.ts', here);
  return new URL(/\/chunks\/[^/]*$/.test(here) ? '../worker.js' : 'worker.js', here);
}

/** From the sources (tests, benchmarks): registers tsx in the thread first, because `--import` does not reach workers in Node 20. */
function typescriptBootstrap(url: URL): string {
  const { createRequire } = process.getBuiltinModule('node:module');
  const { pathToFileURL } = process.getBuiltinModule('node:url');
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
  const api = JSON.stringify(new URL('dist/esm/api/index.mjs', tsx).href);
  return `import(${api}).then(({ register }) => { register(); return import(${JSON.stringify(url.href)}); })`;
}

function startInBrowser(events: ThreadEvents): Thread {
  // Written out in one expression: bundlers find the worker's file by this pattern.
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  let over = false;
  const crash = (reason: string) => {
    if (!over) events.crash(reason);
    over = true;
  };
  worker.addEventListener('message', (event) => {
    if (!over) events.message(event.data as FromWorker);
  });
  worker.addEventListener('error', (event) => crash(event.message || 'its script could not be loaded'));
  worker.addEventListener('messageerror', () => crash('a message could not be read'));
  return {
    post: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    hold: () => {},
    terminate: async () => {
      over = true;
      worker.terminate();
    },
  };
}
