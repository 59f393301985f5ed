/** A script that uses worker threads and forgets to dispose of the engine. */
import { createReferenceEngine } from '../../src/cpu/index.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import { problemOf } from './support.ts';

const engine = createReferenceEngine({ workers: 2, smallestShared: 0 });
let samples = 0;
for await (const event of engine.run({
  problem: problemOf({ dimension: 10 }),
  method: { kind: 'sgd' },
  times: Float64Array.of(0, 1),
  statistics: resolveStatistics(['risk']),
  replicas: { first: 0, count: 1 },
  seed: 1,
})) {
  if (event.type === 'samples') samples++;
}
console.log(`${samples} samples`);
