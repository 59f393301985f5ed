/**
 * The named statistics (docs/theory.md, "Statistics"), uniform over parametrizations: with κ and bend of the model one formula serves
 * all. Text only: compiled in ./named.ts, and read by the schema, which does not want the parser.
 */

export interface Definition {
  readonly title: string;
  readonly symbol: string;
  /** A logarithm itself: read off a linear axis. Others span decades. */
  readonly scale?: 'linear';
  /** Expressions over one coordinate, whose means are m0, m1, … */
  readonly moments: readonly string[];
  /** The closing formula over the means and the variables of `closingVariables`. */
  readonly value: string;
}

/** What a closing formula may name besides its means: γ, θ of the momentum, σ, m, and the mean loss over the samples of finite data. */
export const closingVariables = ['stepSize', 'momentum', 'labelNoise', 'batchSize', 'trainRisk', 'testRisk'] as const;

/** Statistics that are no mean over coordinates but one over samples. */
export const sampleStatistics: readonly string[] = ['trainRisk', 'testRisk'];

const weightedSquaredError = 'lambda * e^2';
const driftMoment = 'lambda^2 * e^2 * kappa';

export const definitions = {
  /** R = ½((1/d) Σ λe² + σ²). */
  risk: { title: 'risk', symbol: 'R', moments: [weightedSquaredError], value: '0.5 * (m0 + labelNoise^2)' },
  /** R − σ²/2. */
  excessRisk: { title: 'excess risk', symbol: 'R − σ²/2', moments: [weightedSquaredError], value: '0.5 * m0' },
  /** (1/d) Σ e². */
  distance: { title: 'squared distance to the target', symbol: '‖β − b‖²/d', moments: ['e^2'], value: 'm0' },
  /** (1/d) Σ λκ, the trace of the Hessian over d (its Gauss–Newton part, but for product and difference). */
  curvature: { title: 'curvature', symbol: 'tr H/d', moments: ['lambda * kappa'], value: 'm0' },
  /** (1/d) Σ |β|. */
  l1: { title: 'ℓ¹ norm', symbol: '‖β‖₁/d', moments: ['abs(beta)'], value: 'm0' },
  /** (1/d) Σ λ²e²κ. */
  gradientNormSquared: { title: 'squared gradient norm', symbol: '‖∇R‖²·d', moments: [driftMoment], value: 'm0' },
  /** (1/d) Σ s; −∞ if some coordinate is balanced. */
  effectiveInitialization: {
    title: 'effective initialization',
    symbol: '⟨s⟩',
    scale: 'linear',
    moments: ['s'],
    value: 'm0',
  },
  /** D_R = −γ/(1 − θ) (1/d) Σ λ²e²κ. */
  riskDrift: {
    title: 'drift of the risk',
    symbol: 'D_R',
    moments: [driftMoment],
    value: '-(stepSize / (1 - momentum)) * m0',
  },
  /** N_R = (γ/(1 − θ))² (R/m) (1/d) Σ λ²(κ² + e·bend). */
  riskNoise: {
    title: 'noise of the risk',
    symbol: 'N_R',
    moments: [weightedSquaredError, 'lambda^2 * kappa^2', 'lambda^2 * e * bend'],
    value: '(stepSize / (1 - momentum))^2 * (0.5 * (m0 + labelNoise^2)) / batchSize * (m1 + m2)',
  },
  /** γ(t); of a step size that depends on the state, what its rule gives for the state at this time. */
  stepSize: { title: 'step size', symbol: 'γ', moments: [], value: 'stepSize' },
  /** R̂ = ½ (1/n) Σ_j r_j² over the samples of finite data; of SGD and the flow, which train on them. */
  trainRisk: { title: 'training risk', symbol: 'R̂', moments: [], value: 'trainRisk' },
  /** The same over a test set from files. */
  testRisk: { title: 'test risk', symbol: 'R test', moments: [], value: 'testRisk' },
} as const satisfies Record<string, Definition>;

/** Statistics that need the target b. */
export const targetStatistics: readonly string[] = Object.entries<Definition>(definitions).flatMap(
  ([name, { moments }]) => (moments.some((moment) => /\b[be]\b/.test(moment)) ? [name] : []),
);

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
