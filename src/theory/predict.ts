/** What the limit does near zero risk: the rate of its exponential decay, and the step size from which it no longer decays. */
import { isSchedule, modelOf } from '../dynamics/index.ts';
import type { Direction, LimitLaw } from './law/types.ts';
import { rateOf } from './population.ts';
import type { PdeSolution } from './solve.ts';

export interface Prediction {
  /** ρ in R ~ e^{−ρt}; null where the risk does not decay exponentially. */
  readonly terminalRate: number | null;
  /** γ_c: the constant step size from which the linearized risk grows. */
  readonly criticalStepSize: number | null;
}

/** Largest relative change of Σ ω λκ, and of the rate, that s(∞), extrapolated, may make against s at the horizon. */
const SETTLED = 0.05;
/** Nodes of the quadrature of continuous laws. */
const LEVEL = 4;

/**
 * With κ_c = √(e^{2s_c(∞)} + 4b_c²), g = gain·γ and batches of m (docs/theory.md, "Terminal rate"): ρ is the smallest positive root of
 * 1 = (g²/m) Σ ω λ²κ²/(2gλκ − ρ) below 2g·min λκ, and γ_c = 2m/(gain·Σ ω λκ).
 *
 * Null where there is no zero risk to converge to (label noise, a target of unreachable sign, a PDE that stopped), where the step size decays
 * for ever or has not settled, or where the run is too short to know s(∞). Cost O(classes).
 */
export function predict(law: LimitLaw, { path, events }: Pick<PdeSolution, 'path' | 'events'>): Prediction | null {
  const { batchSize: m } = law;
  if (law.labelNoise > 0 || events.length > 0) return null;
  const factor = rateOf(law);
  const { end } = path;
  const last = lastStepSize(law, path);
  if (last === null) return null;
  const g = factor * last;
  const clock = path.clock(end);
  const levels: Record<Direction, number> = { covariance: LEVEL, target: LEVEL, start: LEVEL };
  const drift = factor * path.drift(end);
  const classes = law.classes({ levels, clock, drift, cutoff: 1e-6 }).filter(({ weight }) => weight > 0);

  /** [ω, λκ] of the classes that move, with `tail` of the clock still to come; null if one cannot reach its target. */
  const stiffness = (tail: number): [number, number][] | null => {
    const pairs: [number, number][] = [];
    for (const { weight, lambda, b, s, start } of classes) {
      const isResting = start.kind === 'point' && start.logP === Number.NEGATIVE_INFINITY;
      const reachable = s > Number.NEGATIVE_INFINITY || b === 0 || (!isResting && b > 0);
      if (!reachable) return null;
      if (!isResting) pairs.push([weight, lambda * stiffnessAt(law, b, s - 2 * lambda * (clock + tail))]);
    }
    return pairs;
  };

  let pairs = stiffness(0);
  if (!pairs || pairs.length === 0) return null;
  let rate = rootOf(pairs, slowest(law, clock), g, m);
  let mean = meanOf(pairs);
  // What is left of ∫g²R/m dt when R decays at the rate, or, for a law without one, as it last did.
  const decay = rate ?? lastDecay(path);
  if (decay > 0) {
    const tail = (g * g * path.risk(end)) / (m * decay);
    pairs = stiffness(tail)!;
    const settledRate = rootOf(pairs, slowest(law, clock + tail), g, m);
    const settledMean = meanOf(pairs);
    const isSettled = (now: number, then: number) => Math.abs(now - then) <= SETTLED * now;
    if (!isSettled(mean, settledMean) || (rate !== null && !isSettled(rate, settledRate ?? 0))) return null;
    rate = settledRate;
    mean = settledMean;
  }
  return { terminalRate: rate, criticalStepSize: mean > 0 ? (2 * m) / (factor * mean) : null };
}

/**
 * γ(∞): that of a constant or piecewise schedule at the end; of the state, extrapolated from the last fifth of the run (a geometric approach, as
 * that of everything near zero risk). Null where it is not positive or not known.
 */
function lastStepSize({ stepSize }: LimitLaw, { end, stepSize: at }: PdeSolution['path']): number | null {
  if (isSchedule(stepSize)) return stepSize.kind === 'power' || stepSize.kind === 'cosine' ? null : at(end);
  const [early, late, last] = [at(0.8 * end), at(0.9 * end), at(end)];
  const [before, recent] = [late - early, last - late];
  const ratio = recent === 0 ? 0 : recent / before;
  if (!(Math.abs(ratio) < 1)) return null;
  const limit = last + (recent * ratio) / (1 - ratio);
  return Math.abs(limit - last) <= SETTLED * last ? limit : null;
}

/** κ where β = b, of the dynamics: √(e^{2s} + 4b²) at depth two. */
function stiffnessAt({ parametrization }: LimitLaw, b: number, s: number): number {
  const { line } = modelOf(parametrization);
  if (!line) return Math.hypot(Math.exp(s), 2 * b);
  if (!(b > 0)) return 0;
  const at = { weight: 0, beta: 0, e: 0, kappa: 0, bend: 0 };
  line.read(line.resting(b), b, 0, at);
  return at.kappa;
}

/** Σ ω λκ. */
function meanOf(pairs: readonly [number, number][]): number {
  return pairs.reduce((sum, [weight, lk]) => sum + weight * lk, 0);
}

/** −d log R/dt over the last tenth of a path. */
function lastDecay({ end, risk }: PdeSolution['path']): number {
  return Math.log(risk(0.9 * end) / risk(end)) / (0.1 * end);
}

/** inf λκ over a continuous law, whose quadrature never reaches it; ∞ for finite sums. */
function slowest(law: LimitLaw, clock: number): number {
  if (!law.edges) return Number.POSITIVE_INFINITY;
  const { lambda, b, s } = law.edges;
  // λh e^{−2λI} → 0 as λ → ∞.
  if (lambda[1] === Number.POSITIVE_INFINITY && b === 0 && clock > 0) return 0;
  const [low, high] = [lambda[0], Math.min(lambda[1], 100 * (1 + lambda[0]))];
  // λκ need not be monotone in λ, because large λ lose their h sooner.
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k <= 1000; k++) {
    const at = low + ((high - low) * k) / 1000;
    least = Math.min(least, at * stiffnessAt(law, b, s - 2 * at * clock));
  }
  return least;
}

/** The smallest positive root below 2g·`edge`, or that bound, by bisection to rounding; null if it is not above 0. */
function rootOf(pairs: readonly [number, number][], edge: number, g: number, m: number): number | null {
  const excess = (rho: number) =>
    pairs.reduce((sum, [weight, lk]) => sum + (((g * g) / m) * weight * lk * lk) / (2 * g * lk - rho), 0) - 1;
  let low = 0;
  let high = 2 * g * pairs.reduce((least, [, lk]) => Math.min(least, lk), edge);
  if (!(high > 0) || high === Number.POSITIVE_INFINITY || excess(0) >= 0) return null;
  for (let i = 0; i < 200 && high - low > 1e-15 * high; i++) {
    const middle = (low + high) / 2;
    if (excess(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
