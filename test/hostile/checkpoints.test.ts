/** Checkpoints that a stranger wrote: refused with a reason, or gone on with. Also those whose checksums are right. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ExperimentError } from '../../src/problem/index.ts';
import { CHECKPOINT_FORMAT } from '../../src/run/checkpoint.ts';
import {
  CheckpointError,
  parseExperiment,
  type RunCheckpoint,
  readCheckpoint,
  runExperiment,
} from '../../src/run/index.ts';
import { writePacked } from '../../src/run/packed/file.ts';
import { joined, sourceOf } from '../run/bytes.ts';
import { flaw, mutated, prototypesAreClean } from './hostile.ts';

const SEED = 20261127;

const experiment = parseExperiment({
  problem: { dimension: 8, labelNoise: 0.1 },
  horizon: 3,
  samples: 3,
  methods: [
    { kind: 'sgd', replicas: 3 },
    { kind: 'sde', replicas: 2, timeStep: 0.05 },
  ],
  estimates: [
    { kind: 'rate', from: 1, to: 3 },
    { kind: 'tail', above: 0.1 },
    { kind: 'distribution', statistic: 'risk' },
  ],
});

const packed = (data: unknown) => writePacked(CHECKPOINT_FORMAT, data);

/** Every checkpoint of a run, with methods begun and under way. */
let checkpoints: RunCheckpoint[] = [];
beforeAll(async () => {
  // Wherever one can be made.
  const always = { checkpointEvery: 1, checkpointNow: AbortSignal.abort() };
  for await (const event of runExperiment(experiment, { backend: 'reference', workers: 0, ...always })) {
    if (event.type === 'checkpoint') checkpoints.push(structuredClone({ ...event.checkpoint, every: 1 }));
  }
  checkpoints = checkpoints.filter(({ methods }) => methods.length > 0);
  expect(checkpoints.some(({ methods }) => methods.some(({ engine }) => engine !== null))).toBe(true);
});

/** Reads it and goes on with it, for a while; whether that could be done. What refuses it must say so in a harmless line. */
async function isTakenUp(bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
  try {
    const from = await readCheckpoint(sourceOf(bytes));
    // A changed experiment may be of any size.
    if (from.experiment.problem.dimension > 100) return false;
    const stop = new AbortController();
    const running = runExperiment(from.experiment, { backend: 'reference', workers: 0, from, signal: stop.signal });
    for (let events = 0; ; events++) {
      const step = await running.next();
      if (step.done) return true;
      const { value } = step;
      // Contents that contradict each other end the method, in words.
      if (value.type === 'failure') expect(flaw(value.event.message)).toBeNull();
      if (value.type === 'failure' && value.error instanceof TypeError) throw value.error;
      if (events > 40) stop.abort(new Error('enough'));
    }
  } catch (error) {
    if (!(error instanceof CheckpointError || error instanceof ExperimentError)) throw error;
    expect(flaw(error.message)).toBeNull();
    return false;
  } finally {
    expect(prototypesAreClean()).toBe(true);
  }
}

describe('checkpoint files', () => {
  it('as they were written are taken up', async () => {
    for (const checkpoint of checkpoints.slice(0, 20))
      expect(await isTakenUp(joined(await packed(checkpoint)))).toBe(true);
  });

  it('cut off, damaged, lengthened or foreign are refused', async () => {
    const whole = joined(await packed(checkpoints[checkpoints.length >> 1]));
    const place = fc.nat(whole.length - 1);
    const damage = fc.oneof(
      place.map((at) => whole.slice(0, at)),
      fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
        const bytes = whole.slice();
        bytes[at] ^= by;
        return bytes;
      }),
      fc
        .tuple(place, fc.uint8Array({ minLength: 1, maxLength: 64 }))
        .map(([at, more]) => joined([whole.subarray(0, at), more, whole.subarray(at)])),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => bytes.slice()),
      fc
        .tuple(fc.bigInt({ min: 0n, max: 10n ** 14n }), fc.bigInt({ min: 0n, max: 10n ** 8n }))
        .map(([length, version]) =>
          new TextEncoder().encode(`diagflow-checkpoint ${version} ${length} ${'a'.repeat(64)}\n{}`),
        ),
    );
    await fc.assert(
      fc.asyncProperty(damage, async (bytes) => {
        const copy = new Uint8Array(bytes);
        // One that happens to be put back as it was.
        if (copy.length === whole.length && copy.every((byte, i) => byte === whole[i])) return;
        expect(await isTakenUp(copy)).toBe(false);
      }),
      { seed: SEED, numRuns: 1500 },
    );
  });

  it('with changed contents and the right checksums are refused, or gone on with', async () => {
    let taken = 0;
    const changed = mutated(fc.integer({ min: 0, max: checkpoints.length - 1 }).map((k) => plain(checkpoints[k])));
    await fc.assert(
      fc.asyncProperty(changed, async (data) => {
        const bytes = await packed(typed(data)).catch(() => null);
        if (bytes !== null && (await isTakenUp(joined(bytes)))) taken++;
      }),
      { seed: SEED, numRuns: 1200 },
    );
    expect(taken).toBeGreaterThan(0);
  });
});

/** Typed arrays as plain data that can be changed, and back. */
function plain(value: unknown): unknown {
  if (value instanceof Float64Array) return { f64: [...value] };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, plain(entry)]));
}

function typed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(typed);
  if (typeof value !== 'object' || value === null) return value;
  const { f64 } = value as { f64?: unknown };
  if (Array.isArray(f64)) return Float64Array.from(f64, (x) => (typeof x === 'number' ? x : Number.NaN));
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, typed(entry)]));
}
