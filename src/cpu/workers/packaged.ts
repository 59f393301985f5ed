/**
 * How a thread gets its program in the package, which has it twice: as a file, and as a text that is loaded only where the file is not
 * beside this module any more. Some bundlers copy the file and put its new address here (Vite, webpack); others know nothing of it
 * (Rollup, esbuild, Vite's development server).
 */
import type { Worker as NodeWorker } from 'node:worker_threads';

type NodeThreads = typeof import('node:worker_threads');

/** The file's address, or null where this module has been moved without it. */
function besideThis(): URL | null {
  try {
    // Written out in one expression: bundlers find the file by this pattern.
    const file = new URL('./worker.js', import.meta.url);
    if (!file.pathname.endsWith('/worker.js')) return file;
    return /\/dist\/(?:cli-)?workers\.js$/.test(new URL(import.meta.url).pathname) ? file : null;
  } catch {
    return null; // bundled as a classic script, which has no address
  }
}

const text = async () => (await import('virtual:worker-text')).default;

function fromFile(file: URL): Worker {
  return new Worker(file, { type: 'module' });
}

async function fromText(): Promise<Worker> {
  const url = URL.createObjectURL(new Blob([await text()], { type: 'text/javascript' }));
  const worker = new Worker(url, { type: 'module' });
  // Whoever has started has read it.
  worker.addEventListener('message', () => URL.revokeObjectURL(url), { once: true });
  return worker;
}

/** Ways of starting a worker in a page, best first: the next one is for where the one before is refused. */
export function webWorkers(): (() => Worker | Promise<Worker>)[] {
  const file = besideThis();
  // A worker's file must come from where the page does.
  const isOwn = file !== null && (file.protocol === 'blob:' || file.origin === globalThis.location?.origin);
  return isOwn ? [() => fromFile(file), fromText] : [fromText];
}

/** A worker thread of Node, whose program is `url`, by default the package's. */
export async function nodeWorker(threads: NodeThreads, url = besideThis()): Promise<NodeWorker> {
  if (url !== null) {
    const isThere = url.protocol !== 'file:' || process.getBuiltinModule('node:fs').existsSync(url);
    // Flags such as --input-type are the caller's alone.
    if (isThere) return new threads.Worker(url, { execArgv: [] });
  }
  return new threads.Worker(await text(), { eval: true, execArgv: [] });
}
