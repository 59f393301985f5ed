/** Runs: the one that goes on, and those that are kept. */
import { batch, computed, type Signal, signal } from '@preact/signals';
import type { Experiment } from '../../problem/index.ts';
import type { Adapter, Backend, Curve, Result, ResultEvent } from '../../results/index.ts';
import { type PackedCurve, pack } from '../../results/plot/packed.ts';
import { type BackendChoice, VERSION } from '../../run/index.ts';
import { end, listen, onCrash, post } from '../worker/client.ts';
import { unpack } from '../worker/pack.ts';
import type { Ending, FromWorker, KeptRun, MethodName, Surroundings } from '../worker/protocol.ts';
import { frame } from './frame.ts';
import { say } from './voice.ts';

export type RunState = 'starting' | 'running' | 'paused' | 'finished' | 'stopped' | 'failed';

export interface MethodProgress extends MethodName {
  readonly total: number;
  readonly unit: 'coordinate-steps' | 'percent';
  readonly done: number;
  readonly rate: number;
  /** What it waits for, and how much of that is done, 0 … 1; null while its own work goes on. */
  readonly phase: { readonly what: string; readonly done: number } | null;
  readonly outcome: 'running' | 'finished' | 'failed' | 'interrupted';
}

/** Everything known of a run at one moment. A change makes a new object. */
export interface RunData {
  readonly state: RunState;
  readonly backend: Backend | null;
  readonly adapter: Adapter | null;
  readonly methods: readonly MethodProgress[];
  /** In the order of the file, then of the statistics. */
  readonly curves: readonly PackedCurve[];
  readonly events: readonly ResultEvent[];
  /** The rest of the result; null until the run has ended. */
  readonly ending: Ending | null;
  /** Anything that the reader must be told, last word last. */
  readonly notices: readonly string[];
}

export interface Run {
  readonly id: number;
  readonly experiment: Experiment;
  readonly choice: BackendChoice | null;
  readonly name: Signal<string>;
  /** Drawn together with the current run. */
  readonly overlaid: Signal<boolean>;
  readonly data: Signal<RunData>;
  /** 'side' runs serve a tab (the density) and are not listed. */
  readonly purpose: 'main' | 'side';
  /** Begun by a control that was let go: the next such run takes its place, unless the reader has kept it. */
  readonly isPassing: boolean;
}

const NOTHING: RunData = {
  state: 'starting',
  backend: null,
  adapter: null,
  methods: [],
  curves: [],
  events: [],
  ending: null,
  notices: [],
};

/** Newest first. */
export const runs = signal<readonly Run[]>([]);
const sideRuns = new Map<number, Run>();
export const currentId = signal<number | null>(null);
export const current = computed(() => runs.value.find(({ id }) => id === currentId.value) ?? null);
export const surroundings = signal<Surroundings | null>(null);
export const backend = signal<BackendChoice>('auto');
/** Runs of an earlier visit that were left before their end, latest first. */
export const unfinished = signal<readonly KeptRun[]>([]);

/** The current run and the overlaid ones, current first. */
export const drawn = computed(() =>
  runs.value
    .filter((run) => run === current.value || run.overlaid.value)
    .sort((a, b) => Number(b === current.value) - Number(a === current.value)),
);

let counter = 0;

/** `d=4096, γ=0.5, seed 1` */
export function describe({ problem, stepSize, seed }: Experiment): string {
  const gamma = typeof stepSize === 'number' ? stepSize : stepSize.kind;
  return `d=${problem.dimension}, γ=${gamma}, seed ${seed}`;
}

function make(experiment: Experiment, purpose: Run['purpose'], choice: BackendChoice | null, isPassing = false): Run {
  return {
    id: ++counter,
    experiment,
    choice,
    name: signal(describe(experiment)),
    overlaid: signal(false),
    data: signal(NOTHING),
    purpose,
    isPassing,
  };
}

export function isActive({ data }: Run): boolean {
  return ['starting', 'running', 'paused'].includes(data.value.state);
}

/** Starts a run and makes it the current one; one that still goes on is stopped. */
export function start(experiment: Experiment, name?: string, isPassing = false): Run {
  return begin(experiment, backend.value, name, null, isPassing);
}

/** Goes on with a run that was left, from its last checkpoint. */
export function goOn(left: KeptRun): Run {
  unfinished.value = unfinished.value.filter(({ key }) => key !== left.key);
  return begin(left.experiment, left.backend, left.name, left.key);
}

/** Deletes what was kept of a run that was left. */
export function discard({ key }: KeptRun): void {
  post({ type: 'forget', key });
}

/** Named and overlaid runs are the reader's. */
function isKept({ isPassing, name, overlaid, experiment }: Run): boolean {
  return !isPassing || overlaid.value || name.value !== describe(experiment);
}

function begin(
  experiment: Experiment,
  choice: BackendChoice,
  name: string | undefined,
  key: string | null,
  isPassing = false,
): Run {
  const before = current.value;
  const run = make(experiment, 'main', choice, isPassing);
  if (name) run.name.value = name;
  batch(() => {
    if (before !== null && isActive(before)) stop(before);
    const others = isPassing ? runs.value.filter((one) => one !== before || isKept(one)) : runs.value;
    runs.value = [run, ...others];
    currentId.value = run.id;
  });
  // A page inside another leaves nothing in the reader's browser.
  const keep = frame.value.embed ? null : { key: key ?? newKey(), name: run.name.value };
  post({ type: 'start', run: run.id, experiment, backend: choice, main: true, edges: null, keep, goOn: key !== null });
  return run;
}

/** (crypto.randomUUID exists on secure pages only.) */
function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)), (word) => word.toString(36)).join('');
}

/** A run for a tab of its own: same engine choice, not listed. */
export function startSide(experiment: Experiment, choice: BackendChoice, edges: Float64Array | null): Run {
  const run = make(experiment, 'side', choice);
  sideRuns.set(run.id, run);
  post({ type: 'start', run: run.id, experiment, backend: choice, main: false, edges, keep: null, goOn: false });
  return run;
}

export function forgetSide(run: Run): void {
  if (isActive(run)) stop(run);
  sideRuns.delete(run.id);
}

export function pause(run: Run): void {
  post({ type: 'pause', run: run.id });
}

export function resume(run: Run): void {
  post({ type: 'resume', run: run.id });
}

export function stop(run: Run): void {
  post({ type: 'stop', run: run.id });
}

export function remove(run: Run): void {
  if (isActive(run)) stop(run);
  runs.value = runs.value.filter((other) => other !== run);
  if (currentId.value === run.id) currentId.value = runs.value[0]?.id ?? null;
}

/** A finished result from a file. */
export function addResult(result: Result, name: string): Run {
  const run = make(result.experiment, 'main', null);
  run.name.value = name;
  run.data.value = {
    ...NOTHING,
    state: result.events.some(({ kind }) => kind === 'interrupted') ? 'stopped' : 'finished',
    backend: result.provenance.backend,
    adapter: result.provenance.adapter,
    curves: result.curves.map(pack),
    events: result.events,
    ending: result,
  };
  batch(() => {
    runs.value = [run, ...runs.value];
    currentId.value = run.id;
  });
  return run;
}

/** A run of before a reload or of an earlier visit, as it ended. */
export function addKept(
  experiment: Experiment,
  name: string,
  choice: BackendChoice | null,
  data: RunData,
  isOverlaid: boolean,
): Run {
  const run = make(experiment, 'main', choice);
  run.name.value = name;
  run.overlaid.value = isOverlaid;
  run.data.value = data;
  runs.value = [run, ...runs.value];
  return run;
}

/** The run in the result format; null until it has ended. */
export function resultOf(run: Run): Result | null {
  const { ending, curves } = run.data.value;
  return ending && { ...ending, curves: curves.map(unpack) as Curve[] };
}

/** What wrote the numbers of a run. */
export function softwareOf(run: Run): string {
  return run.data.value.ending?.provenance.software ?? `diagflow ${VERSION}`;
}

export function lookAround(): void {
  post({ type: 'look' });
  if (!frame.value.embed) post({ type: 'unfinished' });
}

function find(id: number): Run | undefined {
  return runs.value.find((run) => run.id === id) ?? sideRuns.get(id);
}

const isMethod = (a: MethodName) => (b: MethodName) => a.index === b.index;

listen((message: FromWorker) => {
  if (message.type === 'surroundings') {
    surroundings.value = message.surroundings;
    return;
  }
  if (message.type === 'unfinished') {
    unfinished.value = message.kept;
    return;
  }
  if (!('run' in message)) return;
  const run = find(message.run);
  if (run !== undefined) run.data.value = { ...run.data.value, ...changed(run, message) };
});

type RunMessage = Extract<FromWorker, { run: number }>;

function changed(run: Run, message: RunMessage): Partial<RunData> {
  const data = run.data.value;
  const main = run.purpose === 'main';
  switch (message.type) {
    case 'start':
      return { state: 'running', backend: message.backend, adapter: message.adapter };
    case 'method-start': {
      const { method, index, total, unit } = message;
      const entry: MethodProgress = { method, index, total, unit, done: 0, rate: 0, phase: null, outcome: 'running' };
      return { methods: [...data.methods.filter((other) => other.index !== index), entry] };
    }
    case 'progress':
      return { methods: updated(data, message, { done: message.done, rate: message.rate, phase: null }) };
    case 'phase':
      return { methods: updated(data, message, { phase: { what: message.what, done: message.done } }) };
    case 'method-end': {
      const known = data.methods.find(isMethod(message));
      const done = message.outcome === 'finished' ? (known?.total ?? 0) : (known?.done ?? 0);
      const rate = message.outcome === 'finished' && message.seconds > 0 ? done / message.seconds : (known?.rate ?? 0);
      return { methods: updated(data, message, { outcome: message.outcome, done, rate, phase: null }) };
    }
    case 'curves': {
      const others = data.curves.filter(({ index }) => index !== message.index);
      return { curves: [...others, ...message.curves].sort((a, b) => a.index - b.index) };
    }
    case 'failure':
      return { events: [...data.events, message.event] };
    case 'device-lost': {
      const where = message.next === 'cpu' ? 'on the CPU' : 'on a new device';
      const again = message.goesOn
        ? `goes on from its last checkpoint ${where}`
        : `started again from t = 0 ${where}; the same seed gives the same paths`;
      const notice = `The GPU device was lost. The run ${again}.`;
      if (main) say(notice);
      return { ...NOTHING, notices: [...data.notices, notice] };
    }
    case 'notice':
      return { notices: [...data.notices, message.message] };
    case 'paused':
      if (main) say(message.paused ? 'Paused' : 'Going on');
      return isActive(run) ? { state: message.paused ? 'paused' : 'running' } : {};
    case 'end': {
      const { ending } = message;
      const failed = data.methods.length > 0 && data.methods.every(({ outcome }) => outcome === 'failed');
      const state = message.interrupted ? 'stopped' : failed ? 'failed' : 'finished';
      if (main) say(`Run ${state}`);
      return { state, ending, events: ending.events };
    }
    case 'error':
      if (main) say(`The run failed: ${message.message}`);
      return { state: 'failed', notices: [...data.notices, message.message] };
  }
}

function updated(data: RunData, name: MethodName, change: Partial<MethodProgress>): MethodProgress[] {
  return data.methods.map((entry) => (isMethod(name)(entry) ? { ...entry, ...change } : entry));
}

onCrash((reason) => {
  for (const run of [...runs.value, ...sideRuns.values()]) {
    if (!isActive(run)) continue;
    const notice = `The page's worker stopped (${reason}). Run again.`;
    run.data.value = { ...run.data.value, state: 'failed', notices: [...run.data.value.notices, notice] };
  }
});

/**
 * A page that is left may be kept in case the reader comes back, its worker asleep: runs would still count as running, and would not
 * be offered where the reader is now. They end with the page; should it come back after all, it says so, and offers them.
 */
export function endWithPage(): void {
  // Firefox may put the page to sleep before its worker has ended, which then keeps its locks; it leaves pages awake that listen to this.
  addEventListener('unload', () => {});
  addEventListener('pagehide', () => {
    if (![...runs.value, ...sideRuns.values()].some(isActive)) return;
    const tell = end();
    const back = () => {
      tell('the page was left');
      lookAround();
    };
    addEventListener('pageshow', back, { once: true });
  });
}
