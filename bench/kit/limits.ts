/** What the adapter can do at most, measured in the same run as the engine: bare normals, a bare copy, an empty dispatch. */
import type { Device } from '../../src/gpu/index.ts';
import type { Quantity, Row } from '../suite.ts';
import { exact, measured, median } from './statistics.ts';
import { timedOnGpu } from './stopwatch.ts';

export interface GpuLimits {
  readonly normalsPerSecond: number;
  readonly copyBytesPerSecond: number;
  readonly secondsPerDispatch: number;
  readonly rows: readonly Row[];
  /** Steps of the GPU's clock that were seen. */
  readonly steps: readonly (number | null)[];
}

/** Cost: `rounds` + 1 passes of each kind, some 10 ms each. */
export async function gpuLimits(device: Device, rounds: number): Promise<GpuLimits> {
  const { software } = device.info;
  const items = software ? 64 : 1024;
  const threads = software ? 1 << 14 : 1 << 20;
  const bytes = Math.min(software ? 1 << 24 : 1 << 30, device.limits.maxStorageBufferBindingSize);
  /** Of one pass. */
  const emptyDispatches = software ? 200 : 1000;
  const arena = device.arena('limits');
  const variant = { constants: { ITEMS: items } };
  const sets: [
    name: string,
    entry: string,
    buffers: (source: GPUBuffer, sink: GPUBuffer) => [number, GPUBuffer][],
    groups: number,
    dispatches: number,
  ][] = [
    ['bare normals', 'normals_rate', (_, sink) => [[1, sink]], threads / 256, 1],
    [
      'bare copy',
      'copy_rate',
      (source, sink) => [
        [0, source],
        [1, sink],
      ],
      Math.min(Math.ceil(bytes / 16 / 256), 65_535),
      1,
    ],
    ['empty dispatch', 'empty_rate', () => [], 1, emptyDispatches],
  ];
  try {
    const source = await arena.allocate('source', bytes, GPUBufferUsage.STORAGE);
    const sink = await arena.allocate('sink', bytes, GPUBufferUsage.STORAGE);
    const work = await Promise.all(
      sets.map(async ([name, entry, buffers, groups, dispatches]) => {
        const pipeline = await device.separatePipeline('rates', entry, variant);
        const bound = buffers(source, sink);
        const group =
          bound.length > 0
            ? device.gpu.createBindGroup({
                label: name,
                layout: pipeline.getBindGroupLayout(0),
                entries: bound.map(([binding, buffer]) => ({ binding, resource: { buffer } })),
              })
            : null;
        const submit = () =>
          device.guard(name, async () => {
            const encoder = device.gpu.createCommandEncoder({ label: name });
            const pass = encoder.beginComputePass({ label: name });
            pass.setPipeline(pipeline);
            if (group) pass.setBindGroup(0, group);
            for (let k = 0; k < dispatches; k++) pass.dispatchWorkgroups(groups);
            pass.end();
            device.gpu.queue.submit([encoder.finish()]);
            await device.gpu.queue.onSubmittedWorkDone();
          });
        return { name, submit, wall: [] as number[], own: [] as number[] };
      }),
    );
    const steps: (number | null)[] = [];
    for (let round = -1; round < rounds; round++) {
      for (const { submit, wall, own } of work) {
        const { seconds, gpuSeconds, step } = await timedOnGpu(device, submit);
        if (round < 0) continue;
        steps.push(step);
        wall.push(seconds);
        if (gpuSeconds !== null) own.push(gpuSeconds);
      }
    }
    const amounts = [4 * items * threads, 2 * bytes, emptyDispatches];
    const units = ['normals', 'bytes', 'dispatches'];
    // The GPU's own clock where it has one: a submission's way there and back is no part of what the adapter can do.
    const best = work.map(({ wall, own }) => (own.length > 0 ? own : wall));
    const rows = work.map(({ name, wall, own }, k): Row => {
      const quantities: Record<string, Quantity> = {
        rate: measured(
          best[k].map((s) => amounts[k] / s),
          `${units[k]}/s`,
          'higher',
        ),
        seconds: measured(wall, 's'),
      };
      if (own.length > 0) quantities.gpuSeconds = measured(own, 's');
      quantities.amount = exact(amounts[k], units[k]);
      return { table: 'limits of the adapter', labels: { what: name }, foreign: true, quantities };
    });
    const [normals, copy, dispatch] = best.map((samples, k) => amounts[k] / median(samples));
    return { normalsPerSecond: normals, copyBytesPerSecond: copy, secondsPerDispatch: 1 / dispatch, rows, steps };
  } finally {
    arena.dispose();
  }
}
