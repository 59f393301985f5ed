/** Single replicas of a run's ensembles, kept beside the means: a few, to be seen as thin lines. */
import { type Experiment, saveTimes } from '../../problem/index.ts';
import type { PackedCurve } from '../../results/plot/packed.ts';
import type { RunEvent } from '../../run/index.ts';

const MOST_REPLICAS = 4;
/** Numbers beyond which none are kept: they are sent with every change of the curves. */
const MOST_NUMBERS = 2 ** 17;

export class Singles {
  readonly #times: number;
  readonly #statistics: readonly string[];
  /** By method: [replica][statistic][time]. */
  readonly #kept = new Map<number, Float64Array[][]>();
  readonly #isKept: boolean;

  constructor(experiment: Experiment) {
    this.#times = saveTimes(experiment).length;
    this.#statistics = experiment.statistics.map((entry) => (typeof entry === 'string' ? entry : entry.name));
    this.#isKept = this.#times * this.#statistics.length * MOST_REPLICAS <= MOST_NUMBERS;
  }

  add({ index, timeIndex, firstReplica, values }: Extract<RunEvent, { type: 'samples' }>): void {
    if (!this.#isKept) return;
    const width = this.#statistics.length;
    for (let r = firstReplica; r < Math.min(MOST_REPLICAS, firstReplica + values.length / width); r++) {
      const own = this.#kept.get(index) ?? [];
      this.#kept.set(index, own);
      own[r] ??= this.#statistics.map(() => new Float64Array(this.#times).fill(Number.NaN));
      for (let k = 0; k < width; k++) own[r][k][timeIndex] = values[(r - firstReplica) * width + k];
    }
  }

  /** The curve with its single replicas, where it is of an ensemble of several. */
  with(curve: PackedCurve): PackedCurve {
    const own = this.#kept.get(curve.index);
    const k = this.#statistics.indexOf(curve.statistic);
    if (own === undefined || k < 0 || curve.low === null || curve.count < 2) return curve;
    return { ...curve, replicas: own.filter(Boolean).map((one) => one[k].slice(0, curve.times.length)) };
  }
}
