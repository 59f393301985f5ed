/**
 * How many nodes the rules of a product law need, found without solving anything: averages along the drift alone are known in closed form
 * (docs/theory.md, "Drift flow in closed form"), and as functions of λ, b and s they are as hard to integrate as those of the limit.
 */
import type { Direction, LawResolution, LimitLaw } from './law/types.ts';
import { emptyGeometry, Frame, geometryAt, originOf, populationOf } from './population.ts';

/** What is known of a run beforehand, at the save times: ∫g dt, the clock and R. */
export interface Known {
  readonly drifts: readonly number[];
  readonly clocks: readonly number[];
  readonly risks: readonly number[];
}

/** Levels that count as exact. */
const EXACT: Record<Direction, number> = { covariance: 9, target: 8, start: 0 };
/** Errors at this many times are looked at. */
const MOST_TIMES = 12;

/**
 * By direction the lowest level at which the error of the risk, the distance and the curvature of the flow, relative to the limit's R where it is larger, is below
 * `allowed` at every save time; of one direction at a time, the others at level 0. Null for models without a closed form, and for starts
 * that are no point. Cost O(classes · times), of some
 * thousand classes.
 */
export function levelsByFlow(
  law: LimitLaw,
  resolution: Omit<LawResolution, 'levels'>,
  known: Known,
  allowed: number,
): Record<Direction, number> | null {
  const levels: Record<Direction, number> = { covariance: 0, target: 0, start: 0 };
  const first = Math.max(1, known.risks.length - MOST_TIMES);
  for (const direction of law.directions) {
    const at = (level: number) =>
      averages(
        law,
        law.classes({ ...resolution, levels: { covariance: 0, target: 0, start: 0, [direction]: level } }),
        known,
        first,
      );
    const exact = at(EXACT[direction]);
    if (!exact) return null;
    const isEnough = (level: number) =>
      at(level)!.every((row, i) => {
        const twice = 2 * known.risks[first + i];
        return row.every((value, k) => {
          const size = k === 2 ? exact[i][k] : Math.max(exact[i][k], twice);
          return Math.abs(value - exact[i][k]) <= allowed * size;
        });
      });
    while (levels[direction] < EXACT[direction] && !isEnough(levels[direction])) levels[direction]++;
  }
  return levels;
}

const geometry = emptyGeometry();

/** ⟨λe²⟩, ⟨e²⟩ and ⟨λκ⟩ of the flow at the save times from the given one on; null without a closed form. */
function averages(
  law: LimitLaw,
  classes: ReturnType<LimitLaw['classes']>,
  { drifts, clocks }: Known,
  first: number,
): number[][] | null {
  const { moving: population } = populationOf(law, classes);
  if (population.line) return null;
  const out = drifts.slice(first).map(() => [0, 0, 0]);
  for (let c = 0; c < population.classes.length; c++) {
    const { start } = population.classes[c];
    if (start.kind !== 'point') return null;
    if (population.frame[c] === Frame.escaping) continue;
    const lambda = population.lambda[c];
    const weight = population.weight[c];
    const place = start.logP - (population.frame[c] === Frame.hyperbola ? 0.5 * population.s0[c] : 0);
    for (let i = 0; i < out.length; i++) {
      const clock = clocks[first + i];
      const { a, c: other } = geometryAt(population, c, clock, geometry);
      const origin = originOf(population, c, clock);
      const decayed = Math.exp(-0.5 * lambda * drifts[first + i] * (a + other));
      const grown = Math.expm1(2 * (place - origin));
      const ratio = (decayed * a * grown) / (a * grown + a + other);
      const left = (ratio * (a + other)) / (a * (1 - ratio));
      const e = 0.25 * (a * left + (other * left) / (1 + left));
      const square = weight * e * e;
      out[i][0] += lambda * square;
      out[i][1] += square;
      out[i][2] += 0.5 * weight * lambda * (a * (1 + left) + other / (1 + left));
    }
  }
  return out;
}
