/** Makes as many short runs as it is told, and prints live bytes and threads after every tenth of them. */
import { readdirSync } from 'node:fs';
import { parseExperiment, runExperiment } from '../../src/run/index.ts';

const count = Number(process.argv[2]);
const experiment = parseExperiment({
  problem: { dimension: 6 },
  horizon: 1,
  samples: 3,
  methods: [
    { kind: 'sgd', replicas: 3 },
    { kind: 'sde', replicas: 2, timeStep: 0.1 },
    { kind: 'flow' },
    { kind: 'pde', tolerance: 0.01 },
  ],
});
const collect = () => (globalThis as unknown as { gc(): void }).gc();

const live: number[] = [];
const threads: number[] = [];
for (let i = 1; i <= count; i++) {
  const controller = new AbortController();
  const events = runExperiment(experiment, {
    backend: i % 2 ? 'reference' : 'cpu',
    workers: 0,
    seed: i,
    signal: controller.signal,
  });
  for (let k = 0; ; k++) {
    if (i % 10 === 0 && k === 3) controller.abort(new Error('enough'));
    if ((await events.next()).done) break;
  }
  if (i % (count / 10) !== 0) continue;
  await new Promise((resolve) => setTimeout(resolve, 20));
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  live.push(heapUsed + external);
  threads.push(readdirSync('/proc/self/task').length);
}
console.log(JSON.stringify({ live, threads }));
