/** The limit in the plane of the weights, for every time of a grid: hyperbolas, and marks that grow with the PDE's density. */
import { type Experiment, toU, toV } from '../../problem/index.ts';
import { limitLaw } from '../../problem/limit/index.ts';
import { namedStatistic } from '../../statistics/index.ts';
import { type QuantileCurve, quantileCurves, solvePde } from '../../theory/index.ts';

const TIMES = 96;
/** Drawn to the eye's accuracy. */
const TOLERANCE = 1e-3;
/** Curves beyond which the heaviest are taken. */
const MOST_CURVES = 48;
/** Quantiles between which marks are placed: contours hold 38%, 68%, 95% and 99.7% of a class. */
const CONTOURS = [0.5, 1, 2, 3] as const;
/** Radii of the marks within each, in points. */
const SIZES = [6, 4.5, 3, 1.8] as const;
const MARKS = 121;

export interface LimitFrame {
  readonly time: number;
  /** u, v, b for two ends of each piece. */
  readonly lines: Float32Array;
  /** u, v, b, size of each mark. */
  readonly marks: Float32Array;
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
  const z = Float64Array.from({ length: MARKS }, (_, k) => -3 + (6 * k) / (MARKS - 1));
  const times = grid(experiment.horizon);
  const frames: LimitFrame[] = [];
  let reach = 0;
  const { parametrization } = experiment.problem;
  const all: { time: number; curves: QuantileCurve[] }[] = [];
  await solvePde(limitLaw(experiment), {
    times,
    statistics: [namedStatistic('risk')],
    tolerance: TOLERANCE,
    signal,
    onState: (k, state) => {
      const curves = quantileCurves(state, z)
        .sort((a, b) => b.weight - a.weight)
        .slice(0, MOST_CURVES);
      all.push({ time: times[k], curves });
    },
  });
  for (const { curves } of all) {
    for (const { points } of curves) for (const x of points) if (Math.abs(x) > reach) reach = Math.abs(x);
  }
  reach = Math.min(1.08 * reach, 1e3) || 1;
  for (const { time, curves } of all) frames.push(frameOf(time, curves, z, reach, parametrization));
  return { frames, reach };
}

const PIECES = 96;

function frameOf(
  time: number,
  curves: readonly QuantileCurve[],
  z: Float64Array,
  reach: number,
  parametrization: Experiment['problem']['parametrization'],
): LimitFrame {
  const lines: number[] = [];
  const marks: number[] = [];
  for (const { points, s, p, q, b } of curves) {
    // |p| from where |u|, |v| leave the window to where they do at the other end of the branch.
    const largest = Math.log(4 * reach);
    const [from, to] = [Number.isFinite(s) ? s - largest : -8, largest];
    const at = (y: number): [number, number] => {
      const [pp, qq] = [p * Math.exp(y), Number.isFinite(s) ? q * Math.exp(s - y) : 0];
      return [toU(parametrization, pp, qq), toV(parametrization, pp, qq)];
    };
    for (let k = 0; k < PIECES && to > from; k++) {
      const [a, c] = [at(from + ((to - from) * k) / PIECES), at(from + ((to - from) * (k + 1)) / PIECES)];
      lines.push(...a, b, ...c, b);
    }
    z.forEach((x, k) => {
      const inside = CONTOURS.findIndex((limit) => Math.abs(x) <= limit + 1e-9);
      marks.push(points[2 * k], points[2 * k + 1], b, SIZES[inside]);
    });
  }
  return { time, lines: Float32Array.from(lines), marks: Float32Array.from(marks) };
}
