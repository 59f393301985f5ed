/**
 * `npm run bench -- against FOLDER`: streamed SGD of this tree and of another build's, in one process and in turns, so that what the
 * machine does besides hits both. Prints how many times as fast this tree is.
 */
import { existsSync } from 'node:fs';
import { register } from 'node:module';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as Cpu from '../src/cpu/index.ts';
import type * as Gpu from '../src/gpu/index.ts';
import type * as Problems from '../src/problem/index.ts';
import type * as Statistics from '../src/statistics/index.ts';
import { RecordError } from './kit/record.ts';
import { median } from './kit/statistics.ts';
import { timedOnGpu } from './kit/stopwatch.ts';

export interface AgainstOptions {
  /** Seconds of a run, at about. */
  readonly seconds: number;
  readonly rounds: number;
  readonly only?: 'cpu' | 'gpu';
}

interface Tree {
  readonly name: string;
  readonly problems: typeof Problems;
  readonly statistics: typeof Statistics;
  readonly cpu: typeof Cpu;
  readonly gpu: typeof Gpu;
}

async function treeOf(name: string, folder: string): Promise<Tree> {
  const load = (file: string) => import(pathToFileURL(join(folder, 'src', file, 'index.ts')).href);
  const [problems, statistics, cpu, gpu] = await Promise.all(['problem', 'statistics', 'cpu', 'gpu'].map(load));
  return { name, problems, statistics, cpu, gpu };
}

interface Size {
  readonly dimension: number;
  readonly replicas: number;
  readonly features?: string | object;
}

const LAWS = ['rademacher', { kind: 'student-t', degrees: 5 }];
const SIZES: Readonly<Record<'cpu' | 'gpu' | 'software', readonly Size[]>> = {
  cpu: [
    { dimension: 10_000, replicas: 2 },
    { dimension: 100_000, replicas: 2 },
    { dimension: 1_000_000, replicas: 1 },
    ...LAWS.map((features) => ({ dimension: 1_000_000, replicas: 2, features })),
  ],
  gpu: [
    { dimension: 100_000, replicas: 8 },
    { dimension: 1_000_000, replicas: 1 },
    { dimension: 10_000_000, replicas: 1 },
    ...LAWS.map((features) => ({ dimension: 1_000_000, replicas: 1, features })),
  ],
  software: [
    { dimension: 20_000, replicas: 4 },
    { dimension: 100_000, replicas: 1 },
    ...LAWS.map((features) => ({ dimension: 20_000, replicas: 4, features })),
  ],
};

/** Seconds that some steps take by each clock that says something about them, and the dispatches of a GPU. */
interface Time {
  readonly clocks: Readonly<Record<string, number>>;
  readonly dispatches: number | null;
}
type Run = (steps: number) => Promise<Time>;

const processor = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

function runner(
  { problems, statistics }: Tree,
  engine: Statistics.EnsembleEngine,
  size: Size,
  device?: Gpu.Device,
): Run {
  const { dimension, replicas, features = 'gaussian' } = size;
  const problem = problems.buildProblem(
    problems.parseExperiment({
      problem: {
        dimension,
        features,
        target: { kind: 'sparse', fraction: 0.5, value: 1 },
        initialization: { kind: 'constant', u: 1, v: 0 },
      } as never,
      stepSize: 0.3,
      horizon: 1e6,
      methods: [{ kind: 'sgd' }],
    }),
  );
  return async (steps) => {
    const work = async () => {
      for await (const event of engine.run({
        problem,
        method: { kind: 'sgd' },
        times: Float64Array.of(0, steps / dimension),
        statistics: statistics.resolveStatistics(['risk']),
        replicas: { first: 0, count: replicas },
        seed: 1,
      })) {
        if (event.type === 'failure') throw new Error(event.message);
      }
    };
    const before = processor();
    if (device === undefined) {
      const start = performance.now();
      await work();
      return {
        clocks: { wall: (performance.now() - start) / 1000, processor: processor() - before },
        dispatches: null,
      };
    }
    const { seconds, gpuSeconds, dispatches } = await timedOnGpu(device, work);
    const clocks: Record<string, number> = { wall: seconds };
    if (gpuSeconds !== null) clocks['GPU clock'] = gpuSeconds;
    if (device.info.software) clocks.processor = processor() - before;
    return { clocks, dispatches };
  };
}

async function compare(
  name: string,
  size: Size,
  [now, before]: readonly [Run, Run],
  options: AgainstOptions,
  isCut = false,
) {
  const { dimension, replicas, features = 'gaussian' } = size;
  let steps = 8;
  for (let tries = 0; tries < 8; tries++) {
    await now(steps);
    const { clocks } = await before(steps);
    if (clocks.wall > options.seconds / 2) break;
    steps = Math.ceil(steps * Math.min(20, (1.2 * options.seconds) / clocks.wall));
  }
  const times: [Time, Time][] = [];
  for (let round = 0; round < options.rounds; round++) {
    if (round % 2 === 0) times.push([await now(steps), await before(steps)]);
    else times.push(([await before(steps), await now(steps)] as [Time, Time]).reverse() as [Time, Time]);
  }
  const law = typeof features === 'string' ? features : JSON.stringify(features);
  const each = (pick: (pair: [Time, Time]) => number) => times.map(pick).sort((a, b) => a - b);
  const factors = Object.keys(times[0][0].clocks).map((clock) => {
    const ratios = each(([a, b]) => b.clocks[clock] / a.clocks[clock]);
    return `${clock} ${median(ratios).toFixed(2)} [${ratios[0].toFixed(2)}, ${ratios[ratios.length - 1].toFixed(2)}]`;
  });
  const [a, b] = times[0].map(({ dispatches }) => dispatches);
  // The two save times are a dispatch each.
  const perStep = (count: number) => ((count - 2) / steps).toFixed(3);
  // A software adapter takes so long for a step that it is cut into several.
  const counts = a === null || b === null || isCut ? '' : `; dispatches a step ${perStep(a)}, before ${perStep(b)}`;
  process.stdout.write(
    `${name} d = ${dimension} × ${replicas}, ${law}, ${steps} steps: times as fast, ${factors.join(', ')}${counts}\n`,
  );
}

/** @throws RecordError where there is no such build. */
export async function against(folder: string, options: AgainstOptions): Promise<void> {
  const root = resolve(folder);
  if (!existsSync(join(root, 'src/cpu/wasm/generated/sgd-plain.ts'))) {
    throw new RecordError(
      `${folder} must be a tree of this project with its kernels built: run "npm ci && npm run build:wasm" there`,
    );
  }
  register('./kit/wgsl-hooks.mjs', import.meta.url);
  const trees = [await treeOf('now', resolve(import.meta.dirname, '..')), await treeOf('before', root)];
  if (options.only !== 'gpu') {
    const engines = trees.map(({ cpu }) => cpu.createCpuEngine());
    try {
      for (const size of SIZES.cpu) {
        const [now, before] = trees.map((tree, k) => runner(tree, engines[k], size));
        await compare('cpu', size, [now, before], options);
      }
    } finally {
      await Promise.all(engines.map((engine) => engine.dispose()));
    }
  }
  if (options.only !== 'cpu') {
    const devices = await Promise.all(trees.map(({ gpu }) => gpu.Device.open()));
    const engines = await Promise.all(trees.map(({ gpu }, k) => gpu.createGpuEngine({ device: devices[k] })));
    process.stdout.write(`${trees[0].gpu.adapterName(devices[0].info)}\n`);
    for (const size of SIZES[devices[0].info.software ? 'software' : 'gpu']) {
      const [now, before] = trees.map((tree, k) => runner(tree, engines[k], size, devices[k]));
      await compare('gpu', size, [now, before], options, devices[0].info.software);
    }
    for (const device of devices) device.dispose();
  }
}
