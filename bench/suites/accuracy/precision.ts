/**
 * The f32 GPU engine and the fast CPU engine against the f64 reference, on the same paths: relative difference of the risk while it falls
 * by fifty decades, and where each stops agreeing (docs/gpu.md).
 */
import { createCpuEngine, createReferenceEngine } from '../../../src/cpu/index.ts';
import { buildProblem } from '../../../src/problem/index.ts';
import { resolveStatistics } from '../../../src/statistics/index.ts';
import type { EnsembleEngine, EnsembleRequest } from '../../../src/statistics/stream.ts';
import { experimentOf, valuesOf } from '../../kit/simulate.ts';
import { exact, measured } from '../../kit/statistics.ts';
import { yielding } from '../../kit/yielding.ts';
import type { Row, Section, SectionContext, SectionResult } from '../../suite.ts';

/** Save times, every 4 units. */
const timesTo = (horizon: number) => Float64Array.from({ length: horizon / 4 + 1 }, (_, i) => 4 * i);
const METHODS = [
  { kind: 'sgd' },
  { kind: 'sde', scheme: 'strang', timeStep: 0.1, coupling: 'interacting' },
] as const satisfies readonly EnsembleRequest['method'][];
/** A relative difference of the risk that is called disagreement. */
const DISAGREES = 0.01;

async function run(context: SectionContext): Promise<SectionResult> {
  const { quick, log } = context;
  const [dimension, replicas, horizon] = quick ? [64, 4, 96] : [1024, 8, 160];
  const times = timesTo(horizon);
  const problem = buildProblem(experimentOf(dimension, horizon));
  const reference = createReferenceEngine();
  const cpu = createCpuEngine();
  const { engine: gpu, why } = await context.gpu();
  const rows: Row[] = [];
  try {
    const risks = async (engine: EnsembleEngine, method: EnsembleRequest['method']) => {
      log(`${method.kind} on ${engine.name}`);
      const statistics = resolveStatistics(['risk']);
      return valuesOf(engine, {
        problem,
        method,
        times,
        statistics,
        replicas: { first: 0, count: replicas },
        seed: 1,
      });
    };
    for (const method of METHODS) {
      const truth = await risks(reference, method);
      for (const engine of gpu ? [cpu, gpu] : [cpu]) {
        const own = engine === gpu ? await yielding(gpu, () => risks(gpu, method)) : await risks(engine, method);
        rows.push(...rowsOf(engine.name, method.kind, times, truth, own));
      }
    }
  } finally {
    await reference.dispose();
    await cpu.dispose();
  }
  return {
    rows,
    plots: [
      {
        table: 'relative difference of the risk from the f64 reference',
        title: 'Where f32 stops agreeing with f64',
        x: 'riskOverStart',
        y: 'difference',
        series: ['engine', 'method'],
        scales: ['log', 'log'],
      },
    ],
    notes: [
      `case A (γ = 0.5), d = ${dimension}, ${replicas} replicas on the same paths; difference: median over replicas of |R/R_f64 − 1|, intervals by order statistics`,
      `agreesDownTo: R/R(0) at the last save time before the first at which some replica differs by more than ${100 * DISAGREES}%; the run goes down to reached, so the two are equal where nothing disagreed`,
      'below about 1e−25 R(0) the f64 reference is no truth any more: e = β − b has lost its digits there too (R stays near 1e−28), so agreement ends for every engine',
      ...(gpu ? [] : [why]),
    ],
  };
}

type Risks = Awaited<ReturnType<typeof valuesOf>>;

function rowsOf(engine: string, method: string, times: Float64Array, truth: Risks, own: Risks): Row[] {
  const start = truth[0][0][0];
  const mean = (i: number) => truth.reduce((sum, replica) => sum + replica[i][0], 0) / truth.length / start;
  // Tiny rather than 0, so that logarithms can be taken: the spacing of f64 at 1.
  const differences = Array.from(times, (_, i) =>
    truth.map((replica, r) => Math.max(2 ** -53, Math.abs(own[r][i][0] / replica[i][0] - 1))),
  );
  const bad = differences.findIndex((at) => Math.max(...at) > DISAGREES);
  const last = times.length - 1;
  const rows: Row[] = differences.slice(1).map((at, k) => ({
    table: 'relative difference of the risk from the f64 reference',
    labels: { engine, method, time: times[k + 1] },
    foreign: false,
    quantities: { riskOverStart: exact(mean(k + 1), '1'), difference: measured(at, '1', 'lower') },
  }));
  rows.push({
    table: `agreement to ${100 * DISAGREES}%`,
    labels: { engine, method },
    foreign: false,
    quantities: {
      agreesDownTo: exact(mean(bad < 0 ? last : Math.max(0, bad - 1)), '1', 'lower'),
      reached: exact(mean(last), '1'),
    },
  });
  return rows;
}

export default {
  name: 'precision',
  title: 'f32 GPU and fast CPU against the f64 reference, and where they stop agreeing',
  run,
} satisfies Section;
