/** The PDE's share of the coordinates in bins of β, as curves over the save times: what the bins of an ensemble are laid beside. */
import { type Experiment, saveTimes } from '../../problem/index.ts';
import type { PackedCurve } from '../../results/plot/packed.ts';
import { namedStatistic } from '../../statistics/index.ts';
import { density, solvePde } from '../../theory/index.ts';
import { limitLaw } from '../../theory/law/index.ts';

/** Finer than the eye. */
const TOLERANCE = 1e-4;

export interface Bins {
  /** Ends of the bins. */
  readonly edges: Float64Array;
  /** The name of each, and what is added to its share (src/lab/plot/density.ts). */
  readonly name: (bin: number) => string;
  readonly offset: number;
  /** Under which the curves go. */
  readonly index: number;
}

/** Cost: one solution of the PDE. Throws the signal's reason. */
export async function binCurves(experiment: Experiment, bins: Bins, signal: AbortSignal): Promise<PackedCurve[]> {
  const { edges, name, offset, index } = bins;
  const times = saveTimes(experiment);
  const count = edges.length - 1;
  const shares = Array.from({ length: count }, () => new Float64Array(times.length).fill(Number.NaN));
  await solvePde(limitLaw(experiment), {
    times,
    statistics: [namedStatistic('risk')],
    tolerance: TOLERANCE,
    signal,
    onState: (k, state) => {
      density(state, 'beta', edges).forEach((value, bin) => {
        shares[bin][k] = value * (edges[bin + 1] - edges[bin]) + offset;
      });
    },
  });
  return shares.map((mean, bin) => ({
    method: 'pde',
    index,
    statistic: name(bin),
    times: Float64Array.from(times),
    mean,
    standardError: null,
    low: null,
    high: null,
    counts: null,
    count: 1,
    failed: 0,
    floor: 0,
  }));
}
