/** One run of the PDE for a fixed list of classes at fixed accuracies: time steps, grids, sampling, blow-up. */

import { compileStateStepSize, stateDefinition } from '../dynamics/index.ts';
import type { PartSizes } from './averages.ts';
import { BlowUpWatch } from './blowup.ts';
import { StepController } from './controller.ts';
import { Feedback } from './feedback.ts';
import { finerGrid, fittedGrid, inspectGrid, NARROWEST, reachingGrid, transfer } from './grid.ts';
import { keepIncreasing } from './increasing.ts';
import type { LimitClass } from './law/types.ts';
import type { Scales } from './look.ts';
import { type SmoothStepSize, TransportOperator } from './operator.ts';
import { PathRecorder } from './path.ts';
import { boundOf, type Layout, layOut, type Population, populationOf, type ZGrid } from './population.ts';
import type { EvolutionRequest, EvolutionResult } from './request.ts';
import { allowances, allowing } from './shares.ts';
import { type Reach, Snapshots } from './snapshots.ts';
import { initialMaps, leaveStart, moveMaps } from './start.ts';
import { stepError } from './steperror.ts';
import { RosenbrockStepper } from './stepper.ts';
import { stepSizePieces } from './stepsize.ts';

/** Nodes that all classes together may have: 8 stages and the bands take about 500 bytes each. */
const MOST_NODES = 2_000_000;
/** Node-steps of one run: some half an hour. */
const MOST_WORK = 1e9;
/** Steps between attempts to coarsen a grid. */
const PATIENCE = 6;
/** Steps between looks at how far the moments asked for reach. */
const REACHING = 10;
export function* evolve(request: EvolutionRequest): Generator<void, EvolutionResult> {
  const run = new Evolution(request);
  return yield* run.run();
}

class Evolution {
  readonly #request: EvolutionRequest;
  readonly #population: Population;
  readonly #resting: readonly LimitClass[];
  readonly #snapshots: Snapshots;
  readonly #path: PathRecorder;
  readonly #feedback: Feedback | null;
  /** By save time: γ. */
  readonly #stepSizes: Float64Array;
  /** The largest that each integral has been, in size. */
  readonly #largest: Float64Array;
  #layout!: Layout;
  #operator!: TransportOperator;
  #stepper!: RosenbrockStepper;
  #y!: Float64Array;
  #scratch!: Float64Array;
  #rest = new Int32Array(0);
  /** By class: times the accuracy that it may miss. */
  #allowed = new Float64Array(0);
  /** Ends in z that the moments asked for need, by class, and whether point masses have become maps. */
  #wanted: readonly Reach[] | null = null;
  #begun = false;
  /** Of a part of a population, what is known of all of it: at the last save time. */
  #known: PartSizes | undefined;
  #mostNodes = 0;
  #steps = 0;
  #rejected = 0;
  #work = 0;
  #restingRisk = 0;
  /** Of the population, at the last fit of the grids. */
  #whole: Scales = { squares: 0, cubes: 0, curvatures: 0 };

  constructor(request: EvolutionRequest) {
    this.#request = request;
    const { moving, resting } = populationOf(request.setting, request.classes);
    this.#population = moving;
    this.#resting = resting;
    this.#snapshots = new Snapshots(moving, resting, request.moments, request.times.length, request.part?.classes);
    this.#path = new PathRecorder();
    const definition = stateDefinition(request.setting.stepSize);
    this.#feedback = definition && new Feedback(compileStateStepSize(definition), moving, resting);
    this.#stepSizes = new Float64Array(request.times.length).fill(Number.NaN);
    this.#largest = new Float64Array(this.#feedback?.integrals ?? 0);
    this.#rest = new Int32Array(moving.classes.length);
    this.#allowed = new Float64Array(moving.classes.length).fill(1);
    for (const c of resting) this.#restingRisk += c.weight * c.lambda * c.b * c.b;
  }

  *run(): Generator<void, EvolutionResult> {
    const { times, setting, accuracy } = this.#request;
    const horizon = times[times.length - 1];
    const pieces = stepSizePieces(setting.stepSize, setting.horizon, horizon);
    let saved = yield* this.#start(pieces[0].stepSize, horizon);
    if (saved === 0) return this.#finish('stuck', 0, 'the step size has no positive value at t = 0');
    let x = Math.sqrt(this.#path.end);
    if (this.#path.end >= horizon) return this.#finish('horizon', horizon, '');
    const watch = new BlowUpWatch();
    const isDriven = this.#request.outside?.kind === 'given';
    let h = this.#request.fixed?.step ?? 0.5 * x;
    const { maximumSteps: most = 200_000, maximumWork = MOST_WORK } = this.#request;
    for (const piece of pieces) {
      const target = Math.sqrt(piece.end);
      if (target <= x) continue;
      this.#operator.stepSize = piece.stepSize;
      this.#begin(x);
      let fresh = true;
      let failures = 0;
      const controller = new StepController(accuracy.step, accuracy.shared);
      while (x < target) {
        if (this.#steps + this.#rejected >= most)
          return this.#finish('stuck', x * x, `took ${most} steps; ask for a larger tolerance or an earlier horizon`);
        this.#work += this.#layout.size;
        if (this.#work > maximumWork)
          return this.#finish(
            'stuck',
            x * x,
            `took ${maximumWork.toPrecision(2)} node-steps; ask for a larger tolerance, an earlier horizon or fewer classes`,
          );
        const last = x + 1.0001 * h >= target;
        const step = last ? target - x : x + 2 * h > target ? 0.5 * (target - x) : h;
        const riskBefore = this.#path.lastRisk;
        const ok = yield* this.#stepper.step(x, this.#y, step, fresh);
        if (ok) keepIncreasing(this.#layout, this.#operator.floor, this.#stepper.next, this.#stepper.error);
        const { next, error: missed } = this.#stepper;
        const to = last ? target : x + step;
        this.#setClock(to, next);
        const known = ok && this.#operator.see(to, next);
        const error = known
          ? stepError(
              this.#population,
              this.#layout,
              next,
              this.#operator.look,
              missed,
              accuracy.step,
              this.#whole,
              this.#allowed,
              this.#largest,
            )
          : Number.POSITIVE_INFINITY;
        const accepted = this.#request.fixed?.step !== undefined ? known : error <= 1;
        if (accepted) {
          const riskAfter = isDriven ? this.#operator.ownRisk || Number.MIN_VALUE : this.#operator.risk;
          const gamma = this.#operator.gamma;
          if (this.#request.pathless) this.#path.skip(to, riskAfter, gamma);
          else this.#record(x, to, riskBefore, riskAfter, gamma);
          while (saved < times.length && times[saved] <= to * to * (1 + 1e-15)) {
            const theta = Math.min(1, (Math.sqrt(times[saved]) - x) / step);
            this.#stepper.interpolate(this.#y, theta, this.#scratch);
            this.#setClock(Math.sqrt(times[saved]), this.#scratch);
            yield* this.#save(saved, this.#scratch);
            saved++;
          }
          this.#y.set(next);
          for (let k = 0; k < this.#largest.length; k++)
            this.#largest[k] = Math.max(this.#largest[k], Math.abs(next[this.#layout.size + k]));
          x = to;
          this.#steps++;
          failures = 0;
          fresh = true;
          this.#request.onProgress?.(x * x);
          if (!isDriven && watch.accept(x * x, riskAfter)) return this.#finish('blow-up', watch.time, watch.message);
          if (!this.#refit(x)) return this.#finish('stuck', x * x, this.#tooMany());
          if (this.#request.fixed?.step === undefined) h = step * controller.accepted(error);
        } else {
          this.#rejected++;
          failures++;
          fresh = false;
          if (this.#request.fixed?.step !== undefined)
            return this.#finish('stuck', x * x, 'a fixed step left the domain');
          h = step * controller.rejected(error);
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
      snapshots: this.#snapshots.taken,
      path: this.#path,
      end,
      stopped,
      message,
      clock: y ? y[this.#layout.size - 1] : 0,
      stepSizes: this.#stepSizes,
      drift: this.#population.rate * this.#path.drift,
      steps: this.#steps,
      rejected: this.#rejected,
      work: this.#work,
      nodes: this.#mostNodes,
    };
  }

  /** State at t = 0 saved, state at a small t₀ > 0 set up; returns the number of save times done, 0 where γ has no value. */
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
    const gamma = this.#operator.gammaOf(0, y);
    if (!(gamma > 0)) return 0;
    const isPoint = maps.map((map) => typeof map === 'number');
    const begun = leaveStart(this.#population, this.#layout, y, isPoint, {
      stepSize: gamma,
      restingRisk: this.#restingRisk,
      risk: this.#request.outside?.kind === 'given' ? this.#request.outside.risk(0) : undefined,
      added: this.#request.outside?.kind === 'added' ? this.#request.outside.risk(0) : 0,
      horizon,
      accuracy: accuracy.step,
      first: times.length > 1 ? times[1] : horizon,
      fastest: this.#feedback?.fastest(0, this.#layout, y) ?? 0,
    });
    if (begun === null) {
      // β = b everywhere and no noise: nothing ever moves.
      this.#snapshots.rest();
      this.#path.rest(horizon, gamma);
      this.#stepSizes.fill(gamma);
      return times.length;
    }
    // Maps of given laws: one step of Euler's method, whose error is of second order in t₀, as that of the point masses.
    for (let k = 0; k < this.#largest.length; k++) y[this.#layout.size + k] = this.#feedback!.rates[k] * begun.time;
    const x = Math.sqrt(begun.time);
    if (isPoint.includes(false) && this.#begin(x)) moveMaps(this.#layout, y, isPoint, this.#stepper.f, 0.5 * x);
    const isDriven = this.#request.outside?.kind === 'given';
    if (isDriven) this.#setClock(x, y);
    this.#path.begin(isDriven ? this.#operator.ownRiskOf(y) : begun.risk, begun.clockRate, begun.time, gamma);
    this.#begun = true;
    return 1;
  }

  /** Where the clock is given, it is no unknown. */
  #setClock(x: number, y: Float64Array): void {
    const { outside } = this.#request;
    if (outside?.kind === 'given') y[this.#layout.size - 1] = outside.clock(x);
  }

  #setLayout(grids: readonly ZGrid[], stepSize: SmoothStepSize): void {
    this.#layout = layOut(grids);
    this.#operator = new TransportOperator(
      this.#population,
      this.#layout,
      stepSize,
      this.#feedback,
      this.#request.source,
      this.#request.outside,
    );
    this.#operator.restingRisk = this.#restingRisk;
    this.#stepper = new RosenbrockStepper(this.#operator);
    this.#y = new Float64Array(this.#operator.size);
    this.#scratch = new Float64Array(this.#operator.size);
    this.#mostNodes = Math.max(this.#mostNodes, this.#layout.size - 1);
  }

  *#save(index: number, y: Float64Array): Generator<void, void> {
    const { accuracy, onState, times } = this.#request;
    this.#stepSizes[index] = this.#operator.gammaOf(times[index], y);
    const last = this.#layout.size - 1;
    const { part } = this.#request;
    const sizes = part?.sizes[index];
    const known = part && sizes ? { classes: part.classes, sizes } : undefined;
    this.#known = known;
    const wanted = this.#reachOf(y);
    // Now for this state, by extrapolation; for those to come at the next fit of the grids.
    yield* this.#snapshots.take(index, this.#layout, y, accuracy.average, wanted, known);
    this.#wanted = wanted ?? this.#wanted;
    onState?.(index, {
      population: this.#population,
      resting: this.#resting,
      clock: y[last],
      layout: this.#layout,
      delta: y.slice(0, last),
    });
  }

  /** How far the moments asked for reach in a state; null where the grids do. */
  #reachOf(y: Float64Array): readonly Reach[] | null {
    const { fixed, accuracy } = this.#request;
    return fixed?.grid || !this.#begun ? null : this.#snapshots.reach(this.#layout, y, accuracy.grid.tail, this.#known);
  }

  #record(x: number, to: number, riskBefore: number, riskAfter: number, gammaAfter: number): void {
    const isDriven = this.#request.outside?.kind === 'given';
    const inner: { clock: number; risk: number; gamma: number }[] = [];
    const y = this.#y;
    const last = this.#layout.size - 1;
    for (const theta of [1 / 3, 2 / 3]) {
      this.#stepper.interpolate(y, theta, this.#scratch);
      const t = (x + theta * (to - x)) ** 2;
      const gamma = this.#operator.gammaOf(t, this.#scratch);
      const at = Math.sqrt(t);
      this.#setClock(at, this.#scratch);
      const risk = isDriven
        ? this.#operator.ownRiskOf(this.#scratch) || Number.MIN_VALUE
        : this.#operator.riskOf(at, this.#scratch);
      inner.push({ clock: this.#scratch[last], risk, gamma });
    }
    this.#path.step({
      from: x,
      to,
      clocks: [y[last], inner[0].clock, inner[1].clock, this.#stepper.next[last]],
      risks: [riskBefore, inner[0].risk, inner[1].risk, riskAfter],
      gammas: [this.#path.lastGamma, inner[0].gamma, inner[1].gamma, gammaAfter],
    });
  }

  /** Looks at the present state and evaluates F there; false where something overflowed. */
  #begin(x: number): boolean {
    const known = this.#operator.see(x, this.#y);
    if (known) this.#operator.evaluateSeen(x, this.#y, this.#stepper.f);
    return known;
  }

  /** Fits every class's grid to its map, which has been seen, and evaluates F there; false if a limit is reached. */
  #refit(x: number): boolean {
    const layout = this.#layout;
    const { look } = this.#operator;
    let changed = false;
    let grids = layout.grids;
    if (!this.#request.fixed?.grid) {
      const rules = this.#request.accuracy.grid;
      const clock = this.#y[layout.size - 1];
      const { weight } = this.#population;
      const whole = { squares: 0, cubes: 0, curvatures: 0 };
      if (this.#steps % REACHING === 0) this.#wanted = this.#reachOf(this.#y) ?? this.#wanted;
      const wanted = this.#wanted;
      grids = grids.map((grid, c) => {
        const place = { first: layout.first[c], w: layout.w, rough: layout.rough };
        const mayCoarsen = this.#steps >= this.#rest[c];
        const own = allowing(rules, this.#allowed[c]);
        const next = fittedGrid(this.#population, c, clock, grid, this.#y, place, look, own, this.#whole, mayCoarsen);
        const { squares, cubes, curvatures } = look.scales[c];
        whole.squares += weight[c] * squares;
        whole.cubes += weight[c] * cubes;
        whole.curvatures += weight[c] * curvatures;
        if (next.tried) this.#rest[c] = this.#steps + PATIENCE;
        const reaching = wanted ? reachingGrid(next.grid, wanted[c]) : next.grid;
        if (reaching !== grid) changed = true;
        return reaching;
      });
      this.#wanted = null;
      this.#request.onMeans?.(x, whole);
      const { part } = this.#request;
      this.#whole = part ? part.means(x) : whole;
      if (this.#request.accuracy.shared)
        allowances(weight, look.scales, this.#whole, this.#allowed, part?.classes ?? weight.length);
    }
    if (changed) return this.#regrid(grids, x);
    this.#operator.evaluateSeen(x, this.#y, this.#stepper.f);
    return true;
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
    const { first, w, rough, size } = this.#layout;
    grids.forEach((grid, c) => {
      transfer(before.grids[c], old, before.first[c], grid, this.#y, first[c], boundOf(this.#population, c));
    });
    this.#y.set(old.subarray(before.size - 1), size - 1);
    if (!this.#operator.see(x, this.#y)) return false;
    const { look } = this.#operator;
    const { grid: rules } = this.#request.accuracy;
    grids.forEach((grid, c) => {
      const own = allowing(rules, this.#allowed[c]);
      inspectGrid(grid, this.#y, first[c], w, look.nodes, look.scales[c], own, this.#whole, rough);
    });
    this.#operator.evaluateSeen(x, this.#y, this.#stepper.f);
    return true;
  }
}
