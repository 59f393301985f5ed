/** Checkpoints of whole runs: the bytes, what is refused, and that events give an unbroken run wherever they are cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ensemble } from '../../src/ensemble/index.ts';
import type { Result } from '../../src/results/index.ts';
import { decodeCheckpoint, encodeCheckpoint } from '../../src/run/checkpoint-codec.ts';
import {
  type ByteSource,
  parseExperiment,
  type RunCheckpoint,
  type RunOptions,
  readCheckpoint,
  runExperiment,
  writeCheckpoint,
} from '../../src/run/index.ts';

function sourceOf(parts: readonly Uint8Array[]): ByteSource {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { size: bytes.length, read: async (from, length) => bytes.slice(from, from + length) };
}

const again = async (data: unknown) => decodeCheckpoint(sourceOf(await encodeCheckpoint(data)));

describe('the codec', () => {
  it('gives back every bit of plain data with typed arrays', async () => {
    const data = {
      numbers: [0, -0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 1.7e308, 0.1, 3],
      short: [1, Number.NEGATIVE_INFINITY],
      mixed: [1, null, 'x', 4, 5, 6, 7, 8, 9],
      f64: Float64Array.of(Number.NaN, -0, 1 / 3),
      f32: Float32Array.of(1e-40, 3.4e38, 0.1),
      u32: Uint32Array.of(2 ** 32 - 1),
      i32: Int32Array.of(-1, 7, 9),
      u8: Uint8Array.of(1, 2, 3),
      empty: [new Float64Array(0), [], {}],
      '7': { nested: { '2': [Float64Array.of(4)], a: -0 } },
      after: Uint8Array.of(9),
    };
    // Long enough for a part of its own.
    const long = new Float64Array(600_000).fill(0.25);
    const { long: found, ...rest } = (await again({ before: [1], long, ...data })) as typeof data & {
      long: Float64Array;
    };
    expect(rest).toEqual({ before: [1], ...data });
    expect(found.length === long.length && found.every((x) => x === 0.25)).toBe(true);
    expect(Object.is(rest.numbers[1], -0) && Object.is(rest.f64[1], -0)).toBe(true);
  });

  it('any data (property)', async () => {
    const value = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.double(),
        fc.string({ unit: 'binary' }),
        fc.constant(null),
        fc.boolean(),
        fc.float64Array(),
        fc.array(fc.double(), { maxLength: 30 }),
        fc.array(tie('tree'), { maxLength: 5 }),
        fc.dictionary(
          fc.string().filter((key) => key !== '$' && key !== '__proto__'),
          tie('tree'),
          { noNullPrototype: true, maxKeys: 5 },
        ),
      ),
    })).tree;
    await fc.assert(
      fc.asyncProperty(value, async (data) => {
        expect(await again(data)).toEqual(data);
      }),
      { seed: 3, numRuns: 200 },
    );
  });

  it('a changed, cut or lengthened file is refused, whatever changed (property)', async () => {
    const parts = await encodeCheckpoint({ a: Float64Array.from({ length: 40 }, Math.sqrt), b: 'words', c: [1, 2] });
    const whole = sourceOf(parts);
    const bytes = await whole.read(0, whole.size);
    const change = fc.oneof(
      fc.record({ at: fc.nat(bytes.length - 1), bit: fc.nat(7) }).map(({ at, bit }) => {
        const copy = bytes.slice();
        copy[at] ^= 1 << bit;
        return copy;
      }),
      fc.nat(bytes.length - 1).map((length) => bytes.slice(0, length)),
      fc.uint8Array({ minLength: 1 }).map((more) => Uint8Array.from([...bytes, ...more])),
      fc.uint8Array().map((other) => Uint8Array.from(other)),
    );
    await fc.assert(
      fc.asyncProperty(change, async (changed) => {
        await expect(decodeCheckpoint(sourceOf([changed]))).rejects.toMatchObject({
          name: 'CheckpointError',
          message: expect.not.stringContaining('\n'),
        });
      }),
      { seed: 5, numRuns: 300 },
    );
  });
});

const EXPERIMENT = {
  problem: { dimension: 60, labelNoise: 0.1 },
  stepSize: 1.6,
  horizon: 3,
  samples: 6,
  statistics: ['risk', { name: 'odd', expression: 'log(beta + 0.1)' }],
  methods: [
    { kind: 'sgd', replicas: 5 },
    { kind: 'pde', tolerance: 1e-3 },
    { kind: 'sde', replicas: 3, timeStep: 0.1 },
    { kind: 'sgd', until: { statistic: 'risk', relativeError: 0.2, most: 60 } },
  ],
  estimates: [
    { kind: 'rate', from: 1, to: 3 },
    { kind: 'convergence', constant: 3, rate: 0.1 },
  ],
  seed: 8,
};

/** Runs up to the n-th checkpoint, or to the end. */
async function follow(options: RunOptions, n = Number.POSITIVE_INFINITY) {
  const experiment = options.from?.experiment ?? parseExperiment(EXPERIMENT);
  const events = runExperiment(experiment, { backend: 'reference', workers: 0, ...options });
  for (let seen = 0; ; ) {
    const step = await events.next();
    if (step.done) return { result: step.value };
    if (step.value.type !== 'checkpoint' || ++seen < n) continue;
    await events.return(undefined as never);
    return { checkpoint: step.value.checkpoint };
  }
}

const numbersOf = (result: Result | undefined) => {
  const { seconds: _, started: __, ...rest } = result!.provenance;
  return { ...result, provenance: rest };
};

const through = async (checkpoint: RunCheckpoint) => readCheckpoint(sourceOf(await writeCheckpoint(checkpoint)));

describe('a run', () => {
  it('has the same result cut at any checkpoint, cut twice, and written to bytes between', async () => {
    const whole = numbersOf((await follow({})).result);
    expect(whole.events!.some(({ kind }) => kind === 'no-value')).toBe(true);
    let cuts = 0;
    for (let n = 1; ; n += 1 + (n >> 1)) {
      const first = await follow({ checkpointEvery: 1 }, n);
      if (!first.checkpoint) break;
      cuts++;
      const second = await follow({ checkpointEvery: 1, from: await through(first.checkpoint) }, 4);
      const last = second.checkpoint ? await follow({ from: await through(second.checkpoint) }) : second;
      expect(numbersOf(last.result)).toEqual(whole);
      expect(last.result!.provenance.started).toBe(first.checkpoint.started);
    }
    expect(cuts).toBeGreaterThan(2);
  });

  it.each([
    ['another version', { software: 'diagflow 0.0.1' }, /version that it was made with.*diagflow 0\.0\.1/],
    ['another backend', { backend: 'cpu' }, /backend that it was made with.*cpu; found reference/],
    ['another adapter', { adapter: { vendor: 'x' } }, /adapter that it was made with.*"x".*found none/],
  ] as const)('made with %s is refused before anything is told', async (_, change, reason) => {
    const { checkpoint } = await follow({ checkpointEvery: 1 }, 2);
    const events = runExperiment(checkpoint!.experiment, {
      backend: 'reference',
      workers: 0,
      from: { ...checkpoint!, ...(change as object) },
    });
    await expect(events.next()).rejects.toThrow(reason);
  });

  it.each([
    ['a method twice', (c: RunCheckpoint) => ({ ...c, methods: [c.methods[0], c.methods[0]] }), /methods\[1\]\.index/],
    [
      'a method that is none',
      (c: RunCheckpoint) => ({ ...c, methods: [{ ...c.methods[0], index: 1 }] }),
      /methods\[0\]\.index/,
    ],
    [
      'an experiment that is none',
      (c: RunCheckpoint) => ({ ...c, experiment: { ...c.experiment, horizon: -1 } }),
      /horizon/,
    ],
    ['a field too many', (c: RunCheckpoint) => ({ ...c, more: 1 }), /more/],
    ['no time between', (c: RunCheckpoint) => ({ ...c, every: 0 }), /every/],
  ])('with %s is refused when it is read', async (_, change, reason) => {
    const { checkpoint } = await follow({ checkpointEvery: 1 }, 3);
    await expect(through(change(checkpoint!) as RunCheckpoint)).rejects.toMatchObject({
      name: 'CheckpointError',
      message: expect.stringMatching(reason),
    });
  });

  it('with an ensemble of another shape is refused when it is taken up', async () => {
    let n = 2;
    let checkpoint: RunCheckpoint | undefined;
    do checkpoint = (await follow({ checkpointEvery: 1 }, n++)).checkpoint;
    while (checkpoint!.methods.length === 0);
    const [one, ...others] = checkpoint!.methods;
    const broken: [object, RegExp][] = [
      [{ replicas: { first: 0, count: 4 } }, /replicas/],
      [{ arrivals: [] }, /must hold 7 times/],
      [{ summary: { ...one.ensemble.summary, alive: [1] } }, /cells|times/],
      [{ summary: null }, /cannot be taken up/],
      [{ inFlight: [] }, /2 estimators/],
    ];
    for (const [change, reason] of broken) {
      const from = { ...checkpoint!, methods: [{ ...one, ensemble: { ...one.ensemble, ...change } }, ...others] };
      await expect(follow({ from: from as RunCheckpoint })).rejects.toThrow(reason);
    }
  });
});

it('an ensemble taken up from its state goes on as if it had not been left (property)', () => {
  const shape = {
    times: [0, 1, 2],
    statistics: 2,
    replicas: { first: 3, count: 9 },
    estimators: [
      { kind: 'rate', statistic: 0, timeIndices: [0, 1, 2], times: [0, 1, 2] },
      { kind: 'convergence', statistic: 0, times: [0, 1, 2], constant: 1.2, rate: 0.1 },
      { kind: 'distribution', statistic: 1, timeIndices: [1, 2] },
      { kind: 'covariance', pair: [0, 1], timeIndices: [2] },
    ],
  } as const;
  const cells = Array.from({ length: 27 }, (_, i) => ({ replica: 3 + (i % 9), timeIndex: Math.floor(i / 9) }));
  fc.assert(
    fc.property(
      fc.shuffledSubarray(cells, { minLength: 27 }),
      fc.array(fc.oneof(fc.double({ min: 1e-3, max: 5 }), fc.constant(Number.NaN)), { minLength: 54, maxLength: 54 }),
      fc.nat(26),
      (order, values, cut) => {
        const add = (ensemble: Ensemble, from: number, to: number) => {
          for (const { replica, timeIndex } of order.slice(from, to)) {
            const at = 2 * (9 * timeIndex + replica - 3);
            ensemble.add({
              type: 'samples',
              timeIndex,
              firstReplica: replica,
              values: Float64Array.of(...values.slice(at, at + 2)),
            });
          }
          return ensemble;
        };
        const whole = add(new Ensemble(shape), 0, 27);
        const left = add(new Ensemble(shape), 0, cut);
        const taken = add(Ensemble.of(structuredClone(left.state()), shape), cut, 27);
        expect(taken.curves()).toEqual(whole.curves());
        expect(taken.summary().state()).toEqual(whole.summary().state());
      },
    ),
    { seed: 11, numRuns: 200 },
  );
});
