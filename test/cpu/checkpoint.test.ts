/** A run that is left at a checkpoint and gone on with from its state says what the unbroken run says, bit for bit. */
import { afterAll, describe, expect, test } from 'vitest';
import { createCpuEngine, createReferenceEngine } from '../../src/cpu/index.ts';
import { controlledMeanField } from '../../src/cpu/reference/control-variate.ts';
import { simulatorOf } from '../../src/cpu/workers/registry.ts';
import type { PathState } from '../../src/cpu/workers/simulator.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import { programOf } from '../../src/statistics/program.ts';
import type { EngineEvent, EngineState, EnsembleRequest } from '../../src/statistics/stream.ts';
import { problemOf } from './support.ts';

const engines = {
  'reference, on the calling thread': createReferenceEngine({ workers: 0 }),
  'reference, three threads': createReferenceEngine({ workers: 3, smallestShared: 0 }),
  'cpu, on the calling thread': createCpuEngine({ workers: 0 }),
  'cpu, three threads': createCpuEngine({ workers: 3, smallestShared: 0 }),
};
afterAll(() => Promise.all(Object.values(engines).map((engine) => engine.dispose())));

const path = { end: 100, risk: (t: number) => 0.5 * Math.exp(-t), clock: (t: number) => -0.125 * Math.expm1(-t) };
const sde = { kind: 'sde', timeStep: 0.01, scheme: 'strang', coupling: 'interacting' } as const;
const target = { kind: 'gaussian', scale: 1 };

const many = (horizon: number, count: number) => Array.from({ length: count + 1 }, (_, i) => (horizon * i) / count);

const requests: Record<string, Pick<EnsembleRequest, 'problem' | 'method'> & { times: number[]; count: number }> = {
  'SGD, plain': {
    problem: problemOf(
      { dimension: 200, target, labelNoise: 0.2 },
      { kind: 'power', initial: 0.4, exponent: 0.3, time: 1 },
    ),
    method: { kind: 'sgd' },
    times: many(2, 12),
    count: 4,
  },
  'SGD, plain, mini-batch of a heavy law': {
    problem: problemOf({ dimension: 100, target, batchSize: 5, features: { kind: 'student-t', degrees: 6 } }),
    method: { kind: 'sgd' },
    times: many(3, 9),
    count: 4,
  },
  'SGD on finite data, its training risk at save times': {
    problem: problemOf({
      dimension: 60,
      target,
      labelNoise: 0.2,
      batchSize: 3,
      data: { kind: 'finite', samples: 100, order: 'shuffled', shared: false },
    }),
    method: { kind: 'sgd' },
    times: many(4, 9),
    count: 4,
  },
  'SGD, bridge': {
    problem: problemOf({ dimension: 20_000, target, labelNoise: 0.1, batchSize: 2 }),
    method: { kind: 'sgd' },
    times: many(0.006, 4),
    count: 3,
  },
  // Save times an odd number of steps apart: the last pass before each has one.
  'SGD, two steps a pass': {
    problem: problemOf({ dimension: 20_000, target, labelNoise: 0.1 }),
    method: { kind: 'sgd' },
    times: [0, 31, 62, 93, 400].map((step) => step / 20_000),
    count: 3,
  },
  'SDE, interacting': { problem: problemOf({ dimension: 3000, target }), method: sde, times: many(2, 4), count: 3 },
  // Four steps between save times, and 700 in the last interval: a call ends between two knots.
  'SDE, interacting, long': {
    problem: problemOf({ dimension: 3000, target }),
    method: sde,
    times: [0, 0.04, 8],
    count: 2,
  },
  'SDE, euler': {
    problem: problemOf({ dimension: 3000, target }),
    method: { ...sde, scheme: 'euler' },
    times: many(1, 4),
    count: 3,
  },
  'SDE, mean-field': {
    problem: problemOf({ dimension: 9000, target }),
    method: { ...sde, coupling: path },
    times: [0, 0.5, 2],
    count: 3,
  },
  'SGD, heavy ball': {
    problem: {
      ...problemOf({ dimension: 300, target, labelNoise: 0.2 }),
      momentum: { kind: 'heavy-ball', value: 0.6 },
      stepSize: { kind: 'cosine', initial: 0.2, final: 0.01 },
    },
    method: { kind: 'sgd' },
    times: many(2, 12),
    count: 3,
  },
  'SGD, Nesterov with AdaGrad-Norm, mini-batch': {
    problem: {
      ...problemOf({ dimension: 301, target, batchSize: 3 }),
      momentum: { kind: 'nesterov', value: 0.4 },
      stepSize: { kind: 'adagrad-norm', eta: 0.3, b0: 0.5 },
    },
    method: { kind: 'sgd' },
    times: many(2, 8),
    count: 3,
  },
  'SGD, an expression': {
    problem: {
      ...problemOf({ dimension: 20_000, target }),
      stepSize: { kind: 'expression', expression: '0.5 / (1 + integral(risk * curvature))', min: 0, max: 1 },
    },
    method: { kind: 'sgd' },
    times: many(0.006, 4),
    count: 2,
  },
  // Near the largest stable step size, some replicas diverge, at different times.
  'SGD, some of which diverges': {
    problem: problemOf({ dimension: 100, target }, 1.8),
    method: { kind: 'sgd' },
    times: many(8, 8),
    count: 6,
  },
};

function requestFor(name: string, change: Partial<EnsembleRequest> = {}): EnsembleRequest {
  const { problem, method, times, count } = requests[name];
  const statistics = resolveStatistics([
    'risk',
    'effectiveInitialization',
    { name: 'mine', expression: 'lambda*(beta-b)^4' },
    ...(problem.data ? ['trainRisk'] : []),
  ]);
  return {
    problem,
    method,
    times: Float64Array.from(times),
    statistics,
    replicas: { first: 2, count },
    seed: 9,
    ...change,
  };
}

/** Samples by (replica, time), failures by replica, work done. */
class Told {
  readonly samples = new Map<string, string>();
  readonly failures = new Map<number, string>();
  done = 0;

  add(event: EngineEvent): void {
    if (event.type === 'progress') this.done += event.done;
    else if (event.type === 'failure') {
      expect(this.failures.has(event.replica)).toBe(false);
      this.failures.set(event.replica, `${event.time} ${event.message}`);
    } else if (event.type === 'samples') {
      const key = `${event.firstReplica} ${event.timeIndex}`;
      expect(this.samples.has(key)).toBe(false);
      this.samples.set(key, event.values.join(' '));
    }
  }
}

type Run = (request: EnsembleRequest) => AsyncIterable<EngineEvent>;

async function unbroken(run: Run, request: EnsembleRequest): Promise<Told> {
  const told = new Told();
  for await (const event of run(request)) told.add(event);
  return told;
}

/** Leaves the run at every checkpoint that `due` asks for, at most `most` times, and goes on from a copy of the state. */
async function inPieces(run: Run, request: EnsembleRequest, due: () => () => boolean, most: number) {
  const told = new Told();
  let from: EngineState | undefined;
  for (let pieces = 1; ; pieces++) {
    let left: EngineState | undefined;
    const checkpointDue = pieces > most ? undefined : due();
    for await (const event of run({ ...request, from, checkpointDue })) {
      told.add(event);
      if (event.type !== 'checkpoint') continue;
      left = structuredClone(event.state);
      break;
    }
    if (left === undefined) return { told, pieces };
    from = left;
  }
}

/** On one thread: at the n-th time that somebody asks. */
const onThe = (n: number) => () => {
  let asked = 0;
  return () => ++asked >= n;
};

/** On several threads, which ask after slices of 30 ms: after the first of them. */
const later = () => {
  const start = performance.now();
  return () => performance.now() - start > 20;
};

describe.each(Object.keys(requests))('%s', (name) => {
  test.each(['reference', 'cpu'] as const)('%s, on the calling thread', async (which) => {
    const run: Run = (request) => engines[`${which}, on the calling thread`].run(request);
    const request = requestFor(name);
    const whole = await unbroken(run, request);
    if (name.includes('diverges')) expect(whole.failures.size).toBeGreaterThan(0);
    // Asked at the start and after each batch: with n = 1 a piece is left where it begins, so that nothing is done in it.
    const none = await inPieces(run, request, onThe(1), 3);
    expect(none).toEqual({ told: whole, pieces: 4 });
    const { told } = await inPieces(run, request, onThe(2), 5);
    expect(told).toEqual(whole);
  });

  /** Without the pool: left at every place where a path can be, and taken up by another simulator, of another team of threads. */
  test.each(['reference', 'cpu'] as const)('%s: every place where a path can be left', async (simulator) => {
    const { problem, seed } = requestFor(name);
    const plan = programOf(requestFor(name));
    const job = { problem, plan, seed, wantsLogInvariant: true };
    const open = async () => (await simulatorOf(simulator)).open(job);
    const states: PathState[] = [];
    const follow = async (from?: PathState, stopAfter = Number.POSITIVE_INFINITY) => {
      const told: string[] = [];
      let left: PathState | undefined;
      let seen = 0;
      const steps = (await open())(
        3,
        {
          sample: (timeIndex, { p, q, s }) => told.push(`${timeIndex} ${hash(p)} ${hash(q)} ${s ? hash(s) : ''}`),
          failure: (timeIndex, message, end) => told.push(`${timeIndex} ${end} ${message}`),
          rest: (state) => {
            if (++seen <= stopAfter) return false;
            left = state();
            return true;
          },
        },
        from,
      );
      for (const _ of steps) if (left) break;
      return { told, left, seen };
    };
    const whole = await follow();
    expect(whole.told.length).toBeGreaterThan(1);
    for (const share of [0.01, 0.37, 0.5, 0.83]) {
      const first = await follow(undefined, Math.floor(share * whole.seen));
      if (!first.left) continue;
      states.push(first.left);
      const second = await follow(first.left);
      expect([...first.told, ...second.told]).toEqual(whole.told);
    }
    expect(states.length).toBeGreaterThan(0);
  });
});

function hash(x: ArrayLike<number>): string {
  const words = new Uint32Array(Float64Array.from(x).buffer);
  let h = 2166136261;
  for (const word of words) h = Math.imul(h ^ word, 16777619) + (h >>> 13);
  return String(h >>> 0);
}

test('the control variate', async () => {
  const request = requestFor('SDE, mean-field');
  const whole = await unbroken(controlledMeanField, request);
  const { told, pieces } = await inPieces(controlledMeanField, request, onThe(20), 4);
  expect(pieces).toBe(5);
  expect(told).toEqual(whole);
});

describe('three threads', () => {
  const long = (method: EnsembleRequest['method'], dimension: number, horizon: number) =>
    requestFor('SGD, plain', {
      problem: problemOf({ dimension, target }),
      method,
      times: Float64Array.from(many(horizon, 4)),
      replicas: { first: 0, count: 4 },
    });
  const runOn = (which: keyof typeof engines): Run => {
    return (request) => engines[which].run(request);
  };

  test.each([
    ['reference', 'SGD', long({ kind: 'sgd' }, 700, 3)],
    ['cpu', 'SGD', long({ kind: 'sgd' }, 2000, 2)],
    ['reference', 'SDE', long(sde, 3000, 1)],
    ['cpu', 'SDE', long(sde, 10_000, 2)],
  ] as const)('%s: %s', async (which, _, request) => {
    const whole = await unbroken(runOn(`${which}, on the calling thread`), request);
    const { told, pieces } = await inPieces(runOn(`${which}, three threads`), request, later, 4);
    expect(pieces).toBeGreaterThan(1);
    expect(told).toEqual(whole);
  });

  test('a replica on a team goes on with another team, and alone', async () => {
    const request = { ...long(sde, 70_000, 5), replicas: { first: 0, count: 1 } };
    const whole = await unbroken(runOn('cpu, on the calling thread'), request);
    const team = await inPieces(runOn('cpu, three threads'), request, later, 3);
    expect(team.pieces).toBeGreaterThan(1);
    expect(team.told).toEqual(whole);
    const taken = await inPieces(
      (one) => engines[one.from ? 'cpu, on the calling thread' : 'cpu, three threads'].run(one),
      request,
      later,
      2,
    );
    expect(taken.told).toEqual(whole);
  });
});

test.each([
  ['another engine', (state: EngineState) => ({ ...state, engine: 'gpu' }), /its own; found that of gpu/],
  ['no ranges', (state: EngineState) => ({ ...state, ranges: 7 }), /ranges/],
  [
    'replicas of nobody',
    () => ({ engine: 'reference', ranges: [{ first: 900, count: 2, from: null }] }),
    /disjoint ranges of replicas 2 to 5; found 2 from 900/,
  ],
  [
    'replicas twice',
    () => ({
      engine: 'reference',
      ranges: [
        { first: 2, count: 2, from: null },
        { first: 3, count: 1, from: null },
      ],
    }),
    /disjoint/,
  ],
  [
    'a state of another size',
    () => ({ engine: 'reference', ranges: [{ first: 2, count: 1, from: new Float64Array(5) }] }),
    /must hold 402 numbers; found 5/,
  ],
  [
    'a step of another time',
    () => ({ engine: 'reference', ranges: [{ first: 2, count: 1, from: new Float64Array(402).fill(7) }] }),
    /step 7 before save time 7/,
  ],
])('refuses %s with a reason', async (_, change, reason) => {
  const engine = engines['reference, on the calling thread'];
  const from = change({ engine: 'reference', ranges: [] });
  await expect(unbroken((one) => engine.run(one), requestFor('SGD, plain', { from }))).rejects.toThrow(reason);
});
