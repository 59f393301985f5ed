/** The schedule cut where it jumps, each piece with its own smooth γ. */

import { isSchedule, type Schedule, type StepSize } from '../dynamics/index.ts';
import { breakpoints, stepSizeAt, stepSizeIntegral } from '../problem/schedule.ts';
import type { SmoothStepSize } from './operator.ts';

export interface StepSizePiece {
  readonly end: number;
  readonly stepSize: SmoothStepSize;
}

/** γ(t) and ∫₀ᵗγ ds of a schedule; null where γ depends on the state. */
export function scheduleOf({ stepSize, horizon }: { readonly stepSize: StepSize; readonly horizon: number }) {
  if (!isSchedule(stepSize)) return null;
  return {
    stepSize: (t: number) => stepSizeAt(stepSize, t, horizon),
    drift: (t: number) => stepSizeIntegral(stepSize, t, horizon),
  };
}

const NONE: SmoothStepSize = { value: () => Number.NaN, slope: () => Number.NaN };

/** Pieces of [0, end]; a piecewise schedule is constant on each. One without values where γ depends on the state. */
export function stepSizePieces(stepSize: StepSize, horizon: number, end: number): StepSizePiece[] {
  return isSchedule(stepSize) ? piecesOf(stepSize, horizon, end) : [{ end, stepSize: NONE }];
}

function piecesOf(stepSize: Schedule, horizon: number, end: number): StepSizePiece[] {
  if (stepSize.kind === 'constant' || stepSize.kind === 'piecewise') {
    const jumps = breakpoints(stepSize, end);
    return [...jumps, end].map((to, i) => {
      const value = stepSizeAt(stepSize, i === 0 ? 0 : jumps[i - 1], horizon);
      return { end: to, stepSize: { value: () => value, slope: () => 0 } };
    });
  }
  if (stepSize.kind === 'power') {
    const { initial, exponent, time } = stepSize;
    return [
      {
        end,
        stepSize: {
          value: (t) => initial * (1 + t / time) ** -exponent,
          slope: (t) => ((-exponent * initial) / time) * (1 + t / time) ** (-exponent - 1),
        },
      },
    ];
  }
  const { initial, final } = stepSize;
  const rate = Math.PI / horizon;
  const smooth: SmoothStepSize = {
    value: (t) => final + ((initial - final) * (1 + Math.cos(rate * t))) / 2,
    slope: (t) => (-rate * (initial - final) * Math.sin(rate * t)) / 2,
  };
  const constant: SmoothStepSize = { value: () => final, slope: () => 0 };
  return end <= horizon
    ? [{ end, stepSize: smooth }]
    : [
        { end: horizon, stepSize: smooth },
        { end, stepSize: constant },
      ];
}
