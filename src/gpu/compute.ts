/** One kernel over one array of inputs: for the self-test and the tests of shaders/lib. */
import type { Device } from './device.ts';
import type { Variant } from './shaders.ts';

/** Entry points of shaders/known-answers.wgsl, and how many vec4 of input make one vec4 of output. */
const INPUTS = { threefry_words: 2, normals: 1, student: 2, expm1_probe: 1, arithmetic: 1, trigonometry: 1 } as const;
export type Probe = keyof typeof INPUTS;

/**
 * Runs an entry point of shaders/known-answers.wgsl. `inputs`: any number of vec4 as 32-bit words; returns the words of the
 * outputs. Cost: one submission and one readback.
 */
export async function probe(device: Device, entry: Probe, inputs: Uint32Array): Promise<Uint32Array<ArrayBuffer>> {
  const items = inputs.length / 4 / INPUTS[entry];
  if (!Number.isInteger(items) || items < 1) {
    throw new Error(`${entry} takes a multiple of ${4 * INPUTS[entry]} words, not ${inputs.length}`);
  }
  const variant: Variant = { constants: { STUDENT_DEGREES: { f32: 5 } } };
  const pipeline = await device.separatePipeline('known-answers', entry, variant);
  const arena = device.arena('self-test');
  try {
    const { gpu } = device;
    const source = await arena.allocate('inputs', inputs.byteLength, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST);
    const sink = await arena.allocate('outputs', 16 * items, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC);
    const staging = await arena.allocate('readback', 16 * items, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
    return await device.guard(`the self-test ${entry}`, async () => {
      gpu.queue.writeBuffer(source, 0, inputs as Uint32Array<ArrayBuffer>);
      const group = gpu.createBindGroup({
        label: 'self-test',
        layout: pipeline.getBindGroupLayout(1),
        entries: [
          { binding: 0, resource: { buffer: source } },
          { binding: 1, resource: { buffer: sink } },
        ],
      });
      const encoder = gpu.createCommandEncoder({ label: `self-test ${entry}` });
      const pass = encoder.beginComputePass({ label: entry });
      pass.setPipeline(pipeline);
      pass.setBindGroup(1, group);
      pass.dispatchWorkgroups(Math.ceil(items / 64));
      pass.end();
      encoder.copyBufferToBuffer(sink, 0, staging, 0, 16 * items);
      gpu.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const words = new Uint32Array(staging.getMappedRange().slice(0, 16 * items));
      staging.unmap();
      return words;
    });
  } finally {
    arena.dispose();
  }
}
