/** Cuts a batch's run into submissions, in order: steps and save times, whole where they are short, in parts where they are not. */

import { EngineStateError } from '../statistics/index.ts';
import { type Batch, LARGEST_CHUNK_DISPATCHES, LARGEST_CHUNK_STEPS } from './batch.ts';
import type { Cost, Pace } from './pace.ts';
import { singly, type Work } from './stepper.ts';

/** One submission. */
export interface Planned {
  /** First step whose coefficients it needs, and their number. */
  readonly step: number;
  readonly steps: number;
  readonly work: readonly Work[];
  /** Save times that it completes; the sums of saves[i] are in row i of the results. */
  readonly saves: readonly number[];
  /** Coordinate-steps that it does. */
  readonly done: number;
  readonly cost: Cost;
}

/** Fixed lengths instead of learnt ones. Numbers do not depend on them. */
export interface FixedLengths {
  /** Steps a submission. */
  readonly steps?: number;
  /** Workgroups a submission: every step and every save time is cut into parts of that many. */
  readonly workgroups?: number;
}

/** Between two steps: steps and save times done, and whether the state is that of the start of a step. */
export interface Place {
  readonly step: number;
  readonly save: number;
  readonly atRest: boolean;
}

/** Some whole steps, or one save time. */
interface Unit {
  readonly step: number;
  readonly steps: number;
  readonly save: number | null;
  readonly work: readonly Work[];
}

class Chunk {
  readonly work: Work[] = [];
  readonly saves: number[] = [];
  steps = 0;
  done = 0;
  constructor(readonly step: number) {}

  get room(): number {
    return LARGEST_CHUNK_DISPATCHES - this.work.length;
  }

  planned(): Planned {
    const { step, steps, work, saves, done } = this;
    return { step, steps, work, saves, done, cost: costOf(work) };
  }
}

function costOf(work: readonly Work[]): Cost {
  const sum = (saves: boolean) =>
    work.reduce((total, { save, cost, x, y, times = 1 }) => (save === saves ? total + cost * x * y * times : total), 0);
  return { steps: sum(false), saves: sum(true) };
}

/** At most `count` workgroups of a grid from number `at` on, no more than `limit` in a row: whole rows, or a part of one. */
function partOf(work: Work, at: number, count: number, limit: number): Work {
  const row = Math.floor(at / work.x);
  const column = at % work.x;
  const place = { groupX: column, groupY: row };
  if (column === 0 && count >= work.x && work.x <= limit) {
    return { ...work, ...place, y: Math.min(Math.floor(count / work.x), work.y - row, limit) };
  }
  return { ...work, ...place, x: Math.min(count, work.x - column, limit), y: 1 };
}

/**
 * A save time needs the state at rest, so the steps before it end with `toRest`. A submission may end anywhere, in the middle of a step
 * too: the workgroups of a step read what the step before has left, and write where no other one of that step reads.
 */
export class Planner {
  #step = 0;
  #save = 0;
  #atRest = true;
  /** What did not fit into the last submission: its `work` from number `#item` on, there from workgroup `#group` on. */
  #unit: Unit | null = null;
  #item = 0;
  #group = 0;
  readonly #saves: number;

  constructor(
    readonly batch: Batch,
    readonly pace: Pace,
    readonly fixed: FixedLengths = {},
    /** Where to begin instead of the start. @throws EngineStateError where that is no place of this run. */
    from?: Place,
  ) {
    const { program } = batch;
    this.#saves = program.end === null ? program.saves.length : program.end.save;
    if (from === undefined) return;
    const { step, save, atRest } = from;
    const before = save > 0 ? program.saves[save - 1] : 0;
    if (save > this.#saves || step < before || (save < this.#saves && step > program.saves[save])) {
      throw new EngineStateError(
        `the state of a batch must be at a step on the way to a save time of this run; found step ${step} before save time ${save}`,
      );
    }
    this.#step = step;
    this.#save = save;
    this.#atRest = atRest;
  }

  /** Steps planned so far. */
  get step(): number {
    return this.#step;
  }

  /** Whether the state is that of a step's start, after everything planned. */
  get atRest(): boolean {
    return this.#atRest;
  }

  /** Save times planned so far. */
  get save(): number {
    return this.#save;
  }

  /** Whether nothing that was begun is left for a later submission: the place is then all that there is to know. */
  get isWhole(): boolean {
    return this.#unit === null;
  }

  /** Whether the last submission ended within a step. */
  get insideStep(): boolean {
    return this.#unit !== null && this.#unit.save === null && this.#item + this.#group > 0;
  }

  get done(): boolean {
    return this.#unit === null && this.#save >= this.#saves;
  }

  /** @param finish Only what was begun: to be left where it is whole. */
  next(finish = false): Planned {
    const chunk = new Chunk(this.#unit?.step ?? this.#step);
    for (;;) {
      this.#unit ??= finish ? null : this.#nextUnit(chunk);
      const unit = this.#unit;
      if (unit === null) break;
      if (this.#item + this.#group > 0 || !this.#fits(unit, chunk)) {
        // Kept for the next submission, or so long that it fills several.
        if (chunk.work.length === 0) this.#takePart(unit, chunk);
        break;
      }
      this.#unit = null;
      this.#take(unit, unit.work, chunk);
      chunk.done += this.#workOf(unit);
    }
    return chunk.planned();
  }

  /** What comes next, as much as fits beside what the chunk holds; null where nothing does. */
  #nextUnit(chunk: Chunk): Unit | null {
    if (this.#save >= this.#saves) return null;
    const { program, observer, stepper, count, rows } = this.batch;
    const target = program.saves[this.#save];
    const step = this.#step;
    const work: Work[] = [];
    if (step === target) {
      if (chunk.saves.length >= rows) return null;
      observer.save(work, count);
      return { step, steps: 0, save: this.#save++, work };
    }
    const { stepsPerPass = 1 } = stepper;
    let steps = this.#stepsThatFit(chunk);
    steps = steps < target - step ? steps - (steps % stepsPerPass) : target - step;
    if (steps < 1) {
      if (chunk.work.length > 0) return null;
      steps = Math.min(stepsPerPass, target - step);
    }
    const toRest = step + steps === target;
    stepper.steps(work, count, step, steps, this.#atRest, toRest);
    this.#step += steps;
    this.#atRest = toRest;
    return { step, steps, save: null, work };
  }

  #stepsThatFit(chunk: Chunk): number {
    const { stepper, count } = this.batch;
    const { dispatchesPerStep, costPerReplica } = stepper;
    // First sums, or the flow from rest, take one dispatch more.
    const byRoom = dispatchesPerStep > 0 ? Math.floor((chunk.room - 1) / dispatchesPerStep) : chunk.room;
    const most = Math.min(
      LARGEST_CHUNK_STEPS - chunk.steps,
      dispatchesPerStep > 0 || byRoom < 1 ? byRoom : Number.POSITIVE_INFINITY,
    );
    if (this.fixed.workgroups !== undefined) return 1;
    if (this.fixed.steps !== undefined) return Math.min(most, this.fixed.steps - chunk.steps);
    const left = this.pace.target - this.pace.expected(costOf(chunk.work));
    return Math.min(most, Math.floor(left / this.pace.expected({ steps: costPerReplica * count, saves: 0 })));
  }

  #fits(unit: Unit, chunk: Chunk): boolean {
    if (unit.work.length > chunk.room || unit.work.some(({ x, y }) => Math.max(x, y) > this.#widest)) return false;
    if (this.fixed.workgroups !== undefined) return false;
    if (this.fixed.steps !== undefined) return true;
    return this.pace.expected(costOf([...chunk.work, ...unit.work])) <= this.pace.target;
  }

  get #widest(): number {
    return this.batch.device.limits.maxComputeWorkgroupsPerDimension;
  }

  /** Fills an empty chunk with what is left of a unit. */
  #takePart(whole: Unit, chunk: Chunk): void {
    const isBegun = this.#item + this.#group > 0;
    const unit = isBegun ? whole : { ...whole, work: whole.work.flatMap(singly) };
    this.#unit = unit;
    const parts: Work[] = [];
    const before = this.#shareDone(unit);
    let spent = 0;
    while (this.#item < unit.work.length && parts.length < LARGEST_CHUNK_DISPATCHES) {
      const work = unit.work[this.#item];
      const each = this.pace.expected(costOf([{ ...work, x: 1, y: 1 }]));
      const affordable = this.fixed.workgroups
        ? this.fixed.workgroups - spent
        : Math.floor((this.pace.target - spent) / each);
      // At least one workgroup: it cannot be cut.
      if (affordable < 1 && parts.length > 0) break;
      const part = partOf(work, this.#group, Math.max(1, affordable), this.#widest);
      parts.push(part);
      this.#group += part.x * part.y;
      spent += part.x * part.y * (this.fixed.workgroups ? 1 : each);
      if (this.#group === work.x * work.y) {
        this.#item++;
        this.#group = 0;
      }
    }
    this.#take(unit, parts, chunk);
    const total = this.#workOf(unit);
    chunk.done = Math.round(total * this.#shareDone(unit)) - Math.round(total * before);
    if (this.#item < unit.work.length) {
      chunk.saves.length = 0;
      return;
    }
    this.#unit = null;
    this.#item = 0;
  }

  #take(unit: Unit, work: readonly Work[], chunk: Chunk): void {
    const row = chunk.saves.length;
    for (const item of work) chunk.work.push(item.save ? { ...item, first: row } : item);
    chunk.steps += unit.steps;
    if (unit.save !== null) chunk.saves.push(unit.save);
  }

  /** Coordinate-steps. */
  #workOf({ steps }: Unit): number {
    return this.batch.observer.problem.dimension * this.batch.count * steps;
  }

  /** The share of a unit's workgroups that are planned. */
  #shareDone({ work }: Unit): number {
    const groups = work.map(({ x, y }) => x * y);
    const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
    return (sum(groups.slice(0, this.#item)) + this.#group) / sum(groups);
  }
}
