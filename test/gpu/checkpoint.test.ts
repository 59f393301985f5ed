/** A run that is left at a checkpoint and gone on with from its state says what the unbroken run says, bit for bit. */
import { afterAll, describe, expect, it } from 'vitest';
import type { Problem } from '../../src/problem/index.ts';
import type { EngineState, EnsembleRequest, SdeRequest } from '../../src/statistics/index.ts';
import { closeTestDevice, testEngine } from './device.ts';
import { gpuPaths, named, requestFor, varied } from './twin.ts';

afterAll(closeTestDevice);

const sde: SdeRequest = { kind: 'sde', scheme: 'strang', timeStep: 0.05, coupling: 'interacting' };
const meanField: SdeRequest = { ...sde, coupling: { end: 9, risk: () => 0.2, clock: (t) => 0.02 * t } };
const replicas = { first: 2, count: 3 };

const momentum = { kind: 'heavy-ball', value: 0.6 } as const;
const nesterov = { kind: 'nesterov', value: 0.4 } as const;
const stepSize = { kind: 'adagrad-norm', eta: 0.1, b0: 0.5 } as const;
const own = { kind: 'expression', expression: '0.1 / (1 + integral(risk * curvature))', min: 0, max: 1 } as const;
const statistics = named('risk', 'curvature', 'stepSize');
const cubic = <Kind extends string>(kind: Kind) => ({ kind, depth: 3 });
const positive = (d: number, change: Partial<Problem>) =>
  varied(d, { u0: Float64Array.from({ length: d }, (_, i) => 0.4 + (i % 7) / 10), v0: new Float64Array(d), ...change });

const requests: [string, EnsembleRequest][] = [
  ['SGD, resident', requestFor(varied(500, { labelNoise: 0.1 }), [0, 0.1, 0.11, 0.3], { replicas })],
  ['SGD, resident, mini-batch', requestFor(varied(300, { batchSize: 3 }), [0, 0.1, 0.3], { replicas })],
  ['SGD, two steps a pass', requestFor(varied(9_000), [0, 0.001, 0.004], { replicas })],
  ['SGD, streamed mini-batch', requestFor(varied(9_000, { batchSize: 2 }), [0, 0.001, 0.004], { replicas })],
  [
    'SGD, two passes',
    requestFor(varied(9_000, { features: { kind: 'rademacher' }, batchSize: 2 }), [0, 0.001, 0.004], {
      replicas: { first: 2, count: 2 },
    }),
  ],
  ['SDE, resident', requestFor(varied(500), [0, 0.5, 1.23], { method: sde, replicas })],
  ['SDE, streamed', requestFor(varied(9_000), [0, 0.5, 1.23], { method: sde, replicas })],
  // Memories, integrals and what a step leaves for the next one are part of the state.
  [
    'SGD, heavy ball with AdaGrad-Norm',
    requestFor(varied(60, { momentum, stepSize }), [0, 0.2, 0.5], { replicas, statistics }),
  ],
  [
    'SGD of u³ − v³, Nesterov with an expression',
    requestFor(
      varied(60, { parametrization: cubic('power-difference'), momentum: nesterov, stepSize: own }),
      [0, 0.2, 0.5],
      {
        replicas,
        statistics,
      },
    ),
  ],
  [
    'SDE of u³, AdaGrad-Norm',
    requestFor(positive(60, { parametrization: cubic('power'), stepSize }), [0, 0.5, 1.23], {
      method: sde,
      replicas,
      statistics,
    }),
  ],
  ['SDE, mean-field', requestFor(varied(500), [0, 0.5, 1.23], { method: meanField, replicas })],
];

type Cut = Parameters<typeof testEngine>[0];

/** The run in pieces, each on a new engine: left after `chunks` chunks, gone on with from a copy of the state. */
async function inPieces(request: EnsembleRequest, chunks: number, cut: Cut = { chunkSteps: 7, replicasAtOnce: 2 }) {
  let from: EngineState | undefined;
  let pieces = 0;
  const stream = async function* () {
    for (;;) {
      pieces++;
      let seen = 0;
      let left: EngineState | undefined;
      const engine = await testEngine(cut);
      for await (const event of engine.run({ ...request, from, checkpointDue: () => ++seen >= chunks })) {
        yield event;
        if (event.type !== 'checkpoint') continue;
        left = structuredClone(event.state);
        break;
      }
      if (left === undefined) return;
      from = left;
    }
  };
  const paths = await gpuPaths({ ...(await testEngine()), run: stream } as never, request);
  return { paths, pieces };
}

describe.each(requests)('%s', (_, request) => {
  it.each([1, 2])('left after every %i chunks', async (chunks) => {
    const whole = await gpuPaths(await testEngine({ chunkSteps: 7, replicasAtOnce: 2 }), request);
    const { paths, pieces } = await inPieces(request, chunks);
    expect(pieces).toBeGreaterThan(1);
    expect(paths).toEqual(whole);
  });
});

// A state is handed out between steps only: the parts of a step that was begun are submitted first.
const sliced = (['gaussian', 'uniform'] as const).map((kind): (typeof requests)[number] => [
  `SGD, ${kind} mini-batch in slices`,
  requestFor(varied(9_000, { batchSize: 9, features: { kind } }), [0, 2 / 9_000, 3 / 9_000], { replicas }),
]);
const generic: (typeof requests)[number] = [
  'SGD, Nesterov with AdaGrad-Norm, mini-batch in slices',
  requestFor(varied(600, { batchSize: 9, momentum: nesterov, stepSize }), [0, 2 / 600, 3 / 600], { replicas }),
];
it.each([requests[2], requests[3], requests[5], ...sliced, generic])(
  '%s, submissions that end within a step',
  async (_, request) => {
    const few = { ...request, times: request.times.slice(0, 2), replicas: { first: 2, count: 1 } };
    const whole = await gpuPaths(await testEngine(), few);
    const { paths, pieces } = await inPieces(few, 1, { chunkWorkgroups: 3, sliceDraws: 1_500 });
    expect(pieces).toBeGreaterThan(2);
    expect(paths).toEqual(whole);
  },
);

it('a replica that has diverged stays so, and is told once', async () => {
  const wild = requestFor(varied(100, { stepSize: { kind: 'constant', value: 3 } }), [0, 0.5, 3], {
    replicas: { first: 0, count: 4 },
  });
  const whole = await gpuPaths(await testEngine({ chunkSteps: 7, replicasAtOnce: 2 }), wild);
  expect(whole.failures.size).toBeGreaterThan(0);
  const { paths } = await inPieces(wild, 4);
  expect(paths).toEqual(whole);
});

describe('refuses with a reason', () => {
  const [, request] = requests[0];
  const take = async (from: EngineState) => {
    const engine = await testEngine();
    for await (const _ of engine.run({ ...request, from }));
  };
  const state = async () => {
    const engine = await testEngine({ chunkSteps: 7 });
    for await (const event of engine.run({ ...request, checkpointDue: () => true })) {
      if (event.type === 'checkpoint') return event.state as EngineState & { batch: Record<string, unknown> };
    }
    throw new Error('no checkpoint came');
  };

  it.each([
    ['the state of another engine', { engine: 'cpu' }, /on a GPU; found that of cpu/],
    ['no batch', { batch: 3 }, /must say which replicas/],
  ])('%s', async (_, change, reason) => {
    await expect(take({ ...(await state()), ...change })).rejects.toThrow(reason);
  });

  it.each([
    ['replicas of nobody', { first: 700 }, /must say which replicas/],
    ['a step of another time', { step: 1e9 }, /step 1000000000 before save time/],
    ['planes of another size', { planes: { anchors: new Uint32Array(8) } }, /anchors must have \d+ bytes; found 32/],
  ])('%s', async (_, change, reason) => {
    const good = await state();
    await expect(take({ ...good, batch: { ...good.batch, ...change } })).rejects.toThrow(reason);
  });
});
