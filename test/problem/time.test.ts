import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  breakpoints,
  parseExperiment,
  type StepSize,
  saveTimes,
  sgdSteps,
  stepSizeAt,
  stepSizeIntegral,
  timeGrid,
} from '../../src/problem/index.ts';
import { file } from './good.ts';

const T = 8;
const schedules: [string, StepSize][] = [
  ['constant', { kind: 'constant', value: 0.7 }],
  ['piecewise', { kind: 'piecewise', times: [0, 1, 2.5, 20], values: [1, 0.5, 2, 9] }],
  ['power', { kind: 'power', initial: 0.7, exponent: 0.5, time: 2 }],
  ['power 1', { kind: 'power', initial: 0.7, exponent: 1, time: 0.5 }],
  ['power near 1', { kind: 'power', initial: 0.7, exponent: 1 + 1e-10, time: 2 }],
  ['power growing', { kind: 'power', initial: 0.7, exponent: -2, time: 2 }],
  ['cosine', { kind: 'cosine', initial: 1, final: 0.01 }],
];

describe('step sizes', () => {
  it('have the documented values', () => {
    const at = (name: string, t: number) => stepSizeAt(new Map(schedules).get(name)!, t, T);
    expect(at('constant', 3)).toBe(0.7);
    expect([0, 0.999, 1, 2.4999, 2.5, 8].map((t) => at('piecewise', t))).toEqual([1, 1, 0.5, 0.5, 2, 2]);
    expect(at('power', 0)).toBe(0.7);
    expect(at('power', 6)).toBeCloseTo(0.35, 15);
    expect(at('power growing', 2)).toBeCloseTo(2.8, 14);
    expect([0, 4, 8, 9].map((t) => at('cosine', t))).toEqual([1, 0.505, 0.01, 0.01]);
  });

  it.each(schedules)('%s: the integral is that of the values', (_, stepSize) => {
    // Simpson's rule between breakpoints, 2000 panels.
    const knots = [0, ...breakpoints(stepSize, T), T];
    let sum = 0;
    for (let k = 1; k < knots.length; k++) {
      const [a, b] = [knots[k - 1], knots[k]];
      const n = 2000;
      for (let i = 0; i <= 2 * n; i++) {
        // From inside the interval: at a breakpoint γ is that of the next one.
        const t = Math.min(a + ((b - a) * i) / (2 * n), b - 1e-12);
        sum += (((i === 0 || i === 2 * n ? 1 : i % 2 === 1 ? 4 : 2) * (b - a)) / (6 * n)) * stepSizeAt(stepSize, t, T);
      }
      expect(Math.abs(stepSizeIntegral(stepSize, b, T) - sum)).toBeLessThan(1e-10 * sum);
    }
    expect(stepSizeIntegral(stepSize, 0, T)).toBe(0);
  });

  it('jump only inside the run', () => {
    expect(breakpoints(schedules[1][1], T)).toEqual([1, 2.5]);
    expect(breakpoints(schedules[1][1], 2.5)).toEqual([1]);
    expect(breakpoints(schedules[6][1], T)).toEqual([]);
  });
});

describe('save times', () => {
  it('start at 0 and end at the horizon', () => {
    expect([...saveTimes(parseExperiment(file({ samples: 3, horizon: 0.3 })))]).toEqual([0, 0.3 / 3, 0.6 / 3, 0.3]);
    expect([...saveTimes(parseExperiment(file({ times: [0.25, 2] })))]).toEqual([0, 0.25, 2]);
    expect(saveTimes(parseExperiment(file())).length).toBe(101);
  });

  it('fall on round(t·d) steps of SGD', () => {
    expect([...sgdSteps([0, 0.1, 0.5, 1e4], 1e6)]).toEqual([0, 100_000, 500_000, 1e10]);
    expect([...sgdSteps([0, 0.1, 0.3], 4)]).toEqual([0, 0, 1]);
  });
});

describe('timeGrid', () => {
  it('cuts each interval between knots into equal steps', () => {
    const { count, starts, lengths, saveSteps } = timeGrid([0, 1, 1.5], 0.4, [0, 1.1, 1.5, 7]);
    expect(count).toBe(5);
    expect([...starts].map((t) => Number(t.toFixed(12)))).toEqual([0, 0.333333333333, 0.666666666667, 1, 1.1]);
    expect([...lengths].map((t) => Number(t.toFixed(12)))).toEqual([
      0.333333333333, 0.333333333333, 0.333333333333, 0.1, 0.4,
    ]);
    expect([...saveSteps]).toEqual([0, 3, 5]);
  });

  it('takes no extra step for the rounding of a quotient', () => {
    const times = saveTimes({ samples: 100, horizon: 8 });
    expect(timeGrid(times, 0.01).count).toBe(800);
    expect(timeGrid(saveTimes({ samples: 7, horizon: 0.7 }), 0.1).count).toBe(7);
    expect(timeGrid([0, 1], 1e9).count).toBe(1);
    expect(timeGrid([0], 0.1)).toEqual({
      count: 0,
      starts: new Float64Array(0),
      lengths: new Float64Array(0),
      saveSteps: Uint32Array.of(0),
    });
  });

  it('covers the run, never steps over a knot, and is as coarse as the time step allows', () => {
    const increasing = fc
      .array(fc.double({ min: 1e-3, max: 5, noNaN: true }), { minLength: 1, maxLength: 8 })
      .map((gaps) => {
        let at = 0;
        return [0, ...gaps.map((gap) => (at += gap))];
      });
    fc.assert(
      fc.property(increasing, increasing, fc.double({ min: 0.01, max: 10, noNaN: true }), (times, jumps, step) => {
        const grid = timeGrid(times, step, jumps);
        const end = times[times.length - 1];
        const knots = [...times, ...jumps.filter((t) => t < end)];
        let at = 0;
        for (let k = 0; k < grid.count; k++) {
          expect(Math.abs(grid.starts[k] - at)).toBeLessThan(1e-12 * (1 + end));
          expect(grid.lengths[k]).toBeLessThanOrEqual(step * (1 + 1e-8));
          const stop = grid.starts[k] + grid.lengths[k];
          expect(knots.some((t) => t > grid.starts[k] + 1e-9 && t < stop - 1e-9)).toBe(false);
          at = stop;
        }
        expect(Math.abs(at - end)).toBeLessThan(1e-12 * (1 + end));
        times.forEach((t, i) => {
          const k = grid.saveSteps[i];
          expect(k === grid.count ? end : grid.starts[k]).toBe(t);
        });
        const intervals = new Set(knots).size - 1;
        expect(grid.count).toBeLessThanOrEqual(end / step + intervals + 1e-6);
      }),
      { seed: 4, numRuns: 300 },
    );
  });
});
