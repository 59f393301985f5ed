/** Peak memory against d and replicas: resident memory of a process that runs one ensemble on the CPU, and bytes of GPU buffers alive at once. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { GpuEngine } from '../../../src/gpu/index.ts';
import { buildProblem } from '../../../src/problem/index.ts';
import { experimentOf, finalValues, sgdRequest } from '../../kit/simulate.ts';
import { exact, fitLine, measured } from '../../kit/statistics.ts';
import { yielding } from '../../kit/yielding.ts';
import type { Row, Section, SectionContext, SectionResult } from '../../suite.ts';

const CHILD = fileURLToPath(new URL('../../kit/memory-child.ts', import.meta.url));

async function peakOfProcess(dimension: number, replicas: number): Promise<number> {
  const args = ['--import', 'tsx', CHILD, String(dimension), String(replicas)];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const answer = JSON.parse(stdout) as { bytes: number; replicas: number };
  if (answer.replicas !== replicas) throw new Error(`${answer.replicas} of ${replicas} replicas came`);
  return answer.bytes;
}

/** Most bytes of buffers that lived at once on the device while `work` ran. */
async function peakOfBuffers(gpu: GPUDevice, work: () => Promise<unknown>): Promise<number> {
  const { createBuffer } = gpu;
  let alive = 0;
  let most = 0;
  gpu.createBuffer = (descriptor) => {
    const buffer = createBuffer.call(gpu, descriptor);
    const { destroy } = buffer;
    let open = true;
    alive += buffer.size;
    most = Math.max(most, alive);
    buffer.destroy = () => {
      if (open) alive -= buffer.size;
      open = false;
      return destroy.call(buffer);
    };
    return buffer;
  };
  try {
    await work();
    return most;
  } finally {
    gpu.createBuffer = createBuffer;
  }
}

async function onGpu(
  engine: GpuEngine,
  points: readonly (readonly [number, number])[],
  log: SectionContext['log'],
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [dimension, replicas] of points) {
    log(`GPU buffers, d = ${dimension} × ${replicas}`);
    const request = sgdRequest(buildProblem(experimentOf(dimension, 2 / dimension)), replicas, 1);
    const bytes = await peakOfBuffers(engine.device.gpu, () => finalValues(engine, request));
    const { perReplica, shared } = engine.memoryUse(request);
    rows.push({
      table: 'bytes of GPU buffers',
      labels: { dimension, replicas },
      foreign: false,
      quantities: {
        bytes: exact(bytes, 'bytes', 'lower'),
        predicted: exact(shared + replicas * perReplica, 'bytes'),
        perCoordinate: exact(bytes / (dimension * replicas), 'bytes'),
      },
    });
  }
  return rows;
}

async function run({ quick, log, gpu }: SectionContext): Promise<SectionResult> {
  const repetitions = quick ? 1 : 3;
  const rows: Row[] = [];
  const base: number[] = [];
  const sizes: readonly (readonly [dimension: number, replicas: number])[] = quick
    ? [
        [1000, 8],
        [500_000, 1],
        [1_000_000, 1],
      ]
    : [
        [1000, 8],
        [250_000, 1],
        [1_000_000, 1],
        [4_000_000, 1],
        [10_000_000, 1],
        [1000, 1000],
        [1000, 10_000],
        [100_000, 16],
      ];
  for (const [dimension, replicas] of sizes) {
    log(`process, d = ${dimension} × ${replicas}`);
    const samples: number[] = [];
    for (let k = 0; k < repetitions; k++) samples.push(await peakOfProcess(dimension, replicas));
    base.push(samples[0]);
    rows.push({
      table: 'peak resident memory of a process',
      labels: { dimension, replicas },
      foreign: false,
      quantities: { bytes: measured(samples, 'bytes', 'lower') },
    });
  }
  const single = sizes
    .map(([dimension, replicas], k) => ({ dimension, replicas, bytes: base[k] }))
    .filter((x) => x.replicas < 10);
  const line = fitLine(
    single.map((x) => x.dimension),
    single.map((x) => x.bytes),
    'bytes',
  );
  rows.push({
    table: 'peak resident memory fitted',
    labels: { engine: 'cpu' },
    foreign: false,
    quantities: { bytesPerCoordinate: line.slope, bytesOfTheProcess: line.intercept },
  });
  const { engine, why } = await gpu();
  if (engine) {
    const points = engine.adapter.software
      ? ([
          [1000, 1],
          [1000, 16],
          [100_000, 1],
          [100_000, 4],
        ] as const)
      : ([
          [1000, 1],
          [1000, 4096],
          [1_000_000, 1],
          [1_000_000, 16],
          [10_000_000, 1],
        ] as const);
    rows.push(...(await yielding(engine, () => onGpu(engine, points, log))));
  }
  return {
    rows,
    plots: [
      {
        table: 'peak resident memory of a process',
        title: 'Peak memory of a process',
        x: 'dimension',
        y: 'bytes',
        series: ['replicas'],
        scales: ['log', 'linear'],
      },
    ],
    notes: [
      'process: Node, the library and its worker threads, from the operating system’s peak of resident memory; replicas wait for a worker, so their number hardly counts',
      'GPU: buffers alive at once, as the engine makes and destroys them; predicted: what the engine says beforehand of state and problem, without what save times hold',
      ...(engine ? [] : [why]),
    ],
  };
}

export default { name: 'memory', title: 'Peak memory against d and replicas', weight: 0.7, run } satisfies Section;
