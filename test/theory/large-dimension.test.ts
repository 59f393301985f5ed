/** SGD at d = 10⁵ against the PDE: one path of 6,000 steps stays within the spread that the linear theory of fluctuations predicts. */
import { expect, it } from 'vitest';
import { createCpuEngine } from '../../src/cpu/index.ts';
import { buildProblem, parseExperiment } from '../../src/problem/index.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import { riskFluctuation, solvePde } from '../../src/theory/index.ts';
import { limitLaw } from '../../src/theory/law/index.ts';

const DIMENSION = 100_000;
/** False alarms once in 16,000 a comparison (two-sided normal), with two comparisons once in 8,000 changes of the seed. */
const SIGMAS = 4;
/** What the limit leaves out at finite d, and single precision of the weights: of relative order 1/d. */
const BIAS = 5 / DIMENSION;

it('case A at d = 100,000: one replica of SGD lies within 4 predicted standard deviations of the PDE', async () => {
  const experiment = parseExperiment({
    // λ = 1, b = 1 for half of the coordinates, u = 1, v = 0.
    problem: {
      dimension: DIMENSION,
      covariance: { kind: 'identity' },
      target: { kind: 'sparse', fraction: 0.5, value: 1 },
      initialization: { kind: 'constant', u: 1, v: 0 },
    },
    stepSize: 0.5,
    horizon: 0.06,
    times: [0.03, 0.06],
    methods: [{ kind: 'sgd' }],
  });
  const law = limitLaw(experiment);
  const times = Float64Array.of(0, 0.03, 0.06);
  const statistics = resolveStatistics(['risk']);
  const solution = await solvePde(law, { times, statistics, tolerance: 1e-7 });
  const { standardDeviation } = await riskFluctuation(law, solution, { times: times.subarray(1), tolerance: 0.05 });
  const problem = buildProblem(experiment);
  const engine = createCpuEngine();
  const risks: number[] = [];
  try {
    const request = { problem, times, statistics, replicas: { first: 0, count: 1 }, seed: 20261123 };
    for await (const event of engine.run({ ...request, method: { kind: 'sgd' } }))
      if (event.type === 'samples') risks[event.timeIndex] = event.values[0];
  } finally {
    await engine.dispose();
  }
  expect(risks).toHaveLength(3);
  const [limit] = solution.values;
  expect(Math.abs(risks[0] / limit[0] - 1)).toBeLessThan(1e-6);
  for (const i of [1, 2]) {
    const deviation = standardDeviation[i - 1] / Math.sqrt(DIMENSION);
    const allowed = SIGMAS * deviation + BIAS * limit[i];
    // The test can tell: the risk has moved by far more than what is allowed.
    expect(limit[0] - limit[i]).toBeGreaterThan(3 * allowed);
    expect(Math.abs(risks[i] - limit[i]), `t = ${times[i]}`).toBeLessThan(allowed);
  }
});
