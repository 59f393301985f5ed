/** Step-size schedules γ(t): values, exact integrals, and the times where γ jumps. t is in units of d steps, 0 ≤ t ≤ T. */
import { cos, expm1, log1p, pow, sin } from './elementary/index.ts';
import type { Experiment } from './experiment.ts';
import type { StepSize } from './types.ts';

/** The file's form (a number, or a schedule) → the form of a problem. */
export function normalizeStepSize(stepSize: Experiment['stepSize']): StepSize {
  return typeof stepSize === 'number' ? { kind: 'constant', value: stepSize } : stepSize;
}

/**
 * γ(t):
 *   constant   value
 *   piecewise  values[i] for times[i] ≤ t < times[i + 1]
 *   power      initial·(1 + t/time)^(−exponent)
 *   cosine     final + (initial − final)(1 + cos(πt/T))/2, and `final` from the horizon T on
 */
export function stepSizeAt(stepSize: StepSize, t: number, horizon: number): number {
  switch (stepSize.kind) {
    case 'constant':
      return stepSize.value;
    case 'piecewise':
      return stepSize.values[pieceAt(stepSize.times, t)];
    case 'power':
      return stepSize.initial * pow(1 + t / stepSize.time, -stepSize.exponent);
    case 'cosine': {
      const { initial, final } = stepSize;
      return t >= horizon ? final : final + ((initial - final) * (1 + cos((Math.PI * t) / horizon))) / 2;
    }
  }
}

/** ∫₀ᵗ γ(s) ds in closed form, good to rounding. */
export function stepSizeIntegral(stepSize: StepSize, t: number, horizon: number): number {
  switch (stepSize.kind) {
    case 'constant':
      return stepSize.value * t;
    case 'piecewise': {
      const { times, values } = stepSize;
      const last = pieceAt(times, t);
      let sum = values[last] * (t - times[last]);
      for (let i = 0; i < last; i++) sum += values[i] * (times[i + 1] - times[i]);
      return sum;
    }
    case 'power': {
      const { initial, exponent, time } = stepSize;
      // ∫ (1 + x)^(−p) dx = (e^{(1−p)L} − 1)/(1 − p) with L = log(1 + x), and L at p = 1; expm1 keeps p near 1 accurate.
      const log = log1p(t / time);
      const power = 1 - exponent;
      return initial * time * (power === 0 ? log : expm1(power * log) / power);
    }
    case 'cosine': {
      const { initial, final } = stepSize;
      const inside = Math.min(t, horizon);
      const wave = inside + (horizon / Math.PI) * sin((Math.PI * inside) / horizon);
      return final * t + ((initial - final) * wave) / 2;
    }
  }
}

/** Times strictly inside (0, horizon) where γ jumps; increasing. A time grid must not step across one. */
export function breakpoints(stepSize: StepSize, horizon: number): number[] {
  return stepSize.kind === 'piecewise' ? stepSize.times.filter((t) => t > 0 && t < horizon) : [];
}

/** Index of the last time ≤ t (0 for t before the first). O(log n). */
function pieceAt(times: readonly number[], t: number): number {
  let low = 0;
  let high = times.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (times[middle] <= t) low = middle;
    else high = middle;
  }
  return low;
}
