/** Shares ranges of replicas out among threads, one range at a time each; who computes a range changes nothing in it. */
import type { Moment } from '../../expression/expression.ts';
import type { Batch, FromWorker, JobSpec, Range } from './protocol.ts';
import { simulatorOf } from './registry.ts';
import { Runner } from './runner.ts';
import { startThread, type Thread } from './thread.ts';

/** A worker thread stopped while it was simulating; its replicas have no result. */
export class WorkerCrashError extends Error {
  override readonly name = 'WorkerCrashError';
  constructor(
    /** The replicas that were running: first, …, first + count − 1. */
    readonly replicas: Range,
    reason: string,
  ) {
    const last = replicas.first + replicas.count - 1;
    const which = replicas.count > 1 ? `replicas ${replicas.first} to ${last}` : `replica ${replicas.first}`;
    super(
      `a worker thread stopped while it simulated ${which}: ${reason}. Run again, with fewer workers if memory is short.`,
    );
  }
}

/** No worker could be started here; the message says why, and what to do. */
export class WorkerStartError extends Error {
  override readonly name = 'WorkerStartError';
  constructor(reason: string) {
    super(`a worker could not be started: ${reason}.`);
  }
}

/** What a job's owner hears. After `finished` or `failed` nothing follows. */
export interface JobEvents {
  batch(batch: Batch): void;
  /** The answer to `checkpoint`: all that remains to be run after the batches that have come. */
  left(ranges: readonly Range[]): void;
  finished(): void;
  failed(error: Error): void;
}

export interface PoolJob {
  /** Gives the job up, or forgets it, when finished. */
  close(): void;
  /** Lets it rest after its present slices, or go on. */
  hold(held: boolean): void;
  /** Whether somebody waits for its next event: only then does it keep Node alive. At first nobody does. */
  await(awaited: boolean): void;
  /** Asks for what remains: every path is left at one moment, and goes on once all are. Not again before the answer. */
  checkpoint(): void;
}

export interface Pool {
  /** Runs all ranges. */
  submit(spec: JobSpec, moments: readonly Moment[], ranges: readonly Range[], events: JobEvents): PoolJob;
  dispose(): Promise<void>;
}

/** Runs jobs on the calling thread, yielding to its event loop between slices. */
export class LocalPool implements Pool {
  readonly #open = new Map<() => void, JobEvents>();

  submit(spec: JobSpec, moments: readonly Moment[], ranges: readonly Range[], events: JobEvents): PoolJob {
    let closed = false;
    let held = false;
    let runner: Runner | undefined;
    let next = 0;
    let wanted = false;
    const close = () => {
      closed = true;
      runner?.close();
      this.#open.delete(close);
    };
    this.#open.set(close, events);
    const work = async () => {
      runner = await Runner.open(await simulatorOf(spec.simulator), spec, moments);
      if (closed) runner.close();
      runner.hold(held);
      while (next < ranges.length) {
        if (closed) return;
        if (wanted) runner.leave();
        await runner.run(
          ranges[next++],
          (batch) => !closed && events.batch(batch),
          (range) => {
            wanted = false;
            events.left([range, ...ranges.slice(next)]);
            runner!.go();
          },
        );
      }
    };
    work().then(
      () => {
        if (!closed) events.finished();
        close();
      },
      (error: unknown) => {
        if (!closed) events.failed(error instanceof Error ? error : new Error(String(error)));
        close();
      },
    );
    return {
      close,
      hold: (next) => {
        held = next;
        runner?.hold(held && !closed);
      },
      // Slices of the calling thread keep it alive, and rest where nobody reads.
      await: () => {},
      checkpoint: () => {
        wanted = true;
        runner?.leave();
      },
    };
  }

  async dispose(): Promise<void> {
    for (const [close, events] of this.#open) {
      close();
      events.failed(disposed());
    }
  }
}

function disposed(): Error {
  return new Error('the engine was disposed of while it ran.');
}

interface Task {
  readonly id: number;
  readonly spec: JobSpec;
  readonly waiting: Range[];
  running: number;
  readonly events: JobEvents;
  over: boolean;
  held: boolean;
  awaited: boolean;
  /** What remains of the ranges that were left so far for a checkpoint; null while none is asked for. */
  left: Range[] | null;
  /** Members that have not been left yet. */
  readonly leaving: Set<Member>;
}

interface Member {
  readonly thread: Thread;
  readonly jobs: Set<number>;
  task: Task | null;
  /** What it runs; null while it is idle or assists. */
  range: Range | null;
}

/** Threads are started when there is work for them, kept for the next job, and keep Node alive only while somebody waits for them. */
export class ThreadPool implements Pool {
  readonly #size: number;
  readonly #url: URL | undefined;
  readonly #members = new Set<Member>();
  readonly #tasks: Task[] = [];
  #next = 0;

  /** `url`: of the workers' program, where it is not the package's own. */
  constructor(size: number, url?: URL) {
    this.#size = size;
    this.#url = url;
  }

  submit(spec: JobSpec, _moments: readonly Moment[], ranges: readonly Range[], events: JobEvents): PoolJob {
    const task: Task = {
      id: this.#next++,
      spec,
      waiting: [...ranges],
      running: 0,
      events,
      over: false,
      held: false,
      awaited: false,
      left: null,
      leaving: new Set(),
    };
    this.#tasks.push(task);
    this.#assign();
    return {
      close: () => this.#end(task),
      hold: (held) => this.#hold(task, held),
      await: (awaited) => this.#await(task, awaited),
      checkpoint: () => this.#leave(task),
    };
  }

  async dispose(): Promise<void> {
    for (const task of [...this.#tasks]) {
      this.#end(task);
      task.events.failed(disposed());
    }
    const members = [...this.#members];
    this.#members.clear();
    await Promise.all(members.map((member) => member.thread.terminate()));
  }

  #assign(): void {
    for (const task of this.#tasks) {
      while (task.waiting.length > 0 && !task.held && !task.left) {
        const member = this.#idle(task);
        if (!member) return;
        const range = task.waiting.shift()!;
        member.range = range;
        task.running++;
        this.#engage(member, task);
        if (!member.jobs.has(task.id)) {
          member.jobs.add(task.id);
          const helpers = this.#findHelpers(task);
          member.thread.post({ kind: 'open', job: task.id, spec: task.spec, helpers }, helpers);
        }
        member.thread.post({ kind: 'run', job: task.id, range });
      }
    }
  }

  #hold(task: Task, held: boolean): void {
    if (task.over || task.held === held) return;
    task.held = held;
    for (const member of this.#members) {
      if (member.jobs.has(task.id)) member.thread.post({ kind: 'hold', job: task.id, held });
    }
    this.#assign();
  }

  #await(task: Task, awaited: boolean): void {
    if (task.awaited === awaited) return;
    task.awaited = awaited;
    for (const member of this.#members) if (member.task === task) member.thread.hold(awaited);
  }

  #leave(task: Task): void {
    if (task.over || task.left) return;
    task.left = [];
    for (const member of this.#members) {
      if (member.task !== task || !member.range) continue;
      task.leaving.add(member);
      member.thread.post({ kind: 'leave', job: task.id });
    }
    this.#whenAllLeft(task);
  }

  /** Tells what remains and lets the members go on, once the last of them has been left, or has come to the end of its range. */
  #whenAllLeft(task: Task): void {
    if (!task.left || task.leaving.size > 0 || task.over) return;
    const ranges = [...task.left, ...task.waiting];
    task.left = null;
    task.events.left(ranges);
    for (const member of this.#members) {
      // Also to who came to its end first: a word that reached it too late would stop its next range.
      if (member.jobs.has(task.id)) member.thread.post({ kind: 'go', job: task.id });
    }
    this.#assign();
  }

  #engage(member: Member, task: Task | null): void {
    member.task = task;
    member.thread.hold(task?.awaited ?? false);
  }

  /** Threads that are free now join the one that opens a job, until the job ends; ports to them. */
  #findHelpers(task: Task): MessagePort[] {
    const ports: MessagePort[] = [];
    while (ports.length < task.spec.threadsPerReplica - 1) {
      const helper = this.#idle(task);
      if (!helper) break;
      const { port1, port2 } = new MessageChannel();
      this.#engage(helper, task);
      helper.thread.post({ kind: 'assist', job: task.id, port: port2 }, [port2]);
      ports.push(port1);
    }
    return ports;
  }

  /** A free thread, best one that has opened the task already; started if there may be one more. */
  #idle(task: Task): Member | undefined {
    const free = [...this.#members].filter((member) => !member.task);
    const known = free.find((member) => member.jobs.has(task.id)) ?? free[0];
    if (known) return known;
    if (this.#members.size >= this.#size) return undefined;
    const member: Member = {
      thread: startThread(
        {
          message: (message) => this.#receive(member, message),
          crash: (reason, hasStarted) => this.#crashed(member, reason, hasStarted),
        },
        this.#url,
      ),
      jobs: new Set(),
      task: null,
      range: null,
    };
    this.#members.add(member);
    return member;
  }

  #receive(member: Member, message: Exclude<FromWorker, { kind: 'ready' }>): void {
    const { task } = member;
    if (!task) return;
    if (message.kind === 'batch') {
      if (!task.over) task.events.batch(message.batch);
      return;
    }
    if (message.kind === 'left') {
      task.left?.push(message.range);
      task.leaving.delete(member);
      this.#whenAllLeft(task);
      return;
    }
    task.leaving.delete(member);
    member.range = null;
    this.#engage(member, null);
    task.running--;
    if (message.kind === 'error' && !task.over) {
      const error = new Error(message.message);
      error.stack = message.stack || error.stack;
      this.#end(task);
      task.events.failed(error);
    } else if (!task.over && task.running === 0 && task.waiting.length === 0) {
      this.#end(task);
      task.events.finished();
    } else this.#whenAllLeft(task);
    this.#assign();
  }

  #crashed(member: Member, reason: string, hasStarted: boolean): void {
    this.#members.delete(member);
    const { task } = member;
    const team = task ? [...this.#members].filter((other) => other.task === task) : [];
    const range = member.range ?? team.find((other) => other.range)?.range;
    if (task && task.spec.threadsPerReplica > 1) {
      // Who waits for the lost thread at a barrier hears nothing any more.
      for (const other of team) {
        this.#members.delete(other);
        void other.thread.terminate();
      }
    }
    if (task && range && !task.over) {
      this.#end(task);
      task.events.failed(hasStarted ? new WorkerCrashError(range, reason) : new WorkerStartError(reason));
    }
    this.#assign();
  }

  #end(task: Task): void {
    task.over = true;
    const place = this.#tasks.indexOf(task);
    if (place < 0) return;
    this.#tasks.splice(place, 1);
    for (const member of this.#members) {
      if (member.jobs.delete(task.id)) member.thread.post({ kind: 'close', job: task.id });
      // A helper hears what is next once its lead lets it go.
      else if (member.task === task && !member.range) this.#engage(member, null);
    }
  }
}
