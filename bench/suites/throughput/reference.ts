/**
 * SGD throughput of the f64 TypeScript engine (`--backend reference`) with two workers against NumPy in f64 on one thread; they take turns,
 * and their final risks must agree before a timing counts. What the WebAssembly engine does with the same problem is in ./cpu.ts.
 */
import { createReferenceEngine } from '../../../src/cpu/index.ts';
import { buildProblem } from '../../../src/problem/index.ts';
import { checkAgreement, fastest, rowsOf, takeTurns } from '../../kit/measure.ts';
import { sgdContestant, sgdVariants } from '../../kit/sgd.ts';
import { experimentOf, GAMMA } from '../../kit/simulate.ts';
import type { Row, Section, SectionContext, SectionResult } from '../../suite.ts';

const WORKERS = 2;
const REPLICAS = 2;

async function run(context: SectionContext): Promise<SectionResult> {
  const rows: Row[] = [];
  const engine = createReferenceEngine({ workers: WORKERS, smallestShared: 0 });
  const numpy = await context.peers.python('NumPy SGD');
  try {
    for (const dimension of context.quick ? [1e3, 1e5] : [1e3, 1e5, 1e6]) {
      context.log(`d = ${dimension}`);
      const steps = Math.max(20, Math.round((context.quick ? 4e6 : 4e7) / dimension));
      const problem = buildProblem(experimentOf(dimension, steps / dimension));
      const contestants = [sgdContestant(engine, `diagflow reference, ${WORKERS} workers`, problem, REPLICAS)];
      if (numpy) {
        const request = { dimension, steps, replicas: REPLICAS, gamma: GAMMA, dtype: 'float64' };
        contestants.push(await fastest(sgdVariants(numpy, 'NumPy float64', request, [{}])));
      }
      const scores = await takeTurns(contestants, {
        most: context.quick ? 5 : 9,
        seconds: context.quick ? context.seconds / 2 : undefined,
      });
      checkAgreement(`log risk of SGD on the reference engine, d = ${dimension}`, scores);
      const labels = { dimension, replicas: REPLICAS };
      const amount = dimension * REPLICAS * steps;
      rows.push(...rowsOf({ table: 'SGD in f64', labels, amount, unit: 'coordinate-steps' }, scores));
    }
    return { rows, plots: [], notes: [] };
  } finally {
    await engine.dispose();
  }
}

export default {
  name: 'reference',
  title: 'SGD on the f64 reference engine against NumPy',
  weight: 0.7,
  run,
} satisfies Section;
