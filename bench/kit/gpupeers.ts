/** SGD on the GPU beside other programs on the same GPU: PyTorch (eager and compiled), JAX (loop and scan) and CuPy. */
import type { GpuEngine } from '../../src/gpu/index.ts';
import { buildProblem, type Problem } from '../../src/problem/index.ts';
import type { PythonName } from '../peers/index.ts';
import type { PythonPeer } from '../peers/python.ts';
import type { Row, SectionContext } from '../suite.ts';
import { type Contestant, checkAgreement, fastest, rowsOf, takeTurns } from './measure.ts';
import { checkPath, type SamePath, samePath } from './samepath.ts';
import { sgdVariants } from './sgd.ts';
import { experimentOf, GAMMA, sgdRequest } from './simulate.ts';

type Way = Readonly<Record<string, string>>;

/** Ways of a program: which script, and what its requests say; the fastest of them takes part. */
const PROGRAMS: readonly { readonly name: string; readonly script: PythonName; readonly ways: readonly Way[] }[] = [
  { name: 'PyTorch eager, CUDA', script: 'PyTorch', ways: [{ device: 'cuda' }] },
  {
    name: 'PyTorch compile, CUDA',
    script: 'PyTorch',
    ways: [
      { device: 'cuda', compile: 'default' },
      { device: 'cuda', compile: 'reduce-overhead' },
    ],
  },
  { name: 'JAX, GPU', script: 'JAX', ways: [{ loop: 'scan' }, { loop: 'fori' }] },
  { name: 'CuPy', script: 'CuPy', ways: [{}] },
];

/** d, replicas, steps. */
const SHAPES: readonly (readonly [number, number, number])[] = [
  [1000, 1000, 10_000],
  [100_000, 8, 5000],
  [1_000_000, 1, 5000],
  [10_000_000, 1, 1000],
];

/** Seconds after which no further round of a shape is begun. */
const PATIENCE = 10;

interface Taker {
  readonly name: string;
  readonly python: PythonPeer;
  readonly ways: readonly Way[];
}

/** Those of the programs that are here and see a GPU, each found to run our SGD given the same features. */
async function takers(context: SectionContext, same: SamePath): Promise<Taker[]> {
  const found: Taker[] = [];
  for (const { name, script, ways } of PROGRAMS) {
    const python = await context.peers.python(script);
    if (!python?.hello.GPU) continue;
    const able = ways.filter((way) => !('compile' in way) || python.hello.with === 'torch.compile');
    try {
      for (const way of able) {
        await checkPath(`${name} ${JSON.stringify(way)}`, same, 1e-4, async (task) => {
          const { risks } = await python.ask<{ risks: number[] }>({ task: 'sgd', block: 1, ...task, ...way });
          return risks[0];
        });
      }
      if (able.length > 0) found.push({ name, python, ways: able });
    } catch (error) {
      // The others are measured all the same.
      context.peers.failed(name, (error as Error).message);
    }
  }
  return found;
}

/**
 * Our own SGD, timed as the peers time theirs: the steps alone, without making and uploading the start, and on a GPU that has not just
 * been idle. So the run goes on for as many steps again, and the clock runs over its second half.
 */
function loopContestant(engine: GpuEngine, name: string, problem: Problem, count: number): Contestant {
  return {
    name,
    async measure(seed) {
      const { horizon, dimension } = problem;
      const request = { ...sgdRequest(problem, count, seed), times: Float64Array.of(0, horizon, 2 * horizon) };
      const half = dimension * count * Math.round(horizon * dimension);
      let start = 0;
      let done = 0;
      let before = 0;
      const risks: number[] = [];
      for await (const event of engine.run(request)) {
        if (event.type === 'failure') throw new Error(`replica ${event.replica}: ${event.message}`);
        if (event.type === 'samples' && event.timeIndex === 1) risks.push(...event.values);
        if (event.type === 'progress') done += event.done;
        if (start === 0 && done >= half) {
          start = performance.now();
          before = done;
        }
      }
      const seconds = (performance.now() - start) / 1000;
      return { seconds: (seconds * half) / (2 * half - before), results: risks.map((risk) => Math.log(risk)) };
    },
  };
}

/** A row a program and shape; peers take all replicas of a shape as one array. */
export async function besidePeers(engine: GpuEngine, context: SectionContext): Promise<Row[]> {
  const rows: Row[] = [];
  const others = await takers(context, await samePath());
  for (const [dimension, replicas, steps] of context.quick ? SHAPES.slice(0, 1) : SHAPES) {
    const problem = buildProblem(experimentOf(dimension, steps / dimension));
    const request = { dimension, steps, replicas, gamma: GAMMA };
    const contestants: Contestant[] = [loopContestant(engine, 'diagflow gpu', problem, replicas)];
    for (const { name, python, ways } of others) {
      contestants.push(await fastest(sgdVariants(python, name, request, ways, [replicas])));
    }
    const scores = await takeTurns(contestants, { most: context.quick ? 3 : 7, seconds: PATIENCE });
    checkAgreement(`log risk of SGD on the GPU, d = ${dimension}`, scores);
    const labels = { dimension, replicas };
    const amount = dimension * replicas * steps;
    const table = 'SGD on the GPU beside other programs';
    rows.push(...rowsOf({ table, labels, amount, unit: 'coordinate-steps' }, scores));
  }
  return rows;
}
