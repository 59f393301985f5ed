/** The limit in the plane of the weights, for every time of a grid: where the mass of each class lies, and on which hyperbola. */
import { type Experiment, type Parametrization, toU, toV } from '../../problem/index.ts';
import { namedStatistic } from '../../statistics/index.ts';
import { type QuantileCurve, quantileCurves, solvePde } from '../../theory/index.ts';
import { normalTail } from '../../theory/law/gaussianstart.ts';
import { limitLaw } from '../../theory/law/index.ts';

const TIMES = 96;
/** Drawn to the eye's accuracy. */
const TOLERANCE = 1e-3;
/** Hyperbolas beyond which the heaviest are taken. */
const MOST_CURVES = 48;
/** Normal quantiles at which places are kept: −4 … 4; 6·10⁻⁵ of the mass lies beyond. */
const LARGEST = 4;
const QUANTILES = 81;

export const NORMALS = Float64Array.from(
  { length: QUANTILES },
  (_, k) => -LARGEST + (2 * LARGEST * k) / (QUANTILES - 1),
);

/** Mass of a class between neighbouring quantiles; what lies beyond the last is put on the outermost pieces. */
export const MASSES = Float64Array.from({ length: QUANTILES - 1 }, (_, k) => {
  const below = k === 0 ? 1 : normalTail(NORMALS[k]);
  return below - (k === QUANTILES - 2 ? 0 : normalTail(NORMALS[k + 1]));
});

/** A part of a class at one time; its points stand at NORMALS. */
export interface LimitClassAt extends Omit<QuantileCurve, 'points'> {
  readonly points: Float32Array;
}

export interface LimitFrame {
  readonly time: number;
  /** Heaviest first. */
  readonly classes: readonly LimitClassAt[];
}

export interface LimitPicture {
  readonly frames: readonly LimitFrame[];
  /** Largest |u|, |v| where mass lies at any time. */
  readonly reach: number;
}

/** A third of the time grid is spent on the first tenth of the run, where most happens. */
function grid(horizon: number): Float64Array {
  return Float64Array.from({ length: TIMES + 1 }, (_, k) => horizon * (k / TIMES) ** 2);
}

/** Cost: one solution of the PDE. Throws what the solver throws, and the signal's reason. */
export async function limitPicture(experiment: Experiment, signal: AbortSignal): Promise<LimitPicture> {
  const times = grid(experiment.horizon);
  const frames: LimitFrame[] = [];
  let reach = 0;
  await solvePde(limitLaw(experiment), {
    times,
    statistics: [namedStatistic('risk')],
    tolerance: TOLERANCE,
    signal,
    onState: (k, state) => {
      const classes = quantileCurves(state, NORMALS)
        .map(({ weight, lambda, b, s, p, q, points }) => ({
          weight,
          lambda,
          b,
          s,
          p,
          q,
          points: Float32Array.from(points),
        }))
        .sort((one, other) => other.weight - one.weight);
      // To three standard deviations: the rest is hardly any mass, and would make everything else small.
      for (const { points } of classes) {
        for (let j = 0; j < QUANTILES; j++) {
          if (Math.abs(NORMALS[j]) > 3.001) continue;
          const size = Math.max(Math.abs(points[2 * j]), Math.abs(points[2 * j + 1]));
          if (size > reach) reach = size;
        }
      }
      frames.push({ time: times[k], classes });
    },
  });
  return { frames, reach: Math.min(1.08 * reach, 1e3) || 1 };
}

const PIECES = 96;

/** Pieces (u, v, u, v) of the hyperbola of a class, within the picture. */
export function hyperbola({ s, p, q }: LimitClassAt, reach: number, parametrization: Parametrization): number[] {
  // |p| from where |u|, |v| leave the picture to where they do at the other end of the branch.
  const largest = Math.log(4 * reach);
  const [from, to] = [Number.isFinite(s) ? s - largest : -8, largest];
  const at = (y: number): [number, number] => {
    const [pp, qq] = [p * Math.exp(y), Number.isFinite(s) ? q * Math.exp(s - y) : 0];
    return [toU(parametrization, pp, qq), toV(parametrization, pp, qq)];
  };
  const lines: number[] = [];
  for (let k = 0; k < PIECES && to > from; k++)
    lines.push(...at(from + ((to - from) * k) / PIECES), ...at(from + ((to - from) * (k + 1)) / PIECES));
  return lines;
}

/** The classes whose hyperbolas are drawn: the heaviest, one where several have the same. */
export function drawnHyperbolas(classes: readonly LimitClassAt[]): LimitClassAt[] {
  const seen = new Set<string>();
  return classes
    .filter(({ s, p, q, b }) => {
      const key = `${s.toPrecision(6)} ${p} ${q} ${b}`;
      return !seen.has(key) && seen.add(key);
    })
    .slice(0, MOST_CURVES);
}
