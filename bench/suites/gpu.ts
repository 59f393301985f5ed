/**
 * Throughput of the GPU engine, beside what the same adapter does on bare normals and bare copies, in one run. Sizes grow with the
 * adapter. By itself: `npx tsx bench/suites/gpu.ts [--quick]`.
 */
import { register } from 'node:module';
import { setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Device, GpuEngine } from '../../src/gpu/index.ts';
import type { Problem } from '../../src/problem/index.ts';
import type { EnsembleRequest, RiskPath } from '../../src/statistics/index.ts';
import type { Suite, SuiteContext, SuiteResult } from '../suite.ts';

type Row = Record<string, number | string | readonly number[]>;

/** Bytes of memory that one coordinate-step moves by the kernel's own reads and writes; resident kernels keep the state. */
const BYTES: Readonly<Record<string, number>> = {
  // P, Q, E, dp, dq and sqrt(lambda) read, dp and dq written.
  'sgd-streamed': 32,
  // The same, and b.
  'sde-streamed': 36,
};

function problem(dimension: number): Problem {
  return {
    dimension,
    lambda: new Float64Array(dimension).fill(1),
    b: Float64Array.from({ length: dimension }, (_, i) => i % 2),
    u0: new Float64Array(dimension).fill(1),
    v0: new Float64Array(dimension),
    parametrization: 'product',
    labelNoise: 0,
    batchSize: 1,
    features: { kind: 'gaussian' },
    stepSize: { kind: 'constant', value: 0.5 },
    horizon: 1e9,
  };
}

function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Seconds of each of `rounds` passes, after one that warms up: by the GPU's own timestamps where it has them, else from submission
 * to completion.
 */
async function timed(device: Device, rounds: number, encode: (pass: GPUComputePassEncoder) => void): Promise<number[]> {
  const { gpu } = device;
  const arena = device.arena('timestamps');
  const stamped = device.features.has('timestamp-query');
  const querySet = stamped ? gpu.createQuerySet({ label: 'rate', type: 'timestamp', count: 2 }) : null;
  try {
    const resolved = await arena.allocate('resolved', 16, GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC);
    const staging = await arena.allocate('readback', 16, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);
    const samples: number[] = [];
    for (let round = 0; round <= rounds; round++) {
      const start = performance.now();
      const encoder = gpu.createCommandEncoder({ label: 'rate' });
      const timestampWrites = querySet ? { querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 } : undefined;
      const pass = encoder.beginComputePass({ label: 'rate', timestampWrites });
      encode(pass);
      pass.end();
      if (querySet) {
        encoder.resolveQuerySet(querySet, 0, 2, resolved, 0);
        encoder.copyBufferToBuffer(resolved, 0, staging, 0, 16);
      }
      gpu.queue.submit([encoder.finish()]);
      await Promise.all([staging.mapAsync(GPUMapMode.READ), gpu.queue.onSubmittedWorkDone()]);
      const wall = (performance.now() - start) / 1000;
      const [begin, end] = new BigUint64Array(staging.getMappedRange());
      const ticks = Number(end - begin) / 1e9;
      staging.unmap();
      if (round > 0) samples.push(querySet && ticks > 0 ? ticks : wall);
    }
    return samples;
  } finally {
    querySet?.destroy();
    arena.dispose();
  }
}

/** Normals a second of a kernel that does nothing else, and bytes a second of a plain copy. */
async function rates(device: Device, quick: boolean): Promise<{ normals: number; bandwidth: number; rows: Row[] }> {
  const { software } = device.info;
  const items = software ? 64 : 1024;
  const threads = software ? 1 << 14 : 1 << 20;
  const bytes = Math.min(software ? 1 << 26 : 1 << 30, device.limits.maxStorageBufferBindingSize);
  const arena = device.arena('rates');
  try {
    const usage = GPUBufferUsage.STORAGE;
    const [source, sink] = [await arena.allocate('source', bytes, usage), await arena.allocate('sink', bytes, usage)];
    const rounds = quick ? 3 : 7;
    const variant = { constants: { ITEMS: items } };
    const bind = (pipeline: GPUComputePipeline, entries: [number, GPUBuffer][]) =>
      device.gpu.createBindGroup({
        label: 'rates',
        layout: pipeline.getBindGroupLayout(0),
        entries: entries.map(([binding, buffer]) => ({ binding, resource: { buffer } })),
      });
    const normals = await device.separatePipeline('rates', 'normals_rate', variant);
    const normalSeconds = await timed(device, rounds, (pass) => {
      pass.setPipeline(normals);
      pass.setBindGroup(0, bind(normals, [[1, sink]]));
      pass.dispatchWorkgroups(threads / 256);
    });
    const copy = await device.separatePipeline('rates', 'copy_rate', variant);
    const groups = Math.min(Math.ceil(bytes / 16 / 256), 65_535);
    const copySeconds = await timed(device, rounds, (pass) => {
      pass.setPipeline(copy);
      pass.setBindGroup(
        0,
        bind(copy, [
          [0, source],
          [1, sink],
        ]),
      );
      pass.dispatchWorkgroups(groups);
    });
    const normalsPerSecond = (4 * items * threads) / median(normalSeconds);
    const bytesPerSecond = (2 * bytes) / median(copySeconds);
    return {
      normals: normalsPerSecond,
      bandwidth: bytesPerSecond,
      rows: [
        { what: 'bare normals', secondsMedian: median(normalSeconds), seconds: normalSeconds, normalsPerSecond },
        { what: 'bare copy', secondsMedian: median(copySeconds), seconds: copySeconds, bytesPerSecond },
      ],
    };
  } finally {
    arena.dispose();
  }
}

interface Job {
  readonly what: string;
  readonly kernel: string;
  readonly dimension: number;
  readonly replicas: number;
  readonly method: EnsembleRequest['method'];
  /** Length of a step in units of time. */
  readonly step: number;
}

interface Timing {
  /** Wall time of the whole run, the start's upload included. */
  readonly seconds: number;
  /** Coordinate-steps a second between the first and the last chunk's end; of the whole run where there was but one chunk. */
  readonly rate: number;
}

async function run(
  engine: GpuEngine,
  job: Job,
  steps: number,
  statistics: EnsembleRequest['statistics'],
): Promise<Timing> {
  const { dimension, method, replicas, step } = job;
  const request: EnsembleRequest = {
    problem: problem(dimension),
    method,
    times: Float64Array.of(0, steps * step),
    statistics,
    replicas: { first: 0, count: replicas },
    seed: 1,
  };
  const start = performance.now();
  let first = 0;
  let last = start;
  let since = 0;
  let total = 0;
  for await (const event of engine.run(request)) {
    if (event.type === 'failure') throw new Error(`${job.what}: replica ${event.replica} failed: ${event.message}`);
    if (event.type !== 'progress') continue;
    last = performance.now();
    total += event.done;
    if (first === 0) first = last;
    else since += event.done;
  }
  const rate = since > 0 ? since / (last - first) : total / (last - start);
  return { seconds: (performance.now() - start) / 1000, rate: 1000 * rate };
}

function jobs(software: boolean, quick: boolean): Job[] {
  const sgd = (dimension: number, replicas: number): Job => ({
    what: `SGD d = ${dimension} × ${replicas}`,
    kernel: dimension > 8192 ? 'sgd-streamed' : 'sgd-resident',
    dimension,
    replicas,
    method: { kind: 'sgd' },
    step: 1 / dimension,
  });
  const h = 1e-4;
  const path: RiskPath = { end: 1e9, risk: () => 0.1, clock: (t) => 0.025 * t };
  const sde = (dimension: number, replicas: number, meanField: boolean): Job => ({
    what: `SDE ${meanField ? 'mean-field' : 'interacting'} d = ${dimension} × ${replicas}`,
    kernel: meanField ? 'sde-mean-field' : dimension > 8192 ? 'sde-streamed' : 'sde-resident',
    dimension,
    replicas,
    method: { kind: 'sde', scheme: 'strang', timeStep: h, coupling: meanField ? path : 'interacting' },
    step: h,
  });
  if (software) {
    const list = [
      sgd(1000, 16),
      sgd(100_000, 1),
      sgd(1_000_000, 1),
      sde(1000, 16, false),
      sde(100_000, 1, false),
      sde(100_000, 1, true),
    ];
    return quick ? list : [...list, sgd(8192, 4), sgd(100_000, 8), sgd(10_000_000, 1), sde(1_000_000, 1, true)];
  }
  const list = [sgd(1000, 1000), sgd(100_000, 8), sgd(1_000_000, 1), sgd(10_000_000, 1)];
  list.push(sde(1000, 1000, false), sde(1_000_000, 1, false), sde(1_000_000, 1, true));
  return quick ? list : [...list, sgd(8192, 132), sgd(1_048_576, 4), sde(10_000_000, 1, true)];
}

async function measure({ quick, log }: SuiteContext): Promise<SuiteResult> {
  // Vite's `?raw` for scripts; must come before the engine is loaded.
  register('../wgsl-hooks.mjs', import.meta.url);
  const { adapterName, createGpuEngine } = await import('../../src/gpu/index.ts');
  const { namedStatistic } = await import('../../src/statistics/index.ts');
  const engine = await createGpuEngine();
  try {
    const { software } = engine.adapter;
    // The binding waits in a busy loop: let a software driver have the cores.
    if (software) setPriority(process.pid, 10);
    const name = adapterName(engine.adapter);
    log(name);
    const bare = await rates(engine.device, quick);
    const rows: Row[] = bare.rows.map((row) => ({ ...row, adapter: name }));
    const statistics = [namedStatistic('risk')];
    const wanted = quick ? 0.7 : 3;
    for (const job of jobs(software, quick)) {
      // The first run compiles; the second says how many steps fill the time wanted.
      const size = job.dimension * job.replicas;
      let steps = Math.max(4, Math.ceil((software ? 2e5 : 2e7) / size));
      await run(engine, job, 2, statistics);
      const { rate } = await run(engine, job, steps, statistics);
      steps = Math.max(4, Math.min(50_000_000, Math.round((rate * wanted) / size)));
      const timings: Timing[] = [];
      for (let round = 0; round < 3; round++) timings.push(await run(engine, job, steps, statistics));
      const seconds = timings.map((timing) => timing.seconds);
      const perSecond = median(timings.map((timing) => timing.rate));
      const bytes = BYTES[job.kernel];
      rows.push({
        what: job.what,
        kernel: job.kernel,
        adapter: name,
        dimension: job.dimension,
        replicas: job.replicas,
        steps,
        secondsMedian: median(seconds),
        seconds,
        [job.method.kind === 'sgd' ? 'coordinateStepsPerSecond' : 'pathStepsPerSecond']: perSecond,
        shareOfNormalsRate: perSecond / bare.normals,
        dispatchesPerStep: bytes === undefined ? 0 : 1,
        ...(bytes === undefined
          ? {}
          : { bytesPerCoordinateStep: bytes, shareOfBandwidth: (perSecond * bytes) / bare.bandwidth }),
      });
      log(
        `${job.what}: ${(perSecond / 1e6).toFixed(1)} M/s, ${((100 * perSecond) / bare.normals).toFixed(0)}% of the bare normals rate`,
      );
    }
    const notes = [
      `adapter: ${name}; rates are coordinate-steps over wall time between the ends of the first and the last chunk of a run (medians of three), after a run that compiled the kernels; seconds are those of whole runs with their upload`,
      'dispatchesPerStep 0: many steps share a dispatch; bytesPerCoordinateStep counts reads and writes of the kernel, folds excepted',
    ];
    if (software)
      notes.push(
        'software adapter: sizes are small, and shares of bandwidth mean little, because the state lies in the CPU cache',
      );
    return { rows, notes };
  } finally {
    engine.dispose();
  }
}

const suite: Suite = { name: 'gpu', title: 'GPU engine: throughput', run: measure };
export default suite;

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const log = (line: string) => void process.stderr.write(`${line}\n`);
  const result = await measure({ quick: process.argv.includes('--quick'), log });
  process.stdout.write(`${JSON.stringify(result, null, 1)}\n`);
}
