/**
 * SGD throughput of the f64 TypeScript engine (`--backend reference`) with two workers against NumPy on one thread, in
 * coordinate-steps per second; they take turns, and their final risks must agree before a timing counts. What the WebAssembly
 * engine does with the same problem is in ./cpu.ts. By itself: `npx tsx bench/suites/cpu-sgd.ts [--quick]`.
 */
import { pathToFileURL } from 'node:url';
import { createReferenceEngine } from '../../src/cpu/index.ts';
import { buildProblem } from '../../src/problem/index.ts';
import { checkAgreement, fastest, takeTurns } from '../measure.ts';
import { startPython } from '../peers/python.ts';
import { experimentOf, GAMMA, type Row, report, rowsOf, sgdContestant, sgdVariants } from '../sgd.ts';
import type { Suite, SuiteContext, SuiteResult } from '../suite.ts';

const WORKERS = 2;
const REPLICAS = 2;

async function run(context: SuiteContext): Promise<SuiteResult> {
  const rows: Row[] = [];
  const engine = createReferenceEngine({ workers: WORKERS, smallestShared: 0 });
  const numpy = await startPython('numpy_sgd.py');
  const notes = [
    numpy
      ? `NumPy ${numpy.hello.numpy}, Python ${numpy.hello.python}; in-place array operations, the loop alone is timed`
      : 'NumPy skipped: no python3 that has it was found (apt-get install python3-numpy)',
  ];
  try {
    for (const dimension of [1e3, 1e5, 1e6]) {
      const steps = Math.max(40, Math.round((context.quick ? 1e7 : 4e7) / dimension));
      const problem = buildProblem(experimentOf(dimension, steps / dimension));
      const contestants = [sgdContestant(engine, `diagflow ${engine.name}, ${WORKERS} workers`, problem, REPLICAS)];
      if (numpy) {
        for (const dtype of ['float64', 'float32']) {
          const request = { dimension, steps, replicas: REPLICAS, gamma: GAMMA, dtype };
          contestants.push(await fastest(sgdVariants(numpy, `NumPy ${dtype}`, request, [{}])));
        }
      }
      const scores = await takeTurns(contestants, context.quick ? 5 : 9);
      const what = `SGD on the reference engine, d = ${dimension}, ${REPLICAS} replicas`;
      checkAgreement(`log risk of ${what}`, scores);
      const unit = 'coordinateStepsPerSecond';
      const own = rowsOf(what, dimension * REPLICAS * steps, unit, scores, { dimension, replicas: REPLICAS, steps });
      report(context, own, unit);
      rows.push(...own);
    }
    return { rows, notes };
  } finally {
    numpy?.stop();
    await engine.dispose();
  }
}

const suite: Suite = { name: 'cpu-sgd', title: 'SGD on the f64 reference engine against NumPy', run };

export default suite;

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const result = await suite.run({
    quick: process.argv.includes('--quick'),
    log: (line) => void process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}
