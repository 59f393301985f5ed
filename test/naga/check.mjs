/**
 * Run by Deno, whose WebGPU is wgpu with the Naga compiler: compiles every kernel and runs the known answers. Standard input: JSON made
 * by naga.test.ts; standard output: JSON with the adapter and what failed.
 */
const { shaders, drawn, answers } = JSON.parse(await new Response(Deno.stdin.readable).text());
const adapter = await navigator.gpu?.requestAdapter();
if (!adapter) {
  console.error('no adapter: install mesa-vulkan-drivers, or set VK_DRIVER_FILES');
  Deno.exit(3);
}
const device = await adapter.requestDevice();
const failures = [];

for (const { name, code, entryPoints } of shaders) {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label: name, code });
  for (const entryPoint of entryPoints) {
    device.createComputePipeline({ label: `${name} ${entryPoint}`, layout: 'auto', compute: { module, entryPoint } });
  }
  const error = await device.popErrorScope();
  if (error) failures.push(`${name}: ${error.message}`);
}

for (const { name, code, stages } of drawn) {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label: name, code });
  for (const { vertex, buffers, fragment, topology } of stages) {
    device.createRenderPipeline({
      label: `${name} ${vertex}`,
      layout: 'auto',
      vertex: { module, entryPoint: vertex, buffers },
      fragment: { module, entryPoint: fragment, targets: [{ format: 'rgba8unorm' }] },
      primitive: { topology },
    });
  }
  const error = await device.popErrorScope();
  if (error) failures.push(`${name}: ${error.message}`);
}

async function run({ code, entryPoint, inputs, items }) {
  const module = device.createShaderModule({ code });
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint } });
  const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
  const source = device.createBuffer({ size: 4 * inputs.length, usage: STORAGE | COPY_DST });
  const sink = device.createBuffer({ size: 16 * items, usage: STORAGE | COPY_SRC });
  const staging = device.createBuffer({ size: 16 * items, usage: MAP_READ | COPY_DST });
  device.queue.writeBuffer(source, 0, Uint32Array.from(inputs));
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(1),
    entries: [
      { binding: 0, resource: { buffer: source } },
      { binding: 1, resource: { buffer: sink } },
    ],
  });
  const encoder = device.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  pass.setBindGroup(1, group);
  pass.dispatchWorkgroups(Math.ceil(items / 64));
  pass.end();
  encoder.copyBufferToBuffer(sink, 0, staging, 0, 16 * items);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  return new Uint32Array(staging.getMappedRange().slice(0));
}

const outputs = {};
for (const answer of answers) outputs[answer.entryPoint] = [...(await run(answer))];
console.log(JSON.stringify({ adapter: adapter.info.description || adapter.info.device, failures, outputs }));
Deno.exit(0);
