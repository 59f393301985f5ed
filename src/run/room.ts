/** How much a file about a run can hold, so that one that claims more is refused before it is read. */
import type { EstimatorSpec } from '../ensemble/index.ts';
import { type Experiment, pointsOf, type Sweep, saveTimes } from '../problem/index.ts';
import { FILE_LIMITS, RESULT_LIMITS } from '../problem/json.ts';
import { METHOD_MEANS } from '../problem/schema/sweep.ts';
import { resolveStatistics } from '../statistics/index.ts';
import { planEstimates } from './estimates.ts';
import type { PackedSize } from './packed/unpack.ts';

/** Of an experiment, as a file of its own may have. */
export const EXPERIMENT_ROOM: PackedSize = { bytes: 16 * FILE_LIMITS.numbers, items: FILE_LIMITS.values };

/** Of a result, as a file of its own may have; numbers with nulls among them are entries too. */
export const RESULT_ROOM: PackedSize = {
  bytes: 16 * (RESULT_LIMITS.numbers + RESULT_LIMITS.values),
  items: 2 * RESULT_LIMITS.numbers + RESULT_LIMITS.values,
};

/** Bins of a quantile sketch (src/ensemble/sketch.ts) at most. */
const MOST_BINS = 142_000;
/** Beside all that is counted. */
const OTHER: PackedSize = { bytes: 2 ** 20, items: 2 ** 14 };

/** Cells of an estimator, those of them that have quantiles, and whether it holds something of replicas in flight. */
function sizeOfEstimator(spec: EstimatorSpec): { cells: number; quantiles: number; inFlight: boolean } {
  const times = 'timeIndices' in spec ? spec.timeIndices.length : 1;
  switch (spec.kind) {
    case 'distribution':
      return { cells: times, quantiles: times, inFlight: false };
    case 'rate':
      return { cells: 1, quantiles: 1, inFlight: true };
    case 'histogram':
      return { cells: times * (spec.edges.length + 1), quantiles: 0, inFlight: false };
    case 'coordinates':
      return { cells: times * (spec.edges + 1), quantiles: 0, inFlight: false };
    default:
      return { cells: times, quantiles: 0, inFlight: spec.kind === 'convergence' };
  }
}

/**
 * What the ensembles of an experiment take at most, with all of their replicas on their way: generous by a factor, but in proportion to
 * what the run itself holds. Cost O(statistics and estimates).
 */
export function ensembleRoom(experiment: Experiment): PackedSize {
  const saves = saveTimes(experiment);
  const { length: times } = saves;
  const { dimension } = experiment.problem;
  const plan = planEstimates(experiment, saves, resolveStatistics(experiment.statistics));
  const own = plan.specs.map(sizeOfEstimator);
  const sum = (of: (size: ReturnType<typeof sizeOfEstimator>) => number) => own.reduce((all, one) => all + of(one), 0);
  const quantiles = times * plan.curves + sum((one) => one.quantiles);
  const cells = times * (plan.curves + 2) + sum((one) => one.cells);
  const rows = times * (8 * plan.statistics.length + 16 + 24 * sum((one) => Number(one.inFlight)));
  let { bytes, items } = OTHER;
  for (const method of experiment.methods) {
    if (!('replicas' in method)) continue;
    const replicas = Math.max(method.replicas, method.until?.most ?? 0);
    // The path (three f64 a coordinate, or six words), the range that it is in, why it failed, and its rows.
    bytes += replicas * (32 * (dimension + 4) + 1024 + rows);
    bytes += quantiles * (24 + 16 * Math.min(replicas, MOST_BINS)) + 64 * cells;
    items += 16 * (replicas * (1 + own.length) + cells);
  }
  return { bytes, items };
}

/** What the points of a sweep take at most, each with a message of every method that failed. */
export function sweepRoom({ experiment, axes }: Sweep): PackedSize {
  const points = pointsOf(axes);
  const values =
    16 + axes.length + experiment.methods.length * (16 + 8 * (experiment.statistics.length + METHOD_MEANS));
  return {
    bytes: OTHER.bytes + points * (16 * values + 1024 * experiment.methods.length),
    items: OTHER.items + points * 2 * values,
  };
}

/** Why so much is too much; null where it is not. */
export function beyond(size: PackedSize, ...rooms: readonly PackedSize[]): string | null {
  for (const [kind, words] of [
    ['bytes', 'bytes of arrays'],
    ['items', 'entries'],
  ] as const) {
    const most = rooms.reduce((sum, room) => sum + room[kind], 0);
    if (size[kind] > most) return `must hold at most ${most} ${words}; found ${size[kind]}`;
  }
  return null;
}
