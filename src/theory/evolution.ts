/** One run of the PDE for a fixed list of classes at fixed accuracies: time steps, grids, sampling, blow-up. */
import type { LimitClass, LimitSetting } from '../problem/limit/types.ts';
import type { Moment } from '../statistics/expression.ts';
import { Averager } from './averages.ts';
import { BlowUpWatch } from './blowup.ts';
import { finerGrid, fittedGrid, type GridRules, inspectGrid, NARROWEST, type Scales, transfer } from './grid.ts';
import { type SmoothStepSize, type Source, TransportOperator } from './operator.ts';
import { PathRecorder } from './path.ts';
import { type Layout, layOut, type Population, populationOf, type ZGrid } from './population.ts';
import { initialMaps, leaveStart, moveMaps } from './start.ts';
import { stepError } from './steperror.ts';
import { RosenbrockStepper } from './stepper.ts';
import { stepSizePieces } from './stepsize.ts';

export interface Accuracy {
  /** Relative local error of a time step. */
  readonly step: number;
  /** Relative truncation error in z, and the weight at which grids end. */
  readonly grid: GridRules;
  /** Relative error of the averages in z. */
  readonly average: number;
  /**
   * Many classes stand for one continuous law: each may miss as much as an equal share of every average allows (`MOST_ALLOWED` at most), instead of being
   * exact in itself.
   */
  readonly shared?: boolean;
}

export interface EvolutionRequest {
  readonly setting: LimitSetting;
  readonly classes: readonly LimitClass[];
  /** Increasing, first 0. */
  readonly times: Float64Array;
  readonly moments: readonly Moment[];
  readonly accuracy: Accuracy;
  /** Called with the state at every save time, for densities. */
  readonly onState?: (timeIndex: number, state: PopulationState) => void;
  readonly onProgress?: (t: number) => void;
  /** For tests. */
  readonly source?: Source;
  /** For tests of order: this grid in every class, never changed, and steps of this length in √t. */
  readonly fixed?: { readonly grid?: ZGrid; readonly step?: number };
  readonly maximumSteps?: number;
}

export interface PopulationState {
  readonly population: Population;
  readonly resting: readonly LimitClass[];
  readonly clock: number;
  /** Null while every class is a point mass (t = 0). */
  readonly layout: Layout | null;
  /** δ on the layout, or one a class. */
  readonly delta: Float64Array;
}

export interface EvolutionResult {
  /** Those that move, in the order of `parts`. */
  readonly classes: readonly LimitClass[];
  /** [time][class·moments + k]: ω E φ_k; null after the end. */
  readonly parts: (Float64Array | null)[];
  /** [time][k] means over everything, and means of the moments' absolute values. */
  readonly means: (Float64Array | null)[];
  readonly sizes: (Float64Array | null)[];
  readonly path: PathRecorder;
  readonly end: number;
  readonly stopped: 'horizon' | 'blow-up' | 'stuck';
  readonly message: string;
  readonly clock: number;
  readonly steps: number;
  readonly rejected: number;
  /** Nodes of all classes at the end, and the most at any time. */
  readonly nodes: number;
}

/** Nodes that all classes together may have: 8 stages and the bands take about 500 bytes each. */
const MOST_NODES = 2_000_000;
/** How many times the accuracy a class of little weight may miss: it may weigh more later. */
const MOST_ALLOWED = 30;
/** Steps between attempts to coarsen a grid. */
const PATIENCE = 6;
export function* evolve(request: EvolutionRequest): Generator<void, EvolutionResult> {
  const run = new Evolution(request);
  return yield* run.run();
}

class Evolution {
  readonly #request: EvolutionRequest;
  readonly #population: Population;
  readonly #resting: readonly LimitClass[];
  readonly #averager: Averager;
  readonly #path: PathRecorder;
  readonly #parts: (Float64Array | null)[];
  readonly #means: (Float64Array | null)[];
  readonly #sizes: (Float64Array | null)[];
  #layout!: Layout;
  #operator!: TransportOperator;
  #stepper!: RosenbrockStepper;
  #y!: Float64Array;
  #scratch!: Float64Array;
  #rest = new Int32Array(0);
  /** By class: times the accuracy that it may miss. */
  #allowed = new Float64Array(0);
  #mostNodes = 0;
  #steps = 0;
  #rejected = 0;
  #restingRisk = 0;
  /** Of the population, at the last fit of the grids. */
  #whole: Scales = { squares: 0, cubes: 0, curvatures: 0 };

  constructor(request: EvolutionRequest) {
    this.#request = request;
    const { moving, resting } = populationOf(request.setting, request.classes);
    this.#population = moving;
    this.#resting = resting;
    this.#averager = new Averager(moving, resting, request.moments);
    this.#path = new PathRecorder();
    this.#parts = request.times.length ? Array.from(request.times, () => null) : [];
    this.#means = Array.from(request.times, () => null);
    this.#sizes = Array.from(request.times, () => null);
    this.#rest = new Int32Array(moving.classes.length);
    this.#allowed = new Float64Array(moving.classes.length).fill(1);
    for (const c of resting) this.#restingRisk += c.weight * c.lambda * c.b * c.b;
  }

  *run(): Generator<void, EvolutionResult> {
    const { times, setting, accuracy } = this.#request;
    const horizon = times[times.length - 1];
    const pieces = stepSizePieces(setting.stepSize, setting.horizon, horizon);
    let saved = yield* this.#start(pieces[0].stepSize, horizon);
    let x = Math.sqrt(this.#path.end);
    if (this.#path.end >= horizon) return this.#finish('horizon', horizon, '');
    const watch = new BlowUpWatch();
    let h = this.#request.fixed?.step ?? 0.5 * x;
    const most = this.#request.maximumSteps ?? 200_000;
    for (const piece of pieces) {
      const target = Math.sqrt(piece.end);
      if (target <= x) continue;
      this.#operator.stepSize = piece.stepSize;
      this.#operator.evaluate(x, this.#y, this.#stepper.f);
      let fresh = true;
      let failures = 0;
      let previousError = 1;
      let after = false;
      while (x < target) {
        if (this.#steps + this.#rejected >= most)
          return this.#finish('stuck', x * x, `took ${most} steps; ask for a larger tolerance or an earlier horizon`);
        const last = x + 1.0001 * h >= target;
        const step = last ? target - x : x + 2 * h > target ? 0.5 * (target - x) : h;
        const riskBefore = this.#path.lastRisk;
        const ok = yield* this.#stepper.step(x, this.#y, step, fresh);
        if (ok) this.#operator.projectMaps(this.#stepper.next, this.#stepper.error);
        const { next, error: missed } = this.#stepper;
        const error = ok
          ? stepError(this.#population, this.#layout, next, missed, accuracy.step, this.#whole, this.#allowed)
          : Number.POSITIVE_INFINITY;
        const accepted = this.#request.fixed?.step !== undefined ? ok : error <= 1;
        if (accepted) {
          const to = last ? target : x + step;
          // F and R at the new point, before the old state is left.
          const y = this.#y;
          const riskSlope = this.#operator.riskSlope;
          const f1 = this.#spare();
          if (!this.#operator.evaluate(to, this.#stepper.next, f1)) {
            this.#rejected++;
            failures++;
            fresh = false;
            h = 0.25 * step;
            if (failures > 40) return this.#stuck(x, watch);
            continue;
          }
          const riskAfter = this.#operator.risk;
          this.#record(x, to, y, riskBefore, riskAfter, riskSlope);
          while (saved < times.length && times[saved] <= to * to * (1 + 1e-15)) {
            const theta = Math.min(1, (Math.sqrt(times[saved]) - x) / step);
            this.#stepper.interpolate(y, theta, this.#scratch);
            yield* this.#save(saved, this.#scratch);
            saved++;
          }
          this.#y.set(this.#stepper.next);
          this.#stepper.f.set(f1);
          x = to;
          this.#steps++;
          failures = 0;
          fresh = true;
          this.#request.onProgress?.(x * x);
          if (watch.accept(x * x, riskAfter)) return this.#finish('blow-up', watch.time, watch.message);
          if (!this.#refit(x)) return this.#finish('stuck', x * x, this.#tooMany());
          // A PI controller; after a rejection steps do not grow.
          const factor = 0.9 * Math.max(error, 1e-6) ** -0.17 * previousError ** 0.06;
          previousError = Math.max(error, 1e-4);
          const limited = Math.min(after ? 1 : 6, Math.max(0.2, factor));
          if (this.#request.fixed?.step === undefined) h = step * limited;
          after = false;
        } else {
          this.#rejected++;
          failures++;
          after = true;
          fresh = false;
          if (this.#request.fixed?.step !== undefined)
            return this.#finish('stuck', x * x, 'a fixed step left the domain');
          h = step * (Number.isFinite(error) ? Math.min(0.7, Math.max(0.1, 0.9 * error ** -0.2)) : 0.25);
          if (failures === 12 && !this.#regrid(this.#layout.grids.map(finerGrid), x))
            return this.#finish('stuck', x * x, this.#tooMany());
          if (failures === 12) fresh = true;
          if (failures > 40 || h < 1e-14 * x) return this.#stuck(x, watch);
        }
        yield;
      }
      x = target;
    }
    return this.#finish('horizon', horizon, '');
  }

  #stuck(x: number, watch: BlowUpWatch): EvolutionResult {
    if (watch.growing) return this.#finish('blow-up', x * x, watch.message);
    return this.#finish('stuck', x * x, 'the time step fell below rounding; ask for a larger tolerance');
  }

  #tooMany(): string {
    return 'the maps could not be resolved on grids of spacing 0.002 or within two million nodes; ask for a larger tolerance or fewer classes';
  }

  #finish(stopped: EvolutionResult['stopped'], end: number, message: string): EvolutionResult {
    const y = this.#y;
    return {
      classes: this.#population.classes,
      parts: this.#parts,
      means: this.#means,
      sizes: this.#sizes,
      path: this.#path,
      end,
      stopped,
      message,
      clock: y ? y[y.length - 1] : 0,
      steps: this.#steps,
      rejected: this.#rejected,
      nodes: this.#mostNodes,
    };
  }

  #spareArray = new Float64Array(0);
  #spare(): Float64Array {
    if (this.#spareArray.length !== this.#y.length) this.#spareArray = new Float64Array(this.#y.length);
    return this.#spareArray;
  }

  /** State at t = 0 saved, state at a small t₀ > 0 set up; returns the number of save times done. */
  *#start(stepSize: SmoothStepSize, horizon: number): Generator<void, number> {
    const { times, accuracy, fixed } = this.#request;
    const { grids, maps } = yield* initialMaps(this.#population, accuracy.grid, fixed?.grid);
    this.#setLayout(grids, stepSize);
    const { first } = this.#layout;
    const y = this.#y;
    maps.forEach((map, c) => {
      if (typeof map !== 'number') y.set(map, first[c]);
      else y.fill(map, first[c], first[c] + grids[c].count);
    });
    // Averages at t = 0; kinks do not matter for point masses, and maps are integrated like later states.
    yield* this.#save(0, y);
    const isPoint = maps.map((map) => typeof map === 'number');
    const begun = leaveStart(this.#population, this.#layout, y, isPoint, {
      stepSize: stepSize.value(0),
      restingRisk: this.#restingRisk,
      horizon,
      first: times.length > 1 ? times[1] : horizon,
    });
    if (begun === null) {
      // β = b everywhere and no noise: nothing ever moves.
      for (let i = 1; i < times.length; i++) {
        this.#parts[i] = this.#parts[0];
        this.#means[i] = this.#means[0];
        this.#sizes[i] = this.#sizes[0];
      }
      this.#path.rest(horizon);
      return times.length;
    }
    // Maps of given laws: one step of Euler's method, whose error is of second order in t₀, as that of the point masses.
    const x = Math.sqrt(begun.time);
    if (isPoint.includes(false) && this.#operator.evaluate(x, y, this.#stepper.f))
      moveMaps(this.#layout, y, isPoint, this.#stepper.f, 0.5 * x);
    this.#path.begin(begun.risk, begun.clockRate, begun.time);
    return 1;
  }

  #setLayout(grids: readonly ZGrid[], stepSize: SmoothStepSize): void {
    this.#layout = layOut(grids);
    this.#operator = new TransportOperator(this.#population, this.#layout, stepSize, this.#request.source);
    this.#operator.restingRisk = this.#restingRisk;
    this.#stepper = new RosenbrockStepper(this.#operator);
    this.#y = new Float64Array(this.#layout.size);
    this.#scratch = new Float64Array(this.#layout.size);
    this.#mostNodes = Math.max(this.#mostNodes, this.#layout.size - 1);
  }

  *#save(index: number, y: Float64Array): Generator<void, void> {
    const n = this.#request.moments.length;
    const parts = new Float64Array(this.#population.classes.length * n);
    const sizes = this.#averager.resting.map(Math.abs);
    yield* this.#averager.onGrids(this.#layout, y, this.#request.accuracy.average, parts, sizes);
    const means = this.#averager.resting.slice();
    for (let i = 0; i < parts.length; i++) means[i % n] += parts[i];
    this.#parts[index] = parts;
    this.#means[index] = means;
    this.#sizes[index] = sizes;
    this.#request.onState?.(index, {
      population: this.#population,
      resting: this.#resting,
      clock: y[y.length - 1],
      layout: this.#layout,
      delta: y.slice(0, y.length - 1),
    });
  }

  #record(x: number, to: number, y: Float64Array, riskBefore: number, riskAfter: number, slope: number): void {
    const inner: { clock: number; risk: number }[] = [];
    const last = this.#layout.size - 1;
    for (const theta of [1 / 3, 2 / 3]) {
      this.#stepper.interpolate(y, theta, this.#scratch);
      inner.push({ clock: this.#scratch[last], risk: this.#operator.riskOf(this.#scratch) });
    }
    this.#path.step({
      from: x,
      to,
      clocks: [y[last], inner[0].clock, inner[1].clock, this.#stepper.next[last]],
      risks: [riskBefore, inner[0].risk, inner[1].risk, riskAfter],
      slope,
    });
  }

  /** Fits every class's grid to its map; false if a limit is reached. */
  #refit(x: number): boolean {
    if (this.#request.fixed?.grid) return true;
    const layout = this.#layout;
    const rules = this.#request.accuracy.grid;
    const clock = this.#y[layout.size - 1];
    const { weight } = this.#population;
    const whole = { squares: 0, cubes: 0, curvatures: 0 };
    const means: Scales[] = [];
    let changed = false;
    const before = layout.rough.slice();
    const grids = layout.grids.map((grid, c) => {
      const place = { first: layout.first[c], w: layout.w, rough: layout.rough };
      const mayCoarsen = this.#steps >= this.#rest[c];
      const own = allowing(rules, this.#allowed[c]);
      const next = fittedGrid(this.#population, c, clock, grid, this.#y, place, own, this.#whole, mayCoarsen);
      whole.squares += weight[c] * next.own.squares;
      whole.cubes += weight[c] * next.own.cubes;
      whole.curvatures += weight[c] * next.own.curvatures;
      means.push(next.own);
      if (next.tried) this.#rest[c] = this.#steps + PATIENCE;
      if (next.grid !== grid) changed = true;
      return next.grid;
    });
    this.#whole = whole;
    if (this.#request.accuracy.shared) this.#allow(means);
    if (changed) return this.#regrid(grids, x);
    const same = before.every((value, i) => value === layout.rough[i]);
    return same || this.#operator.evaluate(x, this.#y, this.#stepper.f);
  }

  #allow(means: readonly Scales[]): void {
    const { weight } = this.#population;
    const { squares, cubes, curvatures } = this.#whole;
    const part = (own: number, of: number) => (own > 0 ? own / of : 0);
    means.forEach((own, c) => {
      const most = Math.max(1, part(own.squares, squares), part(own.cubes, cubes), part(own.curvatures, curvatures));
      this.#allowed[c] = Math.max(1, Math.min(MOST_ALLOWED, 1 / (means.length * weight[c] * most)));
    });
  }

  #regrid(grids: readonly ZGrid[], x: number): boolean {
    let nodes = 0;
    for (const grid of grids) {
      nodes += grid.count;
      if (grid.spacing < NARROWEST) return false;
    }
    if (nodes > MOST_NODES) return false;
    const before = this.#layout;
    const old = this.#y;
    const stepSize = this.#operator.stepSize;
    this.#setLayout(grids, stepSize);
    grids.forEach((grid, c) => {
      transfer(before.grids[c], old, before.first[c], grid, this.#y, this.#layout.first[c]);
    });
    this.#y[this.#layout.size - 1] = old[before.size - 1];
    const clock = this.#y[this.#layout.size - 1];
    const { grid: rules } = this.#request.accuracy;
    grids.forEach((grid, c) => {
      const { first, w, rough } = this.#layout;
      inspectGrid(
        this.#population,
        c,
        clock,
        grid,
        this.#y,
        first[c],
        w,
        allowing(rules, this.#allowed[c]),
        this.#whole,
        rough,
      );
    });
    return this.#operator.evaluate(x, this.#y, this.#stepper.f);
  }
}

function allowing({ resolution, tail }: GridRules, times: number): GridRules {
  return { resolution: resolution * times, tail: tail * times };
}
