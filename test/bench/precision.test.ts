import { describe, expect, it } from 'vitest';
import { secondsTo } from '../../bench/kit/precision.ts';

describe('the time to an error', () => {
  // seconds = error^(−1/2), and ways that nobody would take.
  const curve = [1e-1, 1e-2, 1e-4].map((error) => ({ error, seconds: error ** -0.5 }));
  const points = [{ error: 1e-3, seconds: 1000 }, ...curve, { error: 0.5, seconds: 90 }];

  it('lies on the curve between the best ways, and on them', () => {
    for (const error of [1e-1, 3e-2, 1e-2, 1e-3, 1e-4])
      expect(Math.abs(secondsTo(error, points)! / error ** -0.5 - 1)).toBeLessThan(1e-12);
  });

  it('is that of the cheapest way for errors larger than all, and unknown for smaller ones', () => {
    expect(secondsTo(1, points)).toBe(curve[0].seconds);
    expect(secondsTo(0.9e-4, points)).toBeNull();
    expect(secondsTo(1, [])).toBeNull();
  });

  it('takes a way that is both better and cheaper than its neighbours', () => {
    // The best of all at 1e−3: nothing cheaper to go on to, so it counts for every larger error.
    expect(secondsTo(0.2, [...points, { error: 1e-3, seconds: 1 }])).toBe(1);
  });
});
