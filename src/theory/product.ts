/**
 * Runs of the PDE for product laws. Classes act on each other only through R(t) and the clock, so a coarse rule of few classes is solved with the coupling,
 * and all classes of a fine rule one by one, in the R of the coarse one, each on its own steps and grid. What they make of R together says how far the
 * coarse rule is off: with that added it is solved again, for the R of the next run and for how this R moves the averages (docs/pde.md, "Continuous laws").
 */

import type { Moment } from '../expression/expression.ts';
import { Averager } from './averages.ts';
import { evolve } from './evolution.ts';
import type { LimitClass, LimitSetting, View } from './law/types.ts';
import type { Scales } from './look.ts';
import type { Outside } from './operator.ts';
import { cubic, cubicSlope, KEPT, type PathCubics } from './path.ts';
import { layOut, type Population, populationOf, type ZGrid } from './population.ts';
import type { Accuracy, EvolutionResult, PopulationState } from './request.ts';
import type { Snapshot } from './snapshots.ts';

/** How much less accurate the coarse rule's solution is, up to an accuracy of: */
const LOOSER = 10;
const LOOSEST = 1e-2;

/** Values at 0, ⅓, ⅔ and 1 of a step. */
const THIRDS = [0, 1 / 3, 2 / 3, 1];

/** Relative difference of two x that are the same. */
const SAME = 1e-12;

/** Which step x lies in, and where in it; remembers the last, because x mostly moves on by little. */
class Locator {
  step = 0;
  theta = 0;
  width = 1;
  readonly #x: Float64Array;

  constructor(x: Float64Array) {
    this.#x = x;
  }

  go(to: number): void {
    const x = this.#x;
    let k = this.step;
    // What lies at the end of a step by rounding lies at its end.
    const from = to * (1 + SAME);
    while (k > 0 && from < x[k]) k--;
    while (k + 2 < x.length && from >= x[k + 1]) k++;
    this.step = k;
    this.width = x[k + 1] - x[k];
    this.theta = Math.max(0, Math.min(1, (to - x[k]) / this.width));
  }
}

/** R and the clock of a run, for other runs to be told. */
class GivenRisk implements Outside {
  readonly kind = 'given';
  readonly cubics: PathCubics;
  readonly #at: Locator;

  constructor(cubics: PathCubics) {
    this.cubics = cubics;
    this.#at = new Locator(cubics.x);
  }

  risk(x: number): number {
    const { x: ends, values, risk0 } = this.cubics;
    if (x <= ends[0] * (1 + SAME) || ends.length < 2) return risk0;
    const at = this.#at;
    at.go(x);
    return Math.exp(cubic(values, KEPT * at.step + 4, at.theta));
  }

  riskSlope(x: number): number {
    const { x: ends, values } = this.cubics;
    if (x <= ends[0] * (1 + SAME) || ends.length < 2) return 0;
    const risk = this.risk(x);
    return (risk * cubicSlope(values, KEPT * this.#at.step + 4, this.#at.theta)) / this.#at.width;
  }

  clock(x: number): number {
    const { x: ends, values, rate0 } = this.cubics;
    if (x <= ends[0] * (1 + SAME) || ends.length < 2) return rate0 * x * x;
    this.#at.go(x);
    return cubic(values, KEPT * this.#at.step, this.#at.theta);
  }
}

/** What a fine rule makes of a given R, less that R: added to what a coarse rule makes of its own. */
class AddedRisk implements Outside {
  readonly kind = 'added';
  readonly #given: GivenRisk;
  /** By step four values of the relative difference. */
  readonly #parts: Float64Array;
  readonly #at: Locator;

  constructor(given: GivenRisk, parts: Float64Array) {
    this.#given = given;
    this.#parts = parts;
    this.#at = new Locator(given.cubics.x);
  }

  risk(x: number): number {
    return this.#given.risk(x) * this.#part(x);
  }

  riskSlope(x: number): number {
    const part = this.#part(x);
    const slope = cubicSlope(this.#parts, 4 * this.#at.step, this.#at.theta) / this.#at.width;
    return this.#given.riskSlope(x) * part + this.#given.risk(x) * slope;
  }

  clock(): number {
    return Number.NaN;
  }

  #part(x: number): number {
    this.#at.go(x);
    return cubic(this.#parts, 4 * this.#at.step, this.#at.theta);
  }
}

/** Means over the population by x, read from those of a run's steps. */
class MeansAlong {
  readonly #x: number[] = [];
  readonly #means: Scales[] = [];
  #last = 0;

  add(x: number, means: Scales): void {
    this.#x.push(x);
    this.#means.push(means);
  }

  at(x: number): Scales {
    let k = Math.min(this.#last, this.#x.length - 1);
    while (k > 0 && x < this.#x[k]) k--;
    while (k + 1 < this.#x.length && x >= this.#x[k + 1]) k++;
    this.#last = k;
    return this.#means[k];
  }
}

/** Averages at one save time, class by class. */
class Sums {
  readonly #parts: Float64Array;
  readonly #sizes: Float64Array;
  readonly #squares: Float64Array;
  readonly #own: Float64Array;
  readonly #count: number;

  constructor(classes: number, count: number) {
    this.#parts = new Float64Array(classes * count);
    this.#sizes = new Float64Array(count);
    this.#squares = new Float64Array(count);
    this.#own = new Float64Array(count);
    this.#count = count;
  }

  add(c: number, { parts, sizes, roots, own }: Snapshot): void {
    this.#parts.set(parts, c * this.#count);
    for (let k = 0; k < this.#count; k++) {
      this.#sizes[k] += sizes[k];
      this.#squares[k] += roots[k] * roots[k];
      this.#own[k] += own[k];
    }
  }

  /** Of all classes and those at rest, each mean moved by so much. */
  snapshot(resting: Float64Array, moved: Float64Array): Snapshot {
    const n = this.#count;
    const means = resting.map((mean, k) => mean + moved[k]);
    for (let i = 0; i < this.#parts.length; i++) means[i % n] += this.#parts[i];
    return {
      parts: this.#parts,
      means,
      sizes: this.#sizes.map((size, k) => size + Math.abs(resting[k])),
      roots: this.#squares.map(Math.sqrt),
      own: this.#own.map((mean, k) => mean + resting[k] + moved[k]),
    };
  }
}

/** A state at one save time, class by class. */
class StateParts {
  readonly #grids: ZGrid[] = [];
  readonly #deltas: Float64Array[] = [];

  add({ layout, delta }: PopulationState): void {
    this.#grids.push(layout!.grids[0]);
    this.#deltas.push(delta);
  }

  whole(population: Population, resting: readonly LimitClass[], clock: number): PopulationState {
    const layout = layOut(this.#grids);
    const delta = new Float64Array(layout.size - 1);
    this.#deltas.forEach((part, c) => {
      delta.set(part, layout.first[c]);
    });
    return { population, resting, clock, layout, delta };
  }
}

/** The coarse rule's solution, with the coupling. */
interface Coupled {
  readonly result: EvolutionResult;
  readonly given: GivenRisk;
  readonly means: MeansAlong;
  readonly added: AddedRisk | undefined;
}

export interface ProductRequest {
  readonly setting: LimitSetting;
  readonly times: Float64Array;
  readonly moments: readonly Moment[];
}

export interface ProductRun {
  readonly classes: readonly LimitClass[];
  readonly accuracy: Accuracy;
  readonly onState?: (timeIndex: number, state: PopulationState) => void;
  /** 0 to 1. */
  readonly onProgress?: (part: number) => void;
  readonly maximumWork?: number;
}

/** Where no moment reads u or v, the signs of p and q do not matter: views that differ in nothing else are one. */
function withoutSigns(classes: readonly LimitClass[], moments: readonly Moment[]): readonly LimitClass[] {
  if (moments.some(({ variables }) => !variables || variables.has('u') || variables.has('v'))) return classes;
  const known = new Map<readonly View[], readonly View[]>();
  const merged = (views: readonly View[]) => {
    const found = known.get(views);
    if (found) return found;
    const few: View[] = [];
    for (const exchanged of [false, true]) {
      const same = views.filter((view) => view.exchanged === exchanged);
      const share = same.reduce((sum, view) => sum + view.share, 0);
      if (same.length > 0) few.push({ ...same[0], share });
    }
    known.set(views, few);
    return few;
  };
  return classes.map((c) => (c.views.length > 1 ? { ...c, views: merged(c.views) } : c));
}

/** What is wrong with the coarse rule's solution is corrected as the rule itself is, so it need not be solved as well as the fine one. */
function loosened(accuracy: Accuracy): Accuracy {
  const factor = Math.max(1, Math.min(LOOSER, LOOSEST / accuracy.step));
  const { resolution, tail } = accuracy.grid;
  return {
    ...accuracy,
    step: factor * accuracy.step,
    grid: { resolution: factor * resolution, tail: factor * tail },
  };
}

/** Successive runs, each in the R that the one before has led to. */
export class ProductRuns {
  readonly #request: ProductRequest;
  readonly #coarse: readonly LimitClass[];
  #coupled: Coupled | null = null;

  /** `coarse`: classes of a coarse rule. */
  constructor(request: ProductRequest, coarse: readonly LimitClass[]) {
    this.#request = request;
    this.#coarse = withoutSigns(coarse, request.moments);
  }

  /** Solves the coarse rule; false where it does not get to the horizon, and classes cannot be taken one by one. */
  *begin(accuracy: Accuracy, onProgress?: (t: number) => void): Generator<void, boolean> {
    this.#coupled = yield* this.#couple(accuracy, undefined, onProgress);
    return this.#coupled !== null;
  }

  /** ∫g²R/m dt over the run, as far as it is known. */
  get clock(): number {
    return this.#coupled!.result.clock;
  }

  /** The clock and R of the coarse rule at the save times. */
  known(): { clocks: number[]; risks: number[] } {
    const { given } = this.#coupled!;
    const roots = Array.from(this.#request.times, Math.sqrt);
    return { clocks: roots.map((x) => given.clock(x)), risks: roots.map((x) => given.risk(x)) };
  }

  *#couple(
    accuracy: Accuracy,
    added: AddedRisk | undefined,
    onProgress?: (t: number) => void,
  ): Generator<void, Coupled | null> {
    const means = new MeansAlong();
    const result = yield* evolve({
      ...this.#request,
      classes: this.#coarse,
      accuracy: loosened(accuracy),
      outside: added,
      onProgress,
      onMeans: (x, whole) => means.add(x, whole),
    });
    if (result.stopped !== 'horizon' || result.steps === 0) return null;
    return { result, given: new GivenRisk(result.path.toCubics()), means, added };
  }

  /** Classes one by one; null where one of them could not go on or the coarse rule could not follow. With `isProbe` R stays as it is. */
  *run(
    { classes, accuracy, onState, onProgress, maximumWork = 1e9 }: ProductRun,
    isProbe = false,
  ): Generator<void, EvolutionResult | null> {
    const { setting, times, moments } = this.#request;
    const before = this.#coupled!;
    const { given } = before;
    const { moving, resting } = populationOf(setting, classes);
    const seen = withoutSigns(moving.classes, moments);
    const n = moments.length;
    const averager = new Averager(moving, resting, moments);
    const sums = Array.from(times, () => new Sums(moving.classes.length, n));
    const states = onState && Array.from(times, () => new StateParts());
    const { x, values } = given.cubics;
    const knots = 4 * (x.length - 1);
    const knotAt = (k: number) => x[k >> 2] + THIRDS[k & 3] * (x[(k >> 2) + 1] - x[k >> 2]);
    const own = new Float64Array(knots);
    let steps = 0;
    let rejected = 0;
    let work = 0;
    let nodes = 0;
    const sizes = before.result.snapshots.map((snapshot) => snapshot?.sizes ?? null);
    for (let c = 0; c < moving.classes.length; c++) {
      const result = yield* evolve({
        setting,
        classes: [seen[c]],
        times,
        moments,
        accuracy,
        outside: given,
        part: { means: (at) => before.means.at(at), classes: moving.classes.length, sizes },
        pathless: isProbe,
        maximumWork: maximumWork - work,
        onState: states && ((i, state) => states[i].add(state)),
      });
      work += result.work;
      if (result.stopped !== 'horizon') return null;
      steps = Math.max(steps, result.steps);
      rejected += result.rejected;
      nodes += result.nodes;
      result.snapshots.forEach((snapshot, i) => {
        sums[i].add(c, snapshot!);
      });
      if (!isProbe) {
        const risk = new GivenRisk(result.path.toCubics());
        for (let k = 0; k < knots; k++) {
          own[k] += risk.risk(knotAt(k));
        }
      }
      onProgress?.((c + 1) / moving.classes.length);
      yield;
    }
    const still =
      0.5 *
      (setting.labelNoise ** 2 + resting.reduce((sum, { weight, lambda, b }) => sum + weight * lambda * b * b, 0));
    let after = before;
    if (!isProbe) {
      // What the coarse rule itself makes of this R is R less what was added to it.
      const parts = new Float64Array(knots);
      for (let k = 0; k < knots; k++) {
        const risk = Math.exp(values[KEPT * (k >> 2) + 4 + (k & 3)]);
        parts[k] = (still + own[k] + (before.added?.risk(knotAt(k)) ?? 0)) / risk - 1;
      }
      const coupled = yield* this.#couple(accuracy, new AddedRisk(given, parts));
      if (!coupled) return null;
      after = coupled;
      this.#coupled = coupled;
    }
    states?.forEach((parts, i) => {
      onState!(i, parts.whole(moving, resting, given.clock(Math.sqrt(times[i]))));
    });
    const snapshots = sums.map((sum, i): Snapshot => {
      const [old, now] = [before.result.snapshots[i]!, after.result.snapshots[i]!];
      // Nothing has moved yet at t = 0.
      const moved = old.means.map((mean, k) => (i === 0 ? 0 : now.means[k] - mean));
      return sum.snapshot(averager.resting, moved);
    });
    return {
      ...after.result,
      classes: moving.classes,
      snapshots,
      steps,
      rejected,
      work,
      nodes,
    };
  }
}
