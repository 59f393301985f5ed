/** Densities of the limit by bins. */
import { describe, expect, it } from 'vitest';
import { density, densityUV, type PopulationState, solvePde } from '../../src/theory/index.ts';
import { halfSparse, statistics } from './support.ts';

describe('densities', () => {
  it('have the mass and the means of the population, and point masses at the start', async () => {
    const states: PopulationState[] = [];
    const { values } = await solvePde(halfSparse(0.5, 1), {
      times: Float64Array.of(0, 1),
      statistics: statistics([
        { name: 'beta', expression: 'beta' },
        { name: 'square', expression: 'beta^2' },
        { name: 'u', expression: 'u' },
        { name: 'v', expression: 'v' },
      ]),
      tolerance: 1e-6,
      onState: (_, state) => states.push(state),
    });
    const edges = Float64Array.from({ length: 4001 }, (_, i) => -4 + (i * 8) / 4000);
    const width = 8 / 4000;
    const mean = (bins: Float64Array, k: number) =>
      bins.reduce((sum, x, i) => sum + x * width * (edges[i] + 0.5 * width) ** k, 0);
    const beta = density(states[1], 'beta', edges);
    expect(mean(beta, 0)).toBeCloseTo(1, 9);
    expect(mean(beta, 1)).toBeCloseTo(values[0][1], 5);
    expect(mean(beta, 2)).toBeCloseTo(values[1][1], 5);
    // u has a least value, √h, where its density is singular: the middle of that bin is not its mean.
    expect(mean(density(states[1], 'u', edges), 1)).toBeCloseTo(values[2][1], 4);
    expect(mean(density(states[1], 'v', edges), 1)).toBeCloseTo(values[3][1], 5);
    // Of the class with b = 0 alone ζ is symmetric, with half of the mass.
    const zeta = density(states[1], 'zeta', edges, { include: (c) => c.b === 0 });
    expect(mean(zeta, 0)).toBeCloseTo(0.5, 9);
    expect(mean(zeta, 1)).toBeCloseTo(0, 9);
    const coarse = Float64Array.of(-4, -1, 0, 1, 4);
    const joint = densityUV(states[1], coarse, coarse);
    expect(joint.reduce((sum, x, i) => sum + x * [3, 1, 1, 3][i >> 2] * [3, 1, 1, 3][i & 3], 0)).toBeCloseTo(1, 9);
    // At t = 0 u = 1, v = 0.
    const start = density(states[0], 'u', Float64Array.of(0, 0.999, 1.001, 2));
    expect([...start].map((x) => Math.round(x * 1e6) / 1e6)).toEqual([0, 500, 0]);
    expect(() => density(states[0], 'u', Float64Array.of(1))).toThrow(/edges/);
  });
});
