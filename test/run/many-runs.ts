/** Makes as many short runs as it is told, on engines of the kind that it is told, and prints memory, threads and open files after every tenth of them. */
import { readdirSync } from 'node:fs';
import { getHeapStatistics } from 'node:v8';
import type * as Diagflow from '../../src/index.ts';
import type { Opened } from '../../src/run/index.ts';

// The built library: its threads start without a compiler.
const built = new URL('../../dist/index.js', import.meta.url).href;
const { openBackend, parseExperimentJson, runExperiment } = (await import(built)) as typeof Diagflow;

const [kind, times] = process.argv.slice(2);
const count = Number(times);
const methods = [
  { kind: 'sgd', replicas: 3 },
  { kind: 'sde', replicas: 2, timeStep: 0.1 },
];
const limits = [{ kind: 'flow' }, { kind: 'pde', tolerance: 0.01 }];
const experiments: Record<string, unknown> = {
  calling: { problem: { dimension: 6 }, horizon: 1, samples: 3, methods: [...methods, ...limits] },
  // Enough work to be given to threads.
  threads: { problem: { dimension: 900 }, horizon: 1, samples: 3, methods: [{ kind: 'sgd', replicas: 3 }] },
  gpu: { problem: { dimension: 6 }, horizon: 1, samples: 3, methods },
};
const experiment = parseExperimentJson(experiments[kind]);
const backendOf = (i: number) => (kind === 'gpu' ? 'gpu' : kind === 'calling' && i % 2 ? 'reference' : 'cpu');
const workers = kind === 'threads' ? 2 : 0;
/** Runs on one engine. Starting threads takes longer than a few runs, opening a device and compiling its shaders longer than a hundred. */
const share = { calling: 1, threads: 10, gpu: count / 10 }[kind]!;
const collect = () => (globalThis as unknown as { gc(): void }).gc();
const entries = (folder: string) => readdirSync(`/proc/self/${folder}`).length;

let opened: Opened | undefined;
/** GPU buffers that were made and not destroyed, and all that were made. */
let buffers = 0;
let made = 0;
if (kind === 'gpu') {
  const { GPUBuffer, GPUDevice } = (await import('webgpu')).globals as unknown as typeof globalThis;
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (...all) {
    buffers++;
    made++;
    return createBuffer.apply(this, all);
  };
  const { destroy } = GPUBuffer.prototype;
  const gone = new WeakSet<GPUBuffer>();
  GPUBuffer.prototype.destroy = function () {
    if (!gone.has(this)) buffers--;
    gone.add(this);
    return destroy.apply(this);
  };
}
const measured: Record<'live' | 'resident' | 'threads' | 'files' | 'buffers' | 'made', number>[] = [];
for (let i = 1; i <= count; i++) {
  opened ??= await openBackend(backendOf(Math.ceil(i / share)), { workers });
  const controller = new AbortController();
  const events = runExperiment(experiment, {
    seed: i,
    signal: controller.signal,
    opened,
  });
  for (let k = 0; ; k++) {
    if (i % 10 === 0 && k === 3) controller.abort(new Error('enough'));
    if ((await events.next()).done) break;
  }
  if (i % share === 0) {
    await opened.engine.dispose();
    opened = undefined;
  }
  if (i % (count / 10) !== 0) continue;
  await new Promise((resolve) => setTimeout(resolve, 100));
  collect();
  collect();
  const { heapUsed, external, rss } = process.memoryUsage();
  measured.push({
    live: heapUsed + external,
    resident: rss - getHeapStatistics().total_physical_size,
    threads: entries('task'),
    files: entries('fd'),
    buffers,
    made,
  });
}
console.log(JSON.stringify(measured));
