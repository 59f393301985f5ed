/** Where the mass of each class lies in the plane of the weights: images of the normal quantiles z under the transport map. */

import { interpolateAt } from './grid.ts';
import { boundOf } from './population.ts';
import { CoordinateReader } from './reader.ts';
import type { PopulationState } from './request.ts';

/** One part of a class: its mass lies on the curve u² − v² = ±e^s (product; see docs/theory.md, "Hyperbolic coordinates"). */
export interface QuantileCurve {
  /** ω_c times the share of the part. */
  readonly weight: number;
  readonly lambda: number;
  readonly b: number;
  /** log|p q|; −∞ on a balanced start. */
  readonly s: number;
  /** Signs of p and q. */
  readonly p: 1 | -1;
  readonly q: 1 | -1;
  /** [2k] = u, [2k + 1] = v at the k-th z. */
  readonly points: Float64Array;
}

/** (u, v) at the normal quantiles z (increasing) for every moving class. Cost O(classes · z). */
export function quantileCurves(state: PopulationState, z: Float64Array): QuantileCurve[] {
  const { population, clock, layout, delta } = state;
  const reader = new CoordinateReader(population);
  const curves: QuantileCurve[] = [];
  population.classes.forEach((one, c) => {
    reader.begin(c, clock);
    one.views.forEach(({ share, p, q, exchanged }, k) => {
      reader.view(k);
      const points = new Float64Array(2 * z.length);
      for (let j = 0; j < z.length; j++) {
        const at = reader.read(
          layout === null
            ? delta[c]
            : interpolateAt(
                layout.grids[c],
                delta,
                layout.first[c],
                (z[j] - layout.grids[c].low) / layout.grids[c].spacing,
                boundOf(population, c),
              ),
        );
        points[2 * j] = at.u;
        points[2 * j + 1] = at.v;
      }
      const { lambda } = reader.coordinate;
      const s = population.s0[c] - 2 * lambda * clock;
      const b = exchanged ? -population.b[c] : population.b[c];
      curves.push({ weight: population.weight[c] * share, lambda, b, s, p, q, points });
    });
  });
  return curves;
}
