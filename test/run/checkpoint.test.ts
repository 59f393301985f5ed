/** Checkpoints of whole runs: the bytes, what is refused, and that events give an unbroken run wherever they are cut. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ensemble } from '../../src/ensemble/index.ts';
import type { Result } from '../../src/results/index.ts';
import {
  parseExperiment,
  type RunCheckpoint,
  type RunOptions,
  readCheckpoint,
  runExperiment,
  writeCheckpoint,
} from '../../src/run/index.ts';
import { joined, sourceOf } from './bytes.ts';

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

const through = async (checkpoint: RunCheckpoint) =>
  readCheckpoint(sourceOf(joined(await writeCheckpoint(checkpoint))));

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

  it('that holds more than a run of its experiment can is refused before that is read', async () => {
    const { checkpoint } = await follow({ checkpointEvery: 1 }, 3);
    const long = new Float64Array(400_000);
    const claims: [unknown, RegExp][] = [
      [{ failures: long }, /at most \d+ bytes of arrays; found 3[23]\d{5}, which is more than a run of its experiment/],
      [{ failures: new Array(100_000).fill(null) }, /at most \d+ entries; found 100\d{3}, /],
    ];
    for (const [claim, reason] of claims) {
      const bytes = joined(await writeCheckpoint({ ...checkpoint!, methods: [claim] } as unknown as RunCheckpoint));
      const { size, read } = sourceOf(bytes);
      let asked = 0;
      const source = {
        size,
        read: (at: number, length: number) => {
          asked += length;
          return read(at, length);
        },
      };
      await expect(readCheckpoint(source)).rejects.toThrow(reason);
      expect(asked).toBeLessThan(4000);
    }
    const own = {
      ...checkpoint!.experiment,
      problem: { ...checkpoint!.experiment.problem, x: new Float64Array(2 ** 21 + 1) },
    };
    const large = { ...checkpoint!, experiment: own } as unknown as RunCheckpoint;
    await expect(through(large)).rejects.toThrow(
      /experiment: must hold at most 16777216 bytes of arrays; found 16777224/,
    );
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
      [{ summary: null }, /cannot be taken up: what it holds is not laid out/],
      [{ failures: [1, 1].map(() => ({ replica: 2, time: 1, message: 'x' })) }, /two failures of 2/],
      [{ inFlight: [] }, /2 estimators/],
      [{ inFlight: one.ensemble.inFlight.map((held) => ({ ...(held as object), failed: [7] })) }, /5 replicas from 0/],
      [
        { summary: { ...one.ensemble.summary, alive: one.ensemble.summary.alive.map((alive) => alive + 1) } },
        /quantiles of cell 0 must be of/,
      ],
      [
        {
          summary: {
            ...one.ensemble.summary,
            quantiles: one.ensemble.summary.quantiles.map(() => new Array(9).fill(1)),
          },
        },
        /quantiles of cell 0 must be of \d values; found 9/,
      ],
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
