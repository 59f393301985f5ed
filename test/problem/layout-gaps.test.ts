/** How far the layout of a random problem is from its limit at t = 0: at most 2/d, for every named statistic. */
import { describe, expect, it } from 'vitest';
import { sampleStatistics } from '../../src/expression/definitions.ts';
import { buildProblem, type ExperimentProblem, hyperbolicStart, parseExperiment } from '../../src/problem/index.ts';
import { contextAt, evaluateMeans, namedStatistics } from '../../src/statistics/index.ts';
import { withProblem } from './good.ts';

type Parametrization = 'product' | 'difference' | 'square';

/** Gauss–Hermite nodes and weights for N(0, 1), n = 8 (Abramowitz and Stegun, table 25.10): exact to degree 15. */
const NODES = [0.381186990207322, 1.15719371244678, 1.981656756695843, 2.930637420257244];
const WEIGHTS = [0.6611470125582413, 0.2078023258148919, 0.01707798300741348, 1.996040722113676e-4];
const HERMITE = [1, -1].flatMap((side) =>
  NODES.map((x, i) => [side * Math.SQRT2 * x, WEIGHTS[i] / Math.sqrt(Math.PI)] as const),
);

type Atoms = readonly (readonly [value: number, weight: number])[];

/** Two atoms with the mean and mean square of the spectrum's law: no statistic has more than λ². */
function spectrumOf({ covariance: c, dimension: d }: ExperimentProblem): Atoms {
  const spread = (square: number): Atoms => [
    [1 - Math.sqrt(square - 1), 0.5],
    [1 + Math.sqrt(square - 1), 0.5],
  ];
  if (c.kind === 'power-law') return spread((c.exponent + 1) ** 2 / (2 * c.exponent + 1));
  if (c.kind === 'marchenko-pastur') return spread(1 + c.ratio);
  if (c.kind !== 'two-level') return [[1, 1]];
  const share = Math.round(c.fraction * d) / d;
  return [
    [c.low, 1 - share],
    [c.high, share],
  ];
}

/** Counts are whole numbers: a sparse target is one of share round(f·d)/d. */
function targetOf({ target: t, dimension: d }: ExperimentProblem): Atoms {
  if (t.kind === 'gaussian') return HERMITE.map(([x, w]) => [t.scale * x, w]);
  if (t.kind === 'constant') return [[t.value, 1]];
  if (t.kind !== 'sparse') throw new Error('no law');
  const share = Math.round(t.fraction * d) / d;
  return [
    [0, 1 - share],
    [t.value, share],
  ];
}

/** Means over the limit law, by quadrature; |β| and s of a Gaussian start, which are no polynomials, in closed form. */
function limitOf(problem: ExperimentProblem): Map<string, number> {
  const { initialization: start } = problem;
  const parametrization = problem.parametrization as Parametrization;
  const one = (x: number): Atoms => [[x, 1]];
  let us: Atoms = HERMITE.map(([x, w]) => [x, w]);
  let vs: Atoms = parametrization === 'square' ? one(0) : us;
  if (start.kind === 'constant') [us, vs] = [one(start.u), one(start.v)];
  else if (start.kind === 'gaussian')
    [us, vs] = [us, vs].map((atoms) => atoms.map(([x, w]) => [start.scale * x, w] as const));
  let [risk, distance, curvature, gradient, noise, l1, s] = [0, 0, 0, 0, 0, 0, 0];
  for (const [lambda, wl] of spectrumOf(problem))
    for (const [b, wb] of targetOf(problem))
      for (const [u, wu] of us)
        for (const [v, wv] of vs) {
          const w = wl * wb * wu * wv;
          const [beta, kappa, bend, pq] = {
            product: () => [u * v, u * u + v * v, 2 * u * v, u * u - v * v],
            difference: () => [u * u - v * v, 4 * (u * u + v * v), 8 * (u * u - v * v), 4 * u * v],
            square: () => [u * u, 4 * u * u, 8 * u * u, 0],
          }[parametrization]();
          const e = beta - b;
          risk += 0.5 * w * lambda * e * e;
          distance += w * e * e;
          curvature += w * lambda * kappa;
          gradient += w * lambda * lambda * e * e * kappa;
          noise += w * lambda * lambda * (kappa * kappa + e * bend);
          l1 += w * Math.abs(beta);
          s += w * Math.log(Math.abs(pq));
        }
  if (start.kind === 'gaussian') {
    const square = start.scale ** 2;
    // E|N| = √(2/π); u² − v² = pq with p, q ~ N(0, 2 scale²). E log|N| = −(γ + log 2)/2.
    const logs = -(0.5772156649015329 + Math.LN2);
    if (parametrization === 'product') [l1, s] = [(2 / Math.PI) * square, Math.log(2 * square) + logs];
    if (parametrization === 'difference') [l1, s] = [(4 / Math.PI) * square, Math.log(4 * square) + logs];
  }
  const gamma = 0.5;
  const values = { risk, excessRisk: risk, distance, curvature, l1, gradientNormSquared: gradient };
  return new Map(
    Object.entries({
      ...values,
      effectiveInitialization: s,
      riskDrift: -gamma * gradient,
      riskNoise: gamma * gamma * risk * noise,
      stepSize: gamma,
    }),
  );
}

/** The named statistics but those over samples. */
const overCoordinates = () => namedStatistics().filter(({ name }) => !sampleStatistics.includes(name));

/** Relative gaps of all named statistics at t = 0, in units of 1/d. */
function gapsOf(fields: Record<string, unknown>, d: number): [string, number][] {
  const experiment = parseExperiment(withProblem(fields, d));
  const limit = limitOf(experiment.problem);
  const problem = buildProblem(experiment);
  const state = hyperbolicStart(problem);
  return overCoordinates().map(({ name, moments, finish }) => {
    const value = finish(evaluateMeans(moments, problem, state), contextAt(problem, 0));
    const wanted = limit.get(name)!;
    return [name, value === wanted ? 0 : (d * (value - wanted)) / Math.abs(wanted)];
  });
}

function worstOf(fields: Record<string, unknown>, d: number): number {
  return gapsOf(fields, d).reduce((most, [, gap]) => Math.max(most, Math.abs(gap)), 0);
}

const spectra = [
  { kind: 'identity' },
  { kind: 'power-law', exponent: 1 },
  { kind: 'power-law', exponent: 0.5 },
  { kind: 'marchenko-pastur', ratio: 1 },
  { kind: 'marchenko-pastur', ratio: 0.3 },
  { kind: 'two-level', low: 0.5, high: 2, fraction: 0.5 },
];
const targets = [
  { kind: 'gaussian', scale: 1 },
  { kind: 'constant', value: 1 },
  { kind: 'sparse', fraction: 0.1, value: 1 },
  { kind: 'sparse', fraction: 0.5, value: -2 },
];
const starts = [
  { kind: 'gaussian', scale: 1 },
  { kind: 'gaussian', scale: 0.3 },
  { kind: 'constant', u: 0.7, v: 0.2 },
];
const parametrizations: Parametrization[] = ['product', 'difference', 'square'];

describe('gap of the layout at t = 0', () => {
  const combinations = spectra.flatMap((covariance) =>
    targets.flatMap((target) =>
      starts.flatMap((start) =>
        parametrizations.map((parametrization) => {
          const hasV = parametrization !== 'square' || start.kind !== 'constant';
          return { covariance, target, initialization: hasV ? start : { ...start, v: 0 }, parametrization };
        }),
      ),
    ),
  );

  it('at most 2/d: a seventh of all combinations of laws, at dimensions of every kind', () => {
    // Multiples of 20 where both spectrum and target count coordinates, so that the counts of both are whole.
    const odd = [100, 101, 127, 150, 257, 500, 999, 1024];
    const whole = [100, 120, 240, 1000];
    const bad = combinations.flatMap((fields, n) => {
      if (n % 7 !== 3) return [];
      const counts = fields.covariance.kind === 'two-level' && fields.target.kind === 'sparse';
      const d = counts ? whole[n % whole.length] : odd[n % odd.length];
      const gaps = gapsOf(fields, d).filter(([, gap]) => !(Math.abs(gap) <= 2));
      return gaps.map((gap) => JSON.stringify([d, fields, gap]));
    });
    expect(bad).toEqual([]);
  });

  it.each([
    [0, 'gaussian target and start on an identity spectrum', 100_000],
    [1, 'with a Marchenko–Pastur spectrum', 30_011],
  ])('at most 2/d in large dimensions: %i, %s', (n, _, d) => {
    const fields = { covariance: spectra[3 * n], target: targets[0], initialization: starts[0] };
    expect(worstOf(fields, d)).toBeLessThan(2);
  });

  it('means of products up to degree 2 in each of λ, b, u and v are products of means, to 1/d of what random draws have', () => {
    const d = 1000;
    const { lambda, b, u0, v0 } = buildProblem(
      parseExperiment(withProblem({ covariance: spectra[1], target: targets[0], initialization: starts[0] }, d)),
    );
    const mean = (f: (i: number) => number) =>
      Float64Array.from(lambda, (_, i) => f(i)).reduce((sum, x) => sum + x) / d;
    for (let k = 1; k < 81; k++) {
      const [i, j, l, m] = [27, 9, 3, 1].map((stride) => Math.floor(k / stride) % 3);
      const factors = [lambda, b, u0, v0].map((x, c) => mean((n) => x[n] ** [i, j, l, m][c]));
      const product = factors.reduce((a, x) => a * x);
      const value = mean((n) => lambda[n] ** i * b[n] ** j * u0[n] ** l * v0[n] ** m);
      // One draw of the product has this standard deviation; a random layout's mean is off by it over √d.
      const squares = [lambda, b, u0, v0].map((x, c) => mean((n) => x[n] ** (2 * [i, j, l, m][c])));
      const deviation = Math.sqrt(squares.reduce((a, x) => a * x));
      expect(Math.abs(value - product) * d).toBeLessThan(deviation);
    }
  });

  it('support of a sparse target: spread evenly where that does, else changed in places', () => {
    // 8 of 100 coordinates, λ ∝ i³: every 12.5th has 4/d too little of ⟨λ²⟩.
    const fields = { covariance: { kind: 'power-law', exponent: 3 }, target: { kind: 'sparse', fraction: 0.08 } };
    for (const d of [100, 1000]) {
      const { b } = buildProblem(parseExperiment(withProblem(fields, d)));
      expect(b.filter((x) => x !== 0).length).toBe(0.08 * d);
      expect(worstOf(fields, d)).toBeLessThan(2);
    }
  });
});
