/** SGD on the GPU beside other programs on the same GPU: PyTorch (eager and compiled), JAX (loop and scan) and CuPy. */
import type { GpuEngine } from '../../src/gpu/index.ts';
import { buildProblem } from '../../src/problem/index.ts';
import type { PythonName } from '../peers/index.ts';
import type { PythonPeer } from '../peers/python.ts';
import type { Row, SectionContext } from '../suite.ts';
import { type Contestant, checkAgreement, fastest, rowsOf, takeTurns } from './measure.ts';
import { checkPath, type SamePath, samePath } from './samepath.ts';
import { sgdContestant, sgdVariants } from './sgd.ts';
import { experimentOf, GAMMA } from './simulate.ts';

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
  [1000, 1000, 4000],
  [100_000, 8, 2000],
  [1_000_000, 1, 1000],
  [10_000_000, 1, 200],
];

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
    for (const way of able) {
      await checkPath(`${name} ${JSON.stringify(way)}`, same, 1e-4, async (task) => {
        const { risks } = await python.ask<{ risks: number[] }>({ task: 'sgd', block: 1, ...task, ...way });
        return risks[0];
      });
    }
    if (able.length > 0) found.push({ name, python, ways: able });
  }
  return found;
}

/** A row a program and shape; peers take all replicas of a shape as one array. */
export async function besidePeers(engine: GpuEngine, context: SectionContext): Promise<Row[]> {
  const rows: Row[] = [];
  const others = await takers(context, await samePath());
  for (const [dimension, replicas, steps] of context.quick ? SHAPES.slice(0, 1) : SHAPES) {
    const problem = buildProblem(experimentOf(dimension, steps / dimension));
    const request = { dimension, steps, replicas, gamma: GAMMA };
    const contestants: Contestant[] = [sgdContestant(engine, 'diagflow gpu', problem, replicas)];
    for (const { name, python, ways } of others) {
      contestants.push(await fastest(sgdVariants(python, name, request, ways, [replicas])));
    }
    const scores = await takeTurns(contestants, { most: context.quick ? 3 : 7 });
    checkAgreement(`log risk of SGD on the GPU, d = ${dimension}`, scores);
    const labels = { dimension, replicas };
    const amount = dimension * replicas * steps;
    const table = 'SGD on the GPU beside other programs';
    rows.push(...rowsOf({ table, labels, amount, unit: 'coordinate-steps' }, scores));
  }
  return rows;
}
