/** diagflow's engines in a page, with the face that the other pages have. */
import { createCpuEngine } from '../../../src/cpu/index.ts';
import { createGpuEngine } from '../../../src/gpu/index.ts';
import { buildProblem } from '../../../src/problem/index.ts';
import type { EnsembleEngine } from '../../../src/statistics/stream.ts';
import { experimentOf, sgdRequest, valuesOf } from '../../kit/simulate.ts';

export const name = 'diagflow';
export const ways = ['gpu', 'cpu, 1 thread'];

/** Open engines by way: a kernel is compiled once. */
const engines = new Map<string, EnsembleEngine>();
let engine: EnsembleEngine;

export async function use(way: string): Promise<boolean> {
  const open = engines.get(way) ?? (way === 'gpu' ? await createGpuEngine() : createCpuEngine({ workers: 0 }));
  engines.set(way, open);
  engine = open;
  return true;
}

export async function sgd(request: {
  dimension: number;
  steps: number;
  replicas: number;
  gamma: number;
  seed: number;
}) {
  const { dimension, steps, replicas, gamma, seed } = request;
  const problem = buildProblem(experimentOf(dimension, steps / dimension, { stepSize: gamma }));
  const start = performance.now();
  const values = await valuesOf(engine, sgdRequest(problem, replicas, seed));
  return { seconds: (performance.now() - start) / 1000, risks: values.map((replica) => replica[1][0]) };
}
