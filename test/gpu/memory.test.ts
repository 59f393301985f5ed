/**
 * Every buffer that a run makes, counted as it is made: at most 32 bytes a coordinate and replica besides what save times hold and tables
 * of a fixed size.
 */
import { afterAll, expect, it } from 'vitest';
import { Batch } from '../../src/gpu/batch.ts';
import { Observer } from '../../src/gpu/observer.ts';
import { programOf } from '../../src/gpu/program.ts';
import { RESIDUAL_BYTES } from '../../src/gpu/scratch.ts';
import { LARGEST_SPREAD, startOf } from '../../src/gpu/start.ts';
import { stepperFor } from '../../src/gpu/steppers.ts';
import type { Problem } from '../../src/problem/index.ts';
import type { EnsembleRequest, SdeRequest } from '../../src/statistics/index.ts';
import { closeTestDevice, testDevice, testEngine } from './device.ts';
import { gpuPaths, named, requestFor, varied } from './twin.ts';

afterAll(closeTestDevice);

/** Tables of a submission: of one size whatever the problem. */
const TABLES = /(params|dispatches|schedule|counter|ticks)$/;
const SAVES = /(results|readback \d)$/;

/** Coordinates are held in fours. One replica in slices takes 32 bytes exactly; the status of a replica is 16 bytes. */
function allowed(d: number, count: number): number {
  return 32 * 4 * Math.ceil(d / 4) * count + (count === 1 ? 16 : 0);
}

/** Bytes held at the same time at most while `work` goes on, by what they are for. */
async function peakOf(work: () => Promise<unknown>): Promise<{ state: number; tables: number }> {
  const { gpu } = await testDevice();
  const create = gpu.createBuffer;
  const held = { state: 0, tables: 0, saves: 0 };
  const peak = { ...held };
  gpu.createBuffer = (descriptor) => {
    const buffer = create.call(gpu, descriptor);
    const { label = '', size } = descriptor;
    const residuals = label.endsWith('block residuals') && size <= RESIDUAL_BYTES;
    const kind = SAVES.test(label) ? 'saves' : residuals || TABLES.test(label) ? 'tables' : 'state';
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
    await work();
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
  ['sgd-s-step', 20_001, 1, {}, { kind: 'sgd' }],
  ['sgd-s-step', 20_001, 2, law, { kind: 'sgd' }],
  ['sgd-s-step', 8193, 3, law, { kind: 'sgd' }],
  ['sgd-streamed', 8193, 3, { batchSize: 2 }, { kind: 'sgd' }],
  ['sgd-two-pass', 8193, 1, { ...law, batchSize: 2 }, { kind: 'sgd' }],
  ['sgd-two-pass', 20_000, 2, { ...law, batchSize: 64 }, { kind: 'sgd' }],
  ['sgd-two-pass in slices', 300, 1, { batchSize: 4_200 }, { kind: 'sgd' }],
  ['sde-resident', 8192, 2, {}, sde],
  ['sde-streamed', 20_000, 2, {}, sde],
  ['sde-mean-field', 20_000, 1, {}, { ...sde, coupling: path }],
])('%s, d = %i × %i', async (_, d, count, change, method) => {
  const step = method.kind === 'sgd' ? 1 / d : method.timeStep;
  const request = requestFor(varied(d, change), [0, step], { method, replicas: { first: 0, count } });
  const engine = await testEngine({ chunkSteps: 1 });
  const { state, tables } = await peakOf(() => gpuPaths(engine, request));
  // The state itself is 20 bytes: what is counted is what was made.
  expect(state).toBeGreaterThan(20 * d * count);
  expect(state).toBeLessThanOrEqual(allowed(d, count));
  expect(tables).toBeLessThanOrEqual(1.25 * 2 ** 20);
  const { perReplica, shared } = engine.memoryUse(request);
  expect(count * perReplica + shared).toBeLessThanOrEqual(state + RESIDUAL_BYTES);
});

/** Every buffer of a request, made and freed; nothing is compiled or run. */
async function makeBuffers(request: EnsembleRequest): Promise<void> {
  const device = await testDevice();
  const stub = Object.create(device, { pipeline: { value: async () => ({}) } }) as typeof device;
  const { count } = request.replicas;
  const start = startOf(request.problem);
  const observer = await Observer.of(stub, request, start);
  const stepper = await stepperFor(stub, request, count, {});
  const batch = await Batch.of(device, request, start, programOf(request), stepper, observer, 0, count);
  batch.dispose();
}

const parametrizations = ['product', 'difference', 'square'] as const;
const laws: readonly Problem['features'][] = [
  { kind: 'gaussian' },
  { kind: 'rademacher' },
  { kind: 'uniform' },
  { kind: 'student-t', degrees: 5 },
];
const methods: readonly EnsembleRequest['method'][] = [
  { kind: 'sgd' },
  ...(['strang', 'euler', 'euler-uv'] as const).flatMap((scheme) => [
    { ...sde, scheme },
    { ...sde, scheme, coupling: path },
  ]),
];
const statistics = [
  named('risk'),
  named('risk', 'curvature', 'l1', 'effectiveInitialization', 'riskDrift', 'riskNoise'),
];

it.each([64, 1000, 8192, 8193, 20_001])(
  'any combination at d = %i',
  async (d) => {
    for (const parametrization of parametrizations) {
      for (const features of laws) {
        for (const batchSize of [1, 3, 64, 1000, 65_536]) {
          for (const method of methods) {
            // The SDE knows features by their covariance alone, and m by its noise.
            if (method.kind === 'sde' && (features.kind !== 'gaussian' || batchSize > 3)) continue;
            for (const labelNoise of [0, 0.5]) {
              const problem = varied(d, { parametrization, features, batchSize, labelNoise });
              for (const count of [1, 2, 7]) {
                const asked = statistics[(count + (labelNoise > 0 ? 1 : 0)) % 2];
                const request = requestFor(problem, [0, 1e-3], {
                  method,
                  statistics: asked,
                  replicas: { first: 0, count },
                });
                const { state, tables } = await peakOf(() => makeBuffers(request));
                const what = `${parametrization}, ${features.kind}, m = ${batchSize}, ${method.kind}, ${count} replicas`;
                expect(state, what).toBeLessThanOrEqual(allowed(d, count));
                expect(tables, what).toBeLessThanOrEqual(1.25 * 2 ** 20);
              }
            }
          }
        }
      }
    }
  },
  300_000,
);

it('the start of many replicas is laid out in short submissions, and alike', async () => {
  const { gpu } = await testDevice();
  const create = gpu.createCommandEncoder;
  const copies: number[] = [];
  gpu.createCommandEncoder = (descriptor) => {
    const encoder = create.call(gpu, descriptor);
    if (!descriptor?.label?.startsWith('start of')) return encoder;
    const at = copies.push(0) - 1;
    const copy = encoder.copyBufferToBuffer;
    encoder.copyBufferToBuffer = (...all: [GPUBuffer, ...unknown[]]) => {
      copies[at]++;
      return copy.call(encoder, ...(all as Parameters<typeof copy>));
    };
    return encoder;
  };
  const count = 1500;
  try {
    const { values } = await gpuPaths(
      await testEngine(),
      requestFor(varied(5), [0, 1], { replicas: { first: 0, count } }),
    );
    expect(copies.reduce((sum, some) => sum + some)).toBe(3 * count);
    expect(copies.length).toBeGreaterThan(1);
    expect(Math.max(...copies)).toBeLessThanOrEqual(LARGEST_SPREAD.copies);
    for (const rows of values) expect(rows[0]).toEqual(values[0][0]);
    expect(values[count - 1][1]).not.toEqual(values[0][1]);
  } finally {
    gpu.createCommandEncoder = create;
  }
});
