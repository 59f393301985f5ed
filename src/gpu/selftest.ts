/** The self-test of an adapter: known answers of generator, normals and features, probes of its arithmetic, and a short run. */

import type { Problem } from '../problem/index.ts';
import { type EnsembleRequest, namedStatistic } from '../statistics/index.ts';
import { type AdapterInfo, adapterName, type ListedAdapter, listAdapters } from './adapters.ts';
import { type Probe, probe } from './compute.ts';
import { Device } from './device.ts';
import { createGpuEngine } from './engine.ts';

export interface Check {
  readonly name: string;
  readonly passed: boolean;
  /** What was found, in words. */
  readonly detail: string;
}

export interface AdapterReport {
  readonly name: string;
  readonly info: AdapterInfo;
  readonly features: readonly string[];
  readonly limits: Readonly<Record<string, number>>;
  /** Known answers: all must pass. */
  readonly checks: readonly Check[];
  /** How this adapter computes in f32; for information, diagflow relies on none of it. */
  readonly probes: readonly Check[];
  readonly passed: boolean;
}

/** Random123's kat_vectors for threefry4x32-20: key, counter → words. */
const VECTORS: readonly { readonly key: number[]; readonly counter: number[]; readonly words: number[] }[] = [
  { key: [0, 0, 0, 0], counter: [0, 0, 0, 0], words: [0x9c6ca96a, 0xe17eae66, 0xfc10ecd4, 0x5256a7d8] },
  {
    key: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    words: [0x2a881696, 0x57012287, 0xf6c7446e, 0xa16a6732],
  },
  {
    key: [0xa4093822, 0x299f31d0, 0x082efa98, 0xec4e6c89],
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    words: [0x59cd1dbb, 0xb8879579, 0x86b5d00c, 0xac8b6d84],
  },
];

/** Every adapter that WebGPU names, with its report; empty where there is none. @throws GpuUnavailableError without WebGPU. */
export async function examineAdapters(): Promise<AdapterReport[]> {
  const reports: AdapterReport[] = [];
  for (const listed of await listAdapters()) reports.push(await examine(listed));
  return reports;
}

/** Opens the adapter and tests it. A refusal or a crash of the driver is a failed check, not an exception. Cost: some seconds. */
export async function examine(listed: ListedAdapter): Promise<AdapterReport> {
  const { info, features, limits } = listed;
  const checks: Check[] = [];
  let probes: Check[] = [];
  let device: Device | null = null;
  try {
    device = await Device.open(listed);
    const opened = device;
    checks.push(await attempt('generator', () => generator(opened)));
    checks.push(await attempt('normals', () => normals(opened)));
    checks.push(await attempt('expm1', () => expm1(opened)));
    checks.push(await attempt('paths', () => paths(opened)));
    probes = await arithmetic(opened);
  } catch (error) {
    checks.push({ name: 'device', passed: false, detail: (error as Error).message });
  } finally {
    device?.dispose();
  }
  return {
    name: adapterName(info),
    info,
    features,
    limits,
    checks,
    probes,
    passed: checks.every(({ passed }) => passed),
  };
}

async function attempt(name: string, test: () => Promise<Omit<Check, 'name'>>): Promise<Check> {
  try {
    return { name, ...(await test()) };
  } catch (error) {
    return { name, passed: false, detail: (error as Error).message };
  }
}

async function floats(device: Device, entry: Probe, words: Uint32Array): Promise<Float32Array> {
  return new Float32Array((await probe(device, entry, words)).buffer);
}

async function generator(device: Device): Promise<Omit<Check, 'name'>> {
  const words = await probe(
    device,
    'threefry_words',
    Uint32Array.from(VECTORS.flatMap(({ key, counter }) => [...key, ...counter])),
  );
  const expected = VECTORS.flatMap((vector) => vector.words);
  const wrong = expected.filter((word, i) => words[i] !== word).length;
  return {
    passed: wrong === 0,
    detail:
      wrong === 0
        ? `threefry4x32-20: ${expected.length} published words`
        : `${wrong} of ${expected.length} words differ`,
  };
}

/** Words of every magnitude and octant, and some thousands without structure. */
function normalWords(): Uint32Array {
  const words: number[] = [];
  const ends = [0, 1, 0x7fffffff, 0x80000000, 0xb504f333, 0xb504f334, 0xfffffffe, 0xffffffff];
  for (const a of ends) for (const b of ends) words.push(a, b);
  for (let k = 0; k < 32; k++) words.push(2 ** k, 2 ** k - 1, 2 ** 32 - 1 - 2 ** k, 2 ** k);
  let state = 12345;
  for (let k = 0; k < 8192; k++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words.push(state);
  }
  return Uint32Array.from(words);
}

async function normals(device: Device): Promise<Omit<Check, 'name'>> {
  const words = normalWords();
  const z = await floats(device, 'normals', words);
  let worst = 0;
  for (let i = 0; i < words.length; i += 2) {
    // Box–Muller by the built-in functions of f64; U is exact there, and so is the angle after the nearest quarter is taken off.
    const radius = Math.sqrt(-2 * Math.log((words[i] + 0.5) * 2 ** -32));
    const quarter = Math.floor((words[i + 1] + 2 ** 29) / 2 ** 30);
    const angle = (words[i + 1] + 0.5 - quarter * 2 ** 30) * 2 * Math.PI * 2 ** -32;
    const [c, s] = [Math.cos(angle), Math.sin(angle)];
    const expected = [
      [c, s],
      [-s, c],
      [-c, -s],
      [s, -c],
    ][quarter % 4];
    for (const k of [0, 1]) {
      const exact = radius * expected[k];
      const off = Math.abs(z[i + k] - exact) / (1 + Math.abs(exact));
      worst = Number.isFinite(off) ? Math.max(worst, off) : Number.POSITIVE_INFINITY;
    }
  }
  return {
    passed: worst <= 2e-7,
    detail: `largest error ${worst.toExponential(1)} (1 + |z|) of ${words.length}; allowed 2e-7`,
  };
}

async function expm1(device: Device): Promise<Omit<Check, 'name'>> {
  const x = Float32Array.from({ length: 1024 }, (_, i) => (i % 2 ? -1 : 1) * 10 ** (-20 + (21 * i) / 1024));
  const y = await floats(device, 'expm1_probe', new Uint32Array(x.buffer));
  let worst = 0;
  x.forEach((argument, i) => {
    const off = Math.abs(y[i] / Math.expm1(argument) - 1);
    worst = Number.isFinite(off) ? Math.max(worst, off) : Number.POSITIVE_INFINITY;
  });
  return { passed: worst <= 2e-6, detail: `largest relative error ${worst.toExponential(1)}; allowed 2e-6` };
}

/** Half of the coordinates with b = 1, u = 1, v = 0, λ = 1, noisy labels: 20 steps of SGD, four of the SDE. */
function shortRun(dimension: number, kind: 'sgd' | 'sde'): EnsembleRequest {
  const problem: Problem = {
    dimension,
    lambda: new Float64Array(dimension).fill(1),
    b: Float64Array.from({ length: dimension }, (_, i) => i % 2),
    u0: new Float64Array(dimension).fill(1),
    v0: new Float64Array(dimension),
    parametrization: 'product',
    labelNoise: 0.5,
    batchSize: 1,
    features: { kind: 'gaussian' },
    stepSize: { kind: 'constant', value: 0.5 },
    horizon: 1,
  };
  return {
    problem,
    method: kind === 'sgd' ? { kind } : { kind, scheme: 'strang', timeStep: 0.25, coupling: 'interacting' },
    times: Float64Array.of(0, kind === 'sgd' ? 20 / dimension : 1),
    statistics: [namedStatistic('risk')],
    replicas: { first: 0, count: 1 },
    seed: 1,
  };
}

/** The kernels with one workgroup a replica and with blocks, and what the f64 reference engine finds for the risk. */
export const shortRuns: readonly {
  readonly name: string;
  readonly request: () => EnsembleRequest;
  readonly risk: number;
}[] = [
  { name: 'SGD, d = 75', request: () => shortRun(75, 'sgd'), risk: 0.34007983726194957 },
  { name: 'SGD, d = 9001', request: () => shortRun(9001, 'sgd'), risk: 0.3747287602921876 },
  { name: 'SDE, d = 9001', request: () => shortRun(9001, 'sde'), risk: 0.26864317897721579 },
];

/** Short runs of the engine, as it would run here. */
async function paths(device: Device): Promise<Omit<Check, 'name'>> {
  const engine = await createGpuEngine({ device });
  let worst = 0;
  for (const { request, risk } of shortRuns) {
    let found = Number.NaN;
    for await (const event of engine.run(request())) {
      if (event.type === 'samples' && event.timeIndex === 1) [found] = event.values;
    }
    const off = Math.abs(found / risk - 1);
    worst = Number.isFinite(off) ? Math.max(worst, off) : Number.POSITIVE_INFINITY;
  }
  return {
    passed: worst <= 2e-6,
    detail: `risk of ${shortRuns.map(({ name }) => name).join('; ')}: largest relative error ${worst.toExponential(1)}; allowed 2e-6`,
  };
}

/** What the driver does with two-sum, multiply-add, and the built-in sin, cos and log. */
async function arithmetic(device: Device): Promise<Check[]> {
  // Two-sum of 1 and 2^-30; (1 + 2^-12)^2 - (1 + 2^-11), 2^-24 if fused and 0 if rounded in between.
  const rows = 256;
  const inputs = new Float32Array(4 * rows);
  for (let i = 0; i < rows; i++)
    inputs.set([1 + 2 ** -12, 1 + 2 ** -12, -(1 + 2 ** -11), 1e-3 + (6.28 * i) / rows], 4 * i);
  const out = await floats(device, 'arithmetic', new Uint32Array(inputs.buffer));
  const sums = new Float32Array([1, 2 ** -30, 0, 1]);
  const [error] = await floats(device, 'arithmetic', new Uint32Array(sums.buffer));
  const angles = Float32Array.from({ length: 4 * rows }, (_, i) => inputs[4 * Math.floor(i / 4) + 3] + (i % 4));
  const turned = await floats(device, 'trigonometry', new Uint32Array(angles.buffer));
  let sine = 0;
  let cosine = 0;
  let log = 0;
  for (let i = 0; i < rows; i++) {
    for (const k of [0, 1]) {
      sine = Math.max(sine, Math.abs(turned[4 * i + 2 * k] - Math.sin(angles[4 * i + k])));
      cosine = Math.max(cosine, Math.abs(turned[4 * i + 2 * k + 1] - Math.cos(angles[4 * i + k])));
    }
    log = Math.max(log, Math.abs(out[4 * i + 2] - Math.log(inputs[4 * i + 3])));
  }
  const kept = error === Math.fround(2 ** -30);
  const fused = out[1] !== 0;
  return [
    { name: 'two-sum', passed: kept, detail: kept ? 'keeps the rounding error' : `reassociated: gives ${error}` },
    { name: 'multiply-add', passed: true, detail: fused ? 'fused' : 'rounds in between' },
    { name: 'built-in sin', passed: sine < 1e-6, detail: `largest error ${sine.toExponential(1)}` },
    { name: 'built-in cos', passed: cosine < 1e-6, detail: `largest error ${cosine.toExponential(1)}` },
    { name: 'built-in log', passed: log < 1e-6, detail: `largest error ${log.toExponential(1)}` },
  ];
}
