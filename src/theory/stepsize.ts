/** The schedule cut where it jumps, each piece with its own smooth γ. */

import type { Schedule } from '../dynamics/index.ts';
import { breakpoints, stepSizeAt } from '../problem/schedule.ts';
import type { SmoothStepSize } from './operator.ts';

export interface StepSizePiece {
  readonly end: number;
  readonly stepSize: SmoothStepSize;
}

/** Pieces of [0, end]; a piecewise schedule is constant on each. */
export function stepSizePieces(stepSize: Schedule, horizon: number, end: number): StepSizePiece[] {
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
