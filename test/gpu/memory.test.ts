/** Every buffer that a run makes, counted as it is made: at most 32 bytes a coordinate and replica besides what save times hold. */
import { afterAll, expect, it } from 'vitest';
import type { Problem } from '../../src/problem/index.ts';
import type { EnsembleRequest, SdeRequest } from '../../src/statistics/index.ts';
import { closeTestDevice, testDevice, testEngine } from './device.ts';
import { gpuPaths, requestFor, varied } from './twin.ts';

afterAll(closeTestDevice);

/** Tables of a submission: of one size whatever the problem. */
const TABLES = /(params|dispatches|schedule|ticks)$/;
const SAVES = /(results|readback \d)$/;

/** Bytes held at the same time at most, by what they are for. */
async function peakOf(request: EnsembleRequest): Promise<{ state: number; tables: number }> {
  const engine = await testEngine({ chunkSteps: 1 });
  const { gpu } = await testDevice();
  const create = gpu.createBuffer;
  const held = { state: 0, tables: 0, saves: 0 };
  const peak = { ...held };
  gpu.createBuffer = (descriptor) => {
    const buffer = create.call(gpu, descriptor);
    const { label = '', size } = descriptor;
    const kind = SAVES.test(label) ? 'saves' : TABLES.test(label) ? 'tables' : 'state';
    held[kind] += size;
    peak[kind] = Math.max(peak[kind], held[kind]);
    const destroy = buffer.destroy;
    buffer.destroy = () => {
      held[kind] -= size;
      return destroy.call(buffer);
    };
    return buffer;
  };
  try {
    await gpuPaths(engine, request);
  } finally {
    gpu.createBuffer = create;
  }
  expect(held).toEqual({ state: 0, tables: 0, saves: 0 });
  return peak;
}

const sde: SdeRequest = { kind: 'sde', scheme: 'strang', timeStep: 1e-4, coupling: 'interacting' };
const path = { end: 9, risk: () => 0.2, clock: (t: number) => 0.02 * t };
const law = { features: { kind: 'uniform' } as const };

it.each<[string, number, number, Partial<Problem>, EnsembleRequest['method']]>([
  // kernel, d, replicas
  ['sgd-resident', 8192, 1, {}, { kind: 'sgd' }],
  ['sgd-resident', 8001, 6, {}, { kind: 'sgd' }],
  ['sgd-resident-batch', 8191, 1, { batchSize: 3 }, { kind: 'sgd' }],
  ['sgd-streamed', 20_001, 1, {}, { kind: 'sgd' }],
  ['sgd-streamed', 8193, 3, { batchSize: 2 }, { kind: 'sgd' }],
  ['sgd-two-pass', 8193, 1, law, { kind: 'sgd' }],
  ['sgd-two-pass', 20_000, 2, { ...law, batchSize: 64 }, { kind: 'sgd' }],
  ['sde-resident', 8192, 2, {}, sde],
  ['sde-streamed', 20_000, 2, {}, sde],
  ['sde-mean-field', 20_000, 1, {}, { ...sde, coupling: path }],
])('%s, d = %i × %i', async (_, d, count, change, method) => {
  const step = method.kind === 'sgd' ? 1 / d : method.timeStep;
  const request = requestFor(varied(d, change), [0, step], { method, replicas: { first: 0, count } });
  const { state, tables } = await peakOf(request);
  // The state itself is 20 bytes: what is counted is what was made.
  expect(state).toBeGreaterThan(20 * d * count);
  expect(state).toBeLessThanOrEqual(32 * d * count);
  expect(tables).toBeLessThanOrEqual(1.25 * 2 ** 20);
  const { perReplica, shared } = (await testEngine()).memoryUse(request);
  expect(count * perReplica + shared).toBeLessThanOrEqual(state + 16);
});
