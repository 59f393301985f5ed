/**
 * The named statistics (docs/theory.md, "Statistics"), uniform over parametrizations by hyperbolic coordinates: with gain and
 * κ of src/problem/hyperbolic.ts one formula serves u⊙v, u² − v² and u².
 */
import { parseNamedMoment } from './moment.ts';
import type { Statistic, StatisticContext } from './statistic.ts';

interface Definition {
  readonly title: string;
  readonly symbol: string;
  /** A logarithm itself: read off a linear axis. Others span decades. */
  readonly scale?: 'linear';
  readonly moments: readonly string[];
  readonly finish: Statistic['finish'];
}

const weightedSquaredError = 'lambda * e^2';
const driftMoment = 'lambda^2 * e^2 * kappa';

function risk(meanWeightedSquaredError: number, c: StatisticContext): number {
  return 0.5 * (meanWeightedSquaredError + c.labelNoise * c.labelNoise);
}

const definitions = {
  /** R = ½((1/d) Σ λe² + σ²). */
  risk: { title: 'risk', symbol: 'R', moments: [weightedSquaredError], finish: (m, c) => risk(m[0], c) },
  /** R − σ²/2. */
  excessRisk: {
    title: 'excess risk',
    symbol: 'R − σ²/2',
    moments: [weightedSquaredError],
    finish: (m) => 0.5 * m[0],
  },
  /** (1/d) Σ e². */
  distance: { title: 'squared distance to the target', symbol: '‖β − b‖²/d', moments: ['e^2'], finish: (m) => m[0] },
  /** (1/d) Σ λκ, the trace of the Hessian over d (for square its Gauss–Newton part). */
  curvature: { title: 'curvature', symbol: 'tr H/d', moments: ['lambda * kappa'], finish: (m) => m[0] },
  /** (1/d) Σ |β|. */
  l1: { title: 'ℓ¹ norm', symbol: '‖β‖₁/d', moments: ['abs(beta)'], finish: (m) => m[0] },
  /** (1/d) Σ λ²e²κ. */
  gradientNormSquared: {
    title: 'squared gradient norm',
    symbol: '‖∇R‖²·d',
    moments: [driftMoment],
    finish: (m) => m[0],
  },
  /** (1/d) Σ s; −∞ if some coordinate is balanced. */
  effectiveInitialization: {
    title: 'effective initialization',
    symbol: '⟨s⟩',
    scale: 'linear',
    moments: ['s'],
    finish: (m) => m[0],
  },
  /** D_R = −γ (1/d) Σ λ²e²κ. */
  riskDrift: {
    title: 'drift of the risk',
    symbol: 'D_R',
    moments: [driftMoment],
    finish: (m, c) => -c.stepSize * m[0],
  },
  /** N_R = γ² (R/m) (1/d) Σ λ²(κ² + 2·gain²·eβ). */
  riskNoise: {
    title: 'noise of the risk',
    symbol: 'N_R',
    moments: [weightedSquaredError, 'lambda^2 * kappa^2', 'lambda^2 * e * beta'],
    finish: (m, c) => ((c.stepSize * c.stepSize * risk(m[0], c)) / c.batchSize) * (m[1] + 2 * c.gain * c.gain * m[2]),
  },
} as const satisfies Record<string, Definition>;

export type StatisticName = keyof typeof definitions;

/** Every name, in the order of the documentation. */
export const statisticNames = Object.keys(definitions) as readonly StatisticName[];

export function isStatisticName(name: string): name is StatisticName {
  return Object.hasOwn(definitions, name);
}

export type StatisticDescription = Pick<Definition, 'title' | 'symbol' | 'scale'>;

/** Title, symbol and natural axis for plots and tables; for a user's statistic its own name and ⟨φ⟩. */
export function describeStatistic(name: string): StatisticDescription {
  return isStatisticName(name) ? definitions[name] : { title: name, symbol: '⟨φ⟩' };
}

const built = new Map<string, Statistic>();

/** A named statistic; the same object every time. */
export function namedStatistic(name: StatisticName): Statistic {
  const known = built.get(name);
  if (known) return known;
  const { moments, finish } = definitions[name];
  const statistic: Statistic = { name, moments: moments.map(parseNamedMoment), finish };
  built.set(name, statistic);
  return statistic;
}

/** All of them, in order. */
export function namedStatistics(): readonly Statistic[] {
  return statisticNames.map(namedStatistic);
}
