/** One run of the PDE for a fixed list of classes at fixed accuracies: time steps, grids, sampling, blow-up. */
import type { LimitClass, LimitSetting } from '../problem/limit/types.ts';
import type { Moment } from '../statistics/expression.ts';
import { Averager } from './averages.ts';
import { BlowUpWatch } from './blowup.ts';
import {
  COARSE_ENOUGH,
  coarserGrid,
  finerGrid,
  type GridRules,
  inspectGrid,
  NARROWEST,
  nextGrid,
  startingGrid,
  transfer,
} from './grid.ts';
import { type SmoothStepSize, type Source, TransportOperator } from './operator.ts';
import { PathRecorder } from './path.ts';
import {
  errorsAndCurvatures,
  Frame,
  type Geometry,
  geometryAt,
  type Layout,
  layOut,
  originOf,
  type Population,
  populationOf,
  type ZGrid,
} from './population.ts';
import { RosenbrockStepper } from './stepper.ts';
import { stepSizePieces } from './stepsize.ts';

export interface Accuracy {
  /** Relative local error of a time step. */
  readonly step: number;
  /** Relative truncation error in z, and the weight at which grids end. */
  readonly grid: GridRules;
  /** Relative error of the averages in z. */
  readonly average: number;
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
/** Steps between attempts to coarsen a grid. */
const PATIENCE = 6;
/**
 * t₀ in units of the fastest rate: there T = T(0) + t₀T_t + √(2D t₀) z, whose mean is off by t₀² and whose variance by a relative t₀, of which
 * only t₀²/t is left at time t.
 */
const START = 1e-7;
/** Largest error of a step at any node, in units of the distance to its neighbour. */
const MOST_OF_A_GAP = 0.25;
/**
 * Beside a corner that no average sees, nodes can be pressed together until this rule stops the clock. After two failures for that reason
 * alone, the outermost nodes are exempt from it for so many steps, which opens them again: those that together carry less than UNSEEN of a class's
 * mean squares of δ and of e, over the accuracy of a step. (Exempt for ever, they would spoil the tail for later times.)
 */
const LENIENT_STEPS = 30;
const UNSEEN = 1e-3;

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
  #mostNodes = 0;
  #steps = 0;
  #rejected = 0;
  #restingRisk = 0;

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
    for (const c of resting) this.#restingRisk += c.weight * c.lambda * c.b * c.b;
  }

  *run(): Generator<void, EvolutionResult> {
    const { times, setting } = this.#request;
    const horizon = times[times.length - 1];
    const pieces = stepSizePieces(setting.stepSize, setting.horizon, horizon);
    let saved = this.#start(pieces[0].stepSize, horizon);
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
      let lenient = 0;
      while (x < target) {
        if (this.#steps + this.#rejected >= most)
          return this.#finish('stuck', x * x, `took ${most} steps; ask for a larger tolerance or an earlier horizon`);
        const last = x + 1.0001 * h >= target;
        const step = last ? target - x : x + 2 * h > target ? 0.5 * (target - x) : h;
        const riskBefore = this.#path.lastRisk;
        const ok = yield* this.#stepper.step(x, this.#y, step, fresh);
        if (ok) this.#operator.projectMaps(this.#stepper.next, this.#stepper.error);
        let error = ok ? this.#errorNorm(lenient > 0) : Number.POSITIVE_INFINITY;
        if (ok && error > 1 && failures >= 2 && lenient === 0) {
          const calm = this.#errorNorm(true);
          if (calm <= 1) {
            lenient = LENIENT_STEPS;
            error = calm;
          }
        }
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
            this.#save(saved, this.#scratch);
            saved++;
          }
          this.#y.set(this.#stepper.next);
          this.#stepper.f.set(f1);
          x = to;
          this.#steps++;
          failures = 0;
          if (lenient > 0) lenient--;
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

  #errorArrays = { e: new Float64Array(0), kappa: new Float64Array(0) };
  #scratchErrors(): { e: Float64Array; kappa: Float64Array } {
    if (this.#errorArrays.e.length !== this.#layout.size)
      this.#errorArrays = { e: new Float64Array(this.#layout.size), kappa: new Float64Array(this.#layout.size) };
    return this.#errorArrays;
  }

  #spareArray = new Float64Array(0);
  #spare(): Float64Array {
    if (this.#spareArray.length !== this.#y.length) this.#spareArray = new Float64Array(this.#y.length);
    return this.#spareArray;
  }

  /** State at t = 0 saved, state at a small t₀ > 0 set up; returns the number of save times done. */
  #start(stepSize: SmoothStepSize, horizon: number): number {
    const { classes, lambda, s0, frame, gain } = this.#population;
    const { times, setting, accuracy, fixed } = this.#request;
    const n = classes.length;
    const grid = fixed?.grid ?? startingGrid(accuracy.grid);
    const points = new Float64Array(n);
    const maps: (Float64Array | null)[] = [];
    const grids: ZGrid[] = classes.map(() => grid);
    classes.forEach(({ start }, c) => {
      const shift = originOf(this.#population, c, 0);
      if (start.kind === 'point') {
        points[c] = start.logP - (frame[c] === Frame.hyperbola ? 0.5 * s0[c] : 0) - shift;
        maps.push(null);
      } else {
        // Grids of given laws: as wide as a Gaussian's; refined at the first inspections.
        const own = fixed?.grid ?? startingGrid(accuracy.grid, 0.3);
        grids[c] = own;
        const z = Float64Array.from({ length: own.count }, (_, j) => own.low + j * own.spacing);
        const map = new Float64Array(own.count);
        start.map(z, map);
        for (let j = 0; j < own.count; j++) map[j] -= shift;
        maps.push(map);
      }
    });
    this.#setLayout(grids, stepSize);
    const layout = this.#layout;
    const y = this.#y;
    maps.forEach((map, c) => {
      if (map) y.set(map, layout.first[c]);
      else y.fill(points[c], layout.first[c], layout.first[c] + layout.grids[c].count);
    });
    // Averages at t = 0; kinks do not matter for point masses, and maps are integrated like later states.
    this.#save(0, y);
    // Risk and rates at the start.
    let twice = setting.labelNoise ** 2 + this.#restingRisk;
    let fastest = 1 / horizon;
    const gamma = gain * stepSize.value(0);
    const e = new Float64Array(layout.size);
    const kappa = new Float64Array(layout.size);
    for (let c = 0; c < n; c++) {
      const { count } = layout.grids[c];
      errorsAndCurvatures(this.#population, c, 0, y, layout.first[c], count, e, kappa);
      let squares = 0;
      for (let j = 0; j < count; j++) {
        const i = layout.first[c] + j;
        squares += layout.w[i] * e[i] * e[i];
        if (maps[c] === null || Math.abs(layout.z[i]) < 3)
          fastest = Math.max(fastest, gamma * lambda[c] * (kappa[i] + Math.abs(e[i])));
      }
      twice += this.#population.weight[c] * lambda[c] * squares;
    }
    const risk = 0.5 * twice;
    const clockRate = (gamma * gamma * risk) / setting.batchSize;
    for (let c = 0; c < n; c++) fastest = Math.max(fastest, lambda[c] * clockRate);
    if (risk === 0) {
      // β = b everywhere and no noise: nothing ever moves.
      for (let i = 1; i < times.length; i++) {
        this.#parts[i] = this.#parts[0];
        this.#means[i] = this.#means[0];
        this.#sizes[i] = this.#sizes[0];
      }
      this.#path.rest(horizon);
      return times.length;
    }
    let t0 = START / fastest;
    if (times.length > 1) t0 = Math.min(t0, 1e-4 * times[1]);
    const geometry: Geometry = { a: 0, c: 0, shift: 0, shiftSlope: 0, slope: 0 };
    for (let c = 0; c < n; c++) {
      if (maps[c]) continue;
      const width = Math.sqrt(2 * lambda[c] * clockRate * t0);
      const { shift } = geometryAt(this.#population, c, 0, geometry);
      for (let j = 0; j < layout.grids[c].count; j++) {
        const i = layout.first[c] + j;
        y[i] += width * layout.z[i] - t0 * (gamma * lambda[c] * e[i] + shift * clockRate);
      }
    }
    y[y.length - 1] = clockRate * t0;
    this.#path.begin(risk, clockRate, t0);
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

  #save(index: number, y: Float64Array): void {
    const n = this.#request.moments.length;
    const parts = new Float64Array(this.#population.classes.length * n);
    const sizes = this.#averager.resting.map(Math.abs);
    this.#averager.onGrids(this.#layout, y, this.#request.accuracy.average, parts, sizes);
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

  /**
   * The largest, over classes, of the relative errors of δ and e in the mean square, and that of the clock, over the step accuracy; and of the
   * errors at single nodes over the room they have (`lenient`: not at the outermost ones, see LENIENT_STEPS).
   */
  #errorNorm(lenient: boolean): number {
    const { first, grids, w } = this.#layout;
    const error = this.#stepper.error;
    const next = this.#stepper.next;
    const { e, kappa } = this.#scratchErrors();
    const last = this.#layout.size - 1;
    const clock = next[last];
    let worst = Math.abs(error[last]) / Math.max(clock, 1e-300);
    let crossing = 0;
    for (let c = 0; c < grids.length; c++) {
      const begin = first[c];
      const { count } = grids[c];
      errorsAndCurvatures(this.#population, c, clock, next, begin, count, e, kappa);
      let missed = 0;
      let missedError = 0;
      let total = 0;
      let totalError = 0;
      for (let i = begin; i < begin + count; i++) {
        const wi = w[i];
        const ei = error[i];
        const ke = kappa[i] * ei;
        missed += wi * ei * ei;
        total += wi * next[i] * next[i];
        missedError += wi * ke * ke;
        totalError += wi * e[i] * e[i];
      }
      // A step may not throw a node over its neighbours, however little it weighs: that would spoil the tail for all later time.
      const [low, high] = lenient ? this.#seen(c, next, e, total, totalError) : [begin, begin + count - 1];
      let thrown = 0;
      for (let i = low; i < high; i++) {
        const gap = next[i + 1] - next[i];
        const size = Math.max(Math.abs(error[i]), Math.abs(error[i + 1])) / gap;
        if (size > thrown) thrown = size;
      }
      crossing = Math.max(crossing, thrown / MOST_OF_A_GAP);
      if (this.#population.frame[c] === Frame.escaping) total = Math.max(total, 1);
      const relative = Math.max(missed / total, missedError / totalError);
      if (!(relative <= worst * worst)) worst = Math.sqrt(relative);
    }
    return Math.max(worst / this.#request.accuracy.step, crossing);
  }

  /** First and last node of class c inside which all but UNSEEN of its mean squares lies. Cost O(nodes). */
  #seen(c: number, next: Float64Array, e: Float64Array, total: number, totalError: number): [number, number] {
    const { first, grids, w } = this.#layout;
    const share = UNSEEN * this.#request.accuracy.step;
    const from = (start: number, end: number, step: 1 | -1) => {
      let squares = 0;
      let errors = 0;
      let i = start;
      for (; i !== end; i += step) {
        squares += w[i] * next[i] * next[i];
        errors += w[i] * e[i] * e[i];
        if (squares > share * total || errors > share * totalError) break;
      }
      return i;
    };
    const begin = first[c];
    const end = begin + grids[c].count - 1;
    return [from(begin, end, 1), from(end, begin, -1)];
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
    let changed = false;
    const before = layout.rough.slice();
    const grids = layout.grids.map((grid, c) => {
      const verdict = inspectGrid(
        this.#population,
        c,
        clock,
        grid,
        this.#y,
        layout.first[c],
        layout.w,
        rules,
        layout.rough,
      );
      let next = nextGrid(grid, verdict);
      if (next === grid && verdict.coarsen && this.#steps >= this.#rest[c]) {
        const coarse = coarserGrid(grid);
        const trial = layOut([coarse]);
        const y = new Float64Array(coarse.count);
        transfer(grid, this.#y, layout.first[c], coarse, y, 0);
        const { error } = inspectGrid(this.#population, c, clock, coarse, y, 0, trial.w, rules);
        if (error < COARSE_ENOUGH * rules.resolution) next = coarse;
        else this.#rest[c] = this.#steps + PATIENCE;
      } else if (next !== grid) this.#rest[c] = this.#steps + PATIENCE;
      if (next !== grid) changed = true;
      return next;
    });
    if (changed) return this.#regrid(grids, x);
    const same = before.every((value, i) => value === layout.rough[i]);
    return same || this.#operator.evaluate(x, this.#y, this.#stepper.f);
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
      inspectGrid(this.#population, c, clock, grid, this.#y, first[c], w, rules, rough);
    });
    return this.#operator.evaluate(x, this.#y, this.#stepper.f);
  }
}
