/** Numbers do not depend on how the work is cut: chunks, parts of steps, threads a workgroup, replicas a batch. Bit for bit. */
import { afterAll, describe, expect, it } from 'vitest';
import { createGpuEngine, Device, type GpuEngineOptions } from '../../src/gpu/index.ts';
import type { EnsembleRequest, SdeRequest } from '../../src/statistics/index.ts';
import { closeTestDevice, testEngine } from './device.ts';
import { gpuPaths, requestFor, varied } from './twin.ts';

afterAll(closeTestDevice);

const sde: SdeRequest = { kind: 'sde', scheme: 'strang', timeStep: 0.05, coupling: 'interacting' };
const meanField: SdeRequest = {
  ...sde,
  coupling: { end: 9, risk: () => 0.2, clock: (t) => 0.02 * t },
};

const requests: [string, EnsembleRequest][] = [
  [
    'SGD, resident',
    requestFor(varied(500, { labelNoise: 0.1 }), [0, 0.1, 0.11, 0.3], { replicas: { first: 2, count: 5 } }),
  ],
  [
    'SGD, two steps a pass',
    requestFor(varied(9_000, { labelNoise: 0.1 }), [0, 0.001, 0.004], { replicas: { first: 2, count: 3 } }),
  ],
  ['SDE, resident', requestFor(varied(500), [0, 0.5, 1.23], { method: sde, replicas: { first: 2, count: 5 } })],
  ['SDE, streamed', requestFor(varied(9_000), [0, 0.5, 1.23], { method: sde, replicas: { first: 2, count: 3 } })],
  ['SDE, mean-field', requestFor(varied(500), [0, 0.5, 1.23], { method: meanField, replicas: { first: 2, count: 5 } })],
];

/** Kernels that reduce as the others do. */
const others: [string, EnsembleRequest][] = [
  [
    'SGD, two passes',
    requestFor(varied(9_000, { features: { kind: 'rademacher' }, batchSize: 9 }), [0, 0.0005, 0.001], {
      replicas: { first: 2, count: 3 },
    }),
  ],
  [
    'SGD, resident mini-batch',
    requestFor(varied(300, { batchSize: 6, labelNoise: 0.1 }), [0, 0.05, 0.1], { replicas: { first: 2, count: 5 } }),
  ],
  [
    'SGD, streamed mini-batch',
    requestFor(varied(9_000, { batchSize: 8, labelNoise: 0.1 }), [0, 0.0003, 0.0005], {
      replicas: { first: 2, count: 3 },
    }),
  ],
];

type Cut = [string, Omit<GpuEngineOptions, 'device'>];

/** How the work is divided into submissions. */
const chunks: Cut[] = [
  ['one step a chunk', { chunkSteps: 1 }],
  ['seven steps a chunk, two replicas a batch', { chunkSteps: 7, replicasAtOnce: 2 }],
  ['parts of two workgroups a chunk', { chunkWorkgroups: 2 }],
  ['as much as goes into a tenth of a millisecond', { targetMilliseconds: 0.1 }],
];

/** How a step is divided among threads: each takes a kernel of its own. */
const shapes: Cut[] = [
  ['64 threads a workgroup', { workgroupSize: 64 }],
  ['128 threads a workgroup, no subgroups', { workgroupSize: 128, subgroups: false }],
];

function expectSame(request: EnsembleRequest, cuts: readonly Cut[]): void {
  let whole: Promise<number[][][]> | undefined;
  it.each(cuts)('%s', async (_, options) => {
    whole ??= testEngine()
      .then((engine) => gpuPaths(engine, request))
      .then((paths) => paths.values);
    const cut = await gpuPaths(await testEngine(options), request);
    expect(cut.values).toEqual(await whole);
  });
}

describe.each(requests)('%s', (_, request) => expectSame(request, [...chunks, ...shapes]));
/** How many samples of a mini-batch a dispatch handles, and where the rest waits. */
const slices: Cut[] = [
  ['slices of three or four samples', { sliceDraws: 1 }],
  ['slices of some samples, parts of two workgroups', { sliceDraws: 2_000, chunkWorkgroups: 2 }],
];

describe.each(others)('%s', (_, request) => expectSame(request, [...chunks, ...slices]));

describe('SGD, two steps a pass', () => {
  expectSame(requests[1][1], [
    ['every feature drawn again', { keptFeatures: 0 }],
    ['one of two features kept', { keptFeatures: 1 }],
    ['all features kept, seven steps a chunk', { keptFeatures: 2, chunkSteps: 7 }],
  ]);
});

it('subgroups larger than the smallest that the adapter names', async () => {
  const [, request] = requests[0];
  const device = await Device.open();
  const { subgroupSize } = device.info;
  expect(subgroupSize, 'this test needs an adapter with subgroups').not.toBeNull();
  const whole = await gpuPaths(await testEngine(), request);
  Object.assign(device, { info: { ...device.info, subgroupSize: subgroupSize! / 2 } });
  const halved = await gpuPaths(await createGpuEngine({ device }), request);
  expect(halved.values).toEqual(whole.values);
  device.dispose();
});
