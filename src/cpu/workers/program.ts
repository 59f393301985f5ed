/** How a thread gets its program where the sources run: from ./worker.ts. The package has ./packaged.ts in the place of this file. */
import type { Worker as NodeWorker } from 'node:worker_threads';

export type NodeThreads = typeof import('node:worker_threads');

/** Ways of starting a worker in a page, best first: the next one is for where the one before is refused. */
export function webWorkers(): (() => Worker | Promise<Worker>)[] {
  // Written out in one expression: bundlers find the worker's file by this pattern.
  return [() => new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })];
}

/** A worker thread of Node, whose program is `url`, by default ./worker.ts. */
export function nodeWorker(threads: NodeThreads, url = new URL('worker.ts', import.meta.url)): NodeWorker {
  if (!url.pathname.endsWith('.ts')) return new threads.Worker(url, { execArgv: [] });
  return new threads.Worker(typescriptBootstrap(url), { eval: true, execArgv: [] });
}

/** Registers tsx in the thread first, because `--import` does not reach workers in Node 20. */
function typescriptBootstrap(url: URL): string {
  const { createRequire } = process.getBuiltinModule('node:module');
  const { pathToFileURL } = process.getBuiltinModule('node:url');
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx/package.json'));
  const api = JSON.stringify(new URL('dist/esm/api/index.mjs', tsx).href);
  return `import(${api}).then(({ register }) => { register(); return import(${JSON.stringify(url.href)}); })`;
}
