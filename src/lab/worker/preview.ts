/** The limit of an experiment while its controls move: the PDE, gradient flow, what theory predicts, and the density, to the eye's accuracy. */
import { type Experiment, saveTimes } from '../../problem/index.ts';
import { problemOf } from '../../random/index.ts';
import type { Prediction } from '../../results/index.ts';
import type { PackedCurve } from '../../results/plot/packed.ts';
import { resolveStatistics } from '../../statistics/index.ts';
import { density, predict, solveFlow, solvePde } from '../../theory/index.ts';
import { limitLaw } from '../../theory/law/index.ts';

export interface PreviewRequest {
  readonly id: number;
  readonly experiment: Experiment;
  /** Names of the statistics that are looked at, each one of the experiment's. */
  readonly statistics: readonly string[];
  /** The density of β at `time` in bins with these ends; null for none. */
  readonly density: { readonly edges: Float64Array; readonly time: number } | null;
}

export interface PreviewAnswer {
  readonly id: number;
  /** Of the PDE and gradient flow; empty where there is nothing to show. */
  readonly curves: readonly PackedCurve[];
  readonly prediction: Prediction | null;
  /** When the limit explodes; null if it does not. */
  readonly blowUp: number | null;
  readonly density: { readonly edges: Float64Array; readonly shares: Float64Array; readonly time: number } | null;
  /** Why there is nothing; empty if there is. */
  readonly problem: string;
}

/** Of the PDE: the width of a line. */
const TOLERANCE = 1e-3;
/** Save times: as many as a curve needs to look smooth. */
const MOST_TIMES = 120;
/** Coordinates of which gradient flow is averaged. */
const MOST_COORDINATES = 4096;
/** Milliseconds after which a newer request ends the one at work, and after which any is given up. */
const PATIENCE = 300;
const LONGEST = 4000;

function timesOf(experiment: Experiment, at: number | null): Float64Array {
  const { horizon } = experiment;
  const own = saveTimes(experiment);
  const grid =
    own.length <= MOST_TIMES
      ? Array.from(own)
      : Array.from({ length: MOST_TIMES + 1 }, (_, k) => (horizon * k) / MOST_TIMES);
  if (at !== null && !grid.includes(at)) grid.push(at);
  return Float64Array.from(grid.sort((a, b) => a - b));
}

async function answer(request: PreviewRequest, signal: AbortSignal): Promise<Omit<PreviewAnswer, 'id'>> {
  const { experiment, density: wanted } = request;
  const times = timesOf(experiment, wanted?.time ?? null);
  const specs = experiment.statistics.filter((entry) =>
    request.statistics.includes(typeof entry === 'string' ? entry : entry.name),
  );
  const statistics = resolveStatistics(specs.length > 0 ? specs : ['risk']);
  const at = wanted === null ? -1 : times.indexOf(wanted.time);
  let shares: Float64Array | null = null;
  const law = limitLaw(experiment);
  const solution = await solvePde(law, {
    times,
    statistics,
    tolerance: TOLERANCE,
    signal,
    ...(wanted && {
      statesAt: new Set([at]),
      onState: (k, state) => {
        if (k === at) shares = Float64Array.from(density(state, 'beta', wanted.edges));
      },
    }),
  });
  const { problem } = experiment;
  const isListed = [problem.covariance, problem.target, problem.initialization].some(({ kind }) => kind === 'values');
  const dimension = isListed ? problem.dimension : Math.min(problem.dimension, MOST_COORDINATES);
  const flow = await solveFlow(problemOf({ ...experiment, problem: { ...problem, dimension } }), {
    times,
    statistics,
    signal,
  });
  const curve = (method: 'pde' | 'flow', values: readonly Float64Array[]) =>
    statistics.map(({ name }, k): PackedCurve => {
      const index = experiment.methods.findIndex(({ kind }) => kind === method);
      const single = { standardError: null, low: null, high: null, counts: null, count: 1, failed: 0, floor: 0 };
      return {
        method,
        index: index < 0 ? 64 : index,
        statistic: name,
        times,
        mean: Float64Array.from(values[k]),
        ...single,
      };
    });
  return {
    curves: [...curve('pde', solution.values), ...curve('flow', flow.values)],
    prediction: predict(law, solution),
    blowUp: solution.events.find(({ kind }) => kind === 'blow-up')?.time ?? null,
    density: wanted && shares && { ...wanted, shares },
    problem: '',
  };
}

export type Reply = (answer: PreviewAnswer) => void;

/** One request at a time; of those that come meanwhile, the last. */
export class Previews {
  readonly #reply: Reply;
  #next: PreviewRequest | null = null;
  #working: { readonly since: number; readonly controller: AbortController } | null = null;

  constructor(reply: Reply) {
    this.#reply = reply;
  }

  ask(request: PreviewRequest): void {
    this.#next = request;
    if (this.#working === null) this.#work();
    else if (performance.now() - this.#working.since > PATIENCE) this.#working.controller.abort();
  }

  async #work(): Promise<void> {
    while (this.#next !== null) {
      const request = this.#next;
      this.#next = null;
      const controller = new AbortController();
      this.#working = { since: performance.now(), controller };
      const end = setTimeout(() => controller.abort(), LONGEST);
      const nothing = { curves: [], prediction: null, blowUp: null, density: null };
      const found = await answer(request, controller.signal).catch((error: unknown) => ({
        ...nothing,
        problem: controller.signal.aborted
          ? 'takes too long to follow live'
          : String((error as Error).message ?? error),
      }));
      clearTimeout(end);
      // One that a newer request has ended says nothing.
      if (!(controller.signal.aborted && this.#next !== null)) this.#reply({ id: request.id, ...found });
    }
    this.#working = null;
  }
}
