/**
 * Weak and strong order of the SDE schemes from their own refinement. Strong, and weak for the scheme in (u, v): along one Brownian motion
 * (bench/kit/refinement.ts). Weak for the schemes in ζ: in the limit of many coordinates, by quadrature instead of samples (test/cpu/limit.ts).
 */
import { buildProblem } from '../../../src/problem/index.ts';
import type { RiskPath, SdeScheme } from '../../../src/statistics/stream.ts';
import { limitOf } from '../../../test/cpu/limit.ts';
import { orders } from '../../kit/refinement.ts';
import { experimentOf, GAMMA } from '../../kit/simulate.ts';
import { averaged, exact } from '../../kit/statistics.ts';
import type { Quantity, Row, Section, SectionContext, SectionResult } from '../../suite.ts';

/** The mean-field path: any smooth one shows the order. */
const path: RiskPath = { end: 8, risk: (t) => 0.5 * Math.exp(-t / 2), clock: (t) => 0.25 * -Math.expm1(-t / 2) };

/** Weak order is that of a statistic whose error does not change sign near these steps: the curvature. */
const SCHEMES = [
  { scheme: 'strang', weak: 2, strong: 1, horizon: 1.6, finest: 0.05, counts: [2, 4, 8, 16] },
  { scheme: 'euler', weak: 1, strong: 1, horizon: 0.8, finest: 0.0125, counts: [2, 4, 8, 16] },
  { scheme: 'euler-uv', weak: 1, strong: 0.5, horizon: 0.8, finest: 0.0125, counts: null },
] as const satisfies readonly { scheme: SdeScheme; [field: string]: unknown }[];

/** Horizon of the quadrature: few steps, each a Gaussian integral. */
const SHORT = 0.8;
const CLASSES = [1, 0].map((b) => ({ b, p: 1, q: 1 }));

interface Ladder {
  /** h, and the difference of the results with steps h and h/2. */
  readonly levels: readonly { readonly h: number; readonly difference: Quantity }[];
  readonly order: Quantity;
}

/** Differences of neighbouring levels → their order, extrapolated once: measured orders are order + O(h). */
function byQuadrature(scheme: 'strang' | 'euler', isMeanField: boolean, counts: readonly number[]): Ladder {
  const values = counts.map((n) => {
    const tau = SHORT / n;
    const increment = (k: number) => path.clock((k + 1) * tau) - path.clock(k * tau);
    return limitOf(scheme, CLASSES, GAMMA, tau, n, isMeanField ? increment : null).curvature;
  });
  const gaps = values.slice(1).map((value, k) => Math.abs(values[k] - value));
  const [coarse, fine] = [Math.log2(gaps[0] / gaps[1]), Math.log2(gaps[1] / gaps[2])];
  return {
    levels: gaps.map((gap, k) => ({ h: SHORT / counts[k], difference: exact(gap, '1', 'lower') })),
    order: exact(2 * fine - coarse, '1'),
  };
}

/** [level][group] → means over groups, and the order between the two finest levels with an interval by a jackknife over groups. */
function bySampling(steps: readonly number[], gaps: readonly (readonly number[])[]): Ladder {
  const groups = gaps[0].length;
  const [coarse, fine] = gaps.slice(-2);
  const mean = (x: readonly number[], without: number) =>
    x.reduce((sum, y, g) => (g === without ? sum : sum + y), 0) / (without < 0 ? groups : groups - 1);
  const order = (without: number) => Math.log2(Math.abs(mean(coarse, without) / mean(fine, without)));
  const pseudo = Array.from({ length: groups }, (_, g) => groups * order(-1) - (groups - 1) * order(g));
  return {
    levels: steps.map((h, level) => {
      const sign = Math.sign(mean(gaps[level], -1));
      return {
        h,
        difference: averaged(
          gaps[level].map((gap) => sign * gap),
          '1',
          'lower',
        ),
      };
    }),
    order: { ...averaged(pseudo, '1'), samples: [] },
  };
}

async function run({ quick, log }: SectionContext): Promise<SectionResult> {
  const points = quick ? 2039 : 16_381;
  const groups = quick ? 6 : 16;
  const problem = buildProblem(
    experimentOf(2 * points, 8, {
      problem: {
        target: { kind: 'values', values: Array.from({ length: 2 * points }, (_, i) => (i < points ? 1 : 0)) },
      },
    }),
  );
  const rows: Row[] = [];
  for (const { scheme, weak, strong, horizon, finest, counts } of SCHEMES) {
    for (const coupling of ['interacting', 'mean-field'] as const) {
      log(`${scheme}, ${coupling}`);
      const isMeanField = coupling === 'mean-field';
      const options = { scheme, coupling: isMeanField ? path : coupling, horizon, finest, points, groups } as const;
      const found = orders(problem, options);
      const ladders = {
        strong: bySampling(found.steps, found.strong),
        weak: counts ? byQuadrature(scheme, isMeanField, counts) : bySampling(found.steps, found.curvature),
      };
      for (const [kind, ladder] of Object.entries(ladders)) {
        for (const { h, difference } of ladder.levels) {
          rows.push({
            table: TABLE,
            labels: { kind, scheme, coupling, h },
            foreign: false,
            quantities: { difference },
          });
        }
      }
      rows.push({
        table: 'order',
        labels: { scheme, coupling },
        foreign: false,
        quantities: {
          weak: ladders.weak.order,
          weakExpected: exact(weak, '1'),
          strong: ladders.strong.order,
          strongExpected: exact(strong, '1'),
        },
      });
    }
  }
  return {
    rows,
    plots: [
      {
        table: TABLE,
        title: 'SDE schemes: differences between steps h and h/2',
        x: 'h',
        y: 'difference',
        series: ['kind', 'scheme', 'coupling'],
        scales: ['log', 'log'],
      },
    ],
    notes: [
      'strong: root mean square difference of log|p| along one Brownian motion; weak: difference of the mean curvature, by quadrature for strang and euler (no sampling error; order extrapolated once in h), along one Brownian motion for euler-uv (interval: jackknife over groups)',
      `${groups} groups of ${2 * points} paths, a randomly shifted lattice each; orders between the two finest levels`,
    ],
  };
}

const TABLE = 'difference of the results with steps h and h/2';

export default { name: 'orders', title: 'Weak and strong order of the SDE schemes', run } satisfies Section;
