/** The main job, `npm start`: SGD, SDE, PDE and gradient flow of examples/quickstart.json side by side, and how long the whole takes. */
import { readFileSync } from 'node:fs';
import type { Curve } from '../../../src/results/index.ts';
import { parseExperimentText, runExperiment } from '../../../src/run/index.ts';
import { exact } from '../../kit/statistics.ts';
import type { Quantity, Row, Section, SectionContext, SectionResult } from '../../suite.ts';

const FILE = new URL('../../../examples/quickstart.json', import.meta.url);
const TIMES = [1.6, 3.2, 4.8, 6.4, 8];
const KINDS = ['sgd', 'sde', 'pde', 'flow'] as const;

async function run({ log }: SectionContext): Promise<SectionResult> {
  const experiment = parseExperimentText(readFileSync(FILE, 'utf8'));
  log('examples/quickstart.json on cpu');
  const start = performance.now();
  const events = runExperiment(experiment, { backend: 'cpu' });
  let step = await events.next();
  while (!step.done) step = await events.next();
  const seconds = (performance.now() - start) / 1000;
  const curves = step.value.curves.filter(({ statistic }) => statistic === 'risk');
  const limit = curves.find(({ method }) => method === 'pde')!;
  const rows = TIMES.flatMap((time) =>
    KINDS.map((method): Row => {
      const curve = curves.find((one) => one.method === method)!;
      const { mean, error } = at(curve, time);
      const risk: Quantity = {
        ...exact(mean, '1'),
        low: mean - 1.96 * error,
        high: mean + 1.96 * error,
        level: error > 0 ? 0.95 : 1,
      };
      const quantities: Record<string, Quantity> = { risk };
      if (error > 0) {
        quantities.standardError = exact(error, '1');
        quantities.gapInErrors = exact((mean - at(limit, time).mean) / error, '1');
      }
      return { table: 'risk', labels: { time, method }, foreign: false, quantities };
    }),
  );
  rows.push({
    table: 'the whole run',
    labels: { engine: 'cpu' },
    foreign: false,
    quantities: { seconds: { ...exact(seconds, 's'), samples: [seconds] } },
  });
  const { problem, seed } = experiment;
  return {
    rows,
    plots: [],
    notes: [
      `d = ${problem.dimension}, seed ${seed}, engine cpu: the same numbers bit for bit on any machine; gapInErrors: distance from the PDE in standard errors`,
    ],
  };
}

function at({ times, mean, standardError }: Curve, time: number): { mean: number; error: number } {
  const k = times.findIndex((t) => Math.abs(t! - time) < 1e-9);
  if (k < 0) throw new Error(`examples/quickstart.json saves nothing at t = ${time}`);
  return { mean: mean[k]!, error: standardError?.[k] ?? 0 };
}

export default {
  name: 'quickstart',
  title: 'The main job: SGD, SDE, PDE and gradient flow side by side',
  run,
} satisfies Section;
