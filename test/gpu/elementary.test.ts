/** Users' expressions on a device: shaders/lib/elementary.wgsl, and whole moments as src/statistics writes them, against f64. */
import { afterAll, describe, expect, it } from 'vitest';
import elementary from '../../shaders/lib/elementary.wgsl?raw';
import { parseMoment } from '../../src/statistics/index.ts';
import { testDevice } from './device.ts';

afterAll(async () => (await testDevice()).dispose());

const uniform = (from: number, to: number, n = 2000) =>
  Float32Array.from({ length: n }, (_, i) => from + ((to - from) * i) / (n - 1));
const geometric = (from: number, to: number, n = 2000) =>
  Float32Array.from({ length: n }, (_, i) => from * (to / from) ** (i / (n - 1)));
const both = (x: Float32Array) => Float32Array.from([...x, ...x.map((y) => -y)]);

/** y_i = expression of x_i, for WGSL text over x; `declarations` stand at module scope. */
async function evaluate(expression: string, x: Float32Array<ArrayBuffer>, declarations = ''): Promise<Float32Array> {
  const { gpu } = await testDevice();
  const code = `${elementary}
${declarations}
@group(0) @binding(0) var<storage, read> xs: array<f32>;
@group(0) @binding(1) var<storage, read_write> ys: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < arrayLength(&xs)) { let x = xs[id.x]; ys[id.x] = ${expression}; }
}`;
  const pipeline = await gpu.createComputePipelineAsync({
    label: expression,
    layout: 'auto',
    compute: { module: gpu.createShaderModule({ label: expression, code }) },
  });
  const { STORAGE, COPY_DST, COPY_SRC, MAP_READ } = GPUBufferUsage;
  const size = x.byteLength;
  const source = gpu.createBuffer({ label: 'x', size, usage: STORAGE | COPY_DST });
  const sink = gpu.createBuffer({ label: 'y', size, usage: STORAGE | COPY_SRC });
  const staging = gpu.createBuffer({ label: 'readback', size, usage: MAP_READ | COPY_DST });
  gpu.queue.writeBuffer(source, 0, x);
  const encoder = gpu.createCommandEncoder();
  const pass = encoder.beginComputePass();
  pass.setPipeline(pipeline);
  const entries = [source, sink].map((buffer, binding) => ({ binding, resource: { buffer } }));
  pass.setBindGroup(0, gpu.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }));
  pass.dispatchWorkgroups(Math.ceil(x.length / 64));
  pass.end();
  encoder.copyBufferToBuffer(sink, 0, staging, 0, size);
  gpu.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const y = new Float32Array(staging.getMappedRange().slice(0));
  for (const buffer of [source, sink, staging]) buffer.destroy();
  return y;
}

function worst(y: Float32Array, x: Float32Array, f: (x: number) => number): number {
  let error = 0;
  for (let i = 0; i < x.length; i++) {
    const exact = f(x[i]);
    const off = Math.abs(y[i] - exact) / Math.abs(exact);
    error = exact === y[i] ? error : Number.isFinite(off) ? Math.max(error, off) : Number.POSITIVE_INFINITY;
  }
  return error;
}

/**
 * Relative bounds. 3e-7 is five units in the last place of f32. Where exp enters, WGSL promises (3 + 2|x|) units in the last
 * place, 6e-8 each; sin and cos are taken where the result is not itself near a zero.
 */
const cases: [string, (x: number) => number, Float32Array, number][] = [
  ['log', Math.log, Float32Array.from([...geometric(1e-37, 1e38), ...uniform(0.5, 2)]), 3e-7],
  ['log2', Math.log2, Float32Array.from([...geometric(1e-37, 1e38), ...uniform(0.5, 2)]), 3e-7],
  ['log10', Math.log10, geometric(1e-37, 1e38), 3e-7],
  ['log1p', Math.log1p, Float32Array.from([...geometric(1e-30, 1e30), ...geometric(1e-30, 0.99).map((x) => -x)]), 3e-7],
  ['expm1', Math.expm1, both(geometric(1e-30, 80)), 1.1e-5],
  ['cbrt', Math.cbrt, both(geometric(1e-36, 1e36)), 3e-7],
  ['sin', Math.sin, both(geometric(1e-30, 3)), 3e-7],
  ['cos', Math.cos, both(geometric(1e-30, 1.5)), 3e-7],
  ['tan', Math.tan, both(geometric(1e-30, 1.5)), 4e-7],
  ['asin', Math.asin, both(geometric(1e-30, 1)), 4e-7],
  ['acos', Math.acos, uniform(-1, 0.999), 4e-7],
  ['atan', Math.atan, both(geometric(1e-30, 1e30)), 3e-7],
  ['sinh', Math.sinh, both(geometric(1e-30, 80)), 1.1e-5],
  ['cosh', Math.cosh, both(geometric(1e-30, 80)), 1.1e-5],
  ['tanh', Math.tanh, both(geometric(1e-30, 80)), 4e-7],
  ['asinh', Math.asinh, both(geometric(1e-30, 1e30)), 4e-7],
  ['acosh', Math.acosh, geometric(1.0001, 1e30), 4e-7],
  ['atanh', Math.atanh, both(geometric(1e-30, 0.999)), 4e-7],
];

describe('elementary functions', () => {
  it.each(cases)('%s', async (name, f, x, bound) => {
    expect(worst(await evaluate(`elementary_${name}(x)`, Float32Array.from(x)), x, f)).toBeLessThanOrEqual(bound);
  });

  it('sine and cosine to 2e-7 of the largest value, up to |x| = 1000', async () => {
    const x = uniform(-1000, 1000, 20_000);
    for (const [name, f] of [
      ['sin', Math.sin],
      ['cos', Math.cos],
    ] as const) {
      const y = await evaluate(`elementary_${name}(x)`, x);
      expect(Math.max(...y.map((z, i) => Math.abs(z - f(x[i]))))).toBeLessThanOrEqual(2e-7);
    }
  });

  it('0 where the function is 0', async () => {
    const zero = new Float32Array(1);
    for (const name of ['sin', 'tan', 'asin', 'atan', 'sinh', 'tanh', 'asinh', 'atanh', 'expm1', 'log1p', 'cbrt']) {
      expect([name, ...(await evaluate(`elementary_${name}(x)`, zero))]).toEqual([name, 0]);
    }
  });
});

describe('moments', () => {
  // As functions of u alone (v and the others are set from it), positive and negative.
  const scope =
    'let u = x; let v = 0.5f - 0.3f * x; let beta = u * v; let b = 0.25f; let lambda = 1.5f; let e = beta - b;';
  const points = both(geometric(0.01, 2.5));
  it.each([
    'lambda*(beta-b)^4',
    'u^3 - v^3',
    'u^-3',
    '(u - v)^5',
    'pow(u, 2) * pow(abs(u), 1.3)',
    'abs(u)^abs(v)',
    '2^(-3*u)',
    '-u^2/2 + exp(-(u - v)^2)',
    'log1p(u^2) * sign(v) + cbrt(u)',
    'max(u, v, b) - min(u, v, beta)',
    'sin(2*pi*u) * cos(v) + atan(u/v)',
    'sqrt(u^2 + v^2) / (1 + tanh(u))',
    'u - (v - (b - lambda)) - 1e-3',
  ])('%s', async (text) => {
    const moment = parseMoment(text);
    const y = await evaluate('f(x)', points, `fn f(x: f32) -> f32 { ${scope} return ${moment.wgsl}; }`);
    let largest = 0;
    let off = 0;
    points.forEach((u, i) => {
      const v = 0.5 - 0.3 * u;
      const exact = moment.evaluate({
        u,
        v,
        beta: u * v,
        b: 0.25,
        lambda: 1.5,
        e: u * v - 0.25,
        kappa: 0,
        bend: 0,
        s: 0,
      });
      const size = Math.max(1, Math.abs(exact));
      largest = Math.max(largest, size);
      off = Math.max(off, Number.isFinite(y[i]) ? Math.abs(y[i] - exact) / size : Number.POSITIVE_INFINITY);
    });
    expect(largest).toBeGreaterThan(0);
    // Rounding of v and β in f32, amplified by at most a few dozen through these expressions.
    expect(off).toBeLessThanOrEqual(1e-5);
  });
});
