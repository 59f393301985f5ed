/**
 * How far SGD is from the limit by law of the features and dimension: `npx tsx bench/universality.ts [--quick]` prints the table of
 * docs/theory.md §2.3. The problem is the default one, the time 1; a replica counts as diverged by docs/paths.md.
 */
import { parseExperiment, runExperiment } from '../src/run/index.ts';

const isQuick = process.argv.includes('--quick');
const LAWS = ['gaussian', 'rademacher', 'uniform', 8, 5, 4, 3] as const;
/** [dimension, replicas]. */
const SIZES = isQuick
  ? [[100, 64]]
  : [
      [100, 4096],
      [1000, 256],
      [4000, 64],
    ];

async function gapOf(law: (typeof LAWS)[number], dimension: number, replicas: number): Promise<string> {
  const features = typeof law === 'number' ? { kind: 'student-t' as const, degrees: law } : law;
  const run = runExperiment(
    parseExperiment({
      problem: { dimension, features },
      horizon: 1,
      samples: 1,
      methods: [{ kind: 'sgd', replicas }, { kind: 'pde' }],
    }),
    { backend: 'cpu' },
  );
  let step = await run.next();
  while (!step.done) step = await run.next();
  const [sgd, pde] = step.value.curves;
  const [mean, error, limit] = [sgd.mean[1], sgd.standardError?.[1], pde.mean[1]];
  if (mean === null || error == null || limit === null) return `all ${replicas} diverged`;
  const percent = (x: number) => (100 * (x / limit)).toFixed(1);
  return `${percent(mean - limit)} ± ${percent(error)}; ${sgd.failed} of ${replicas}`;
}

console.log(`| features | ${SIZES.map(([d]) => `d = ${d}`).join(' | ')} |\n|${' --- |'.repeat(SIZES.length + 1)}`);
for (const law of LAWS) {
  const cells: string[] = [];
  for (const [d, replicas] of SIZES) cells.push(await gapOf(law, d, replicas));
  console.log(`| ${typeof law === 'number' ? `student-t, ${law} degrees` : law} | ${cells.join(' | ')} |`);
}
