/** A script that takes three events of a run and ends, without a word to the iterator. */
import { parseExperiment, runExperiment } from '../../src/run/index.ts';

const backend = process.argv[2] as 'cpu' | 'reference';
const run = runExperiment(
  parseExperiment({
    problem: { dimension: 2000 },
    horizon: 1000,
    samples: 1000,
    methods: [{ kind: 'sgd', replicas: 64 }],
  }),
  { backend, workers: 2 },
);
let events = 0;
while (events < 3) if (!(await run.next()).done) events++;
console.log(`${events} events`);
