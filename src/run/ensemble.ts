/** SGD and SDE: replicas on an engine, gathered into an ensemble. */
import { Ensemble } from '../ensemble/index.ts';
import { breakpoints, sgdSteps, timeGrid } from '../problem/index.ts';
import { ensembleCurves } from '../results/index.ts';
import type { EnsembleEngine, SdeRequest, SgdRequest } from '../statistics/index.ts';
import type { MethodName } from './events.ts';
import { type Method, type MethodContext, type MethodEvent, MethodFailure } from './method.ts';

export type EnsembleMethod =
  | SgdRequest
  | (Omit<SdeRequest, 'coupling'> & {
      /** Found when the method starts: a mean-field coupling needs the PDE. */
      readonly coupling: () => SdeRequest['coupling'] | Promise<SdeRequest['coupling']>;
    });

function stepsOf(method: EnsembleMethod, { problem, times }: MethodContext): number {
  if (method.kind === 'sgd') return sgdSteps(times, problem.dimension)[times.length - 1];
  return timeGrid(times, method.timeStep, breakpoints(problem.stepSize, problem.horizon)).count;
}

/** `count` replicas, numbered from 0. */
export function ensembleMethod(
  name: MethodName,
  method: EnsembleMethod,
  count: number,
  engine: EnsembleEngine,
  context: MethodContext,
): Method {
  const { problem, times, statistics, seed, signal } = context;
  const replicas = { first: 0, count };
  const ensemble = new Ensemble({ times, statistics: statistics.length, replicas });
  const source = { ...name, statistics: statistics.map((statistic) => statistic.name), times };

  async function* run(): AsyncGenerator<MethodEvent> {
    const request = method.kind === 'sgd' ? method : { ...method, coupling: await method.coupling() };
    for await (const event of engine.run({ problem, method: request, times, statistics, replicas, seed, signal })) {
      ensemble.add(event);
      if (event.type === 'failure') {
        const { replica, time, message } = event;
        const text = `replica ${replica} diverged at t = ${time.toPrecision(6)}: ${message}`;
        yield { type: 'failure', event: { kind: 'diverged', time, message: text, replica } };
      } else {
        yield event;
      }
    }
    const { failures } = ensemble;
    if (failures.length === count) {
      const last = Math.max(...failures.map((failure) => failure.time));
      throw new MethodFailure(
        'failed',
        last,
        `${count === 1 ? 'its one replica' : `all ${count} replicas`} diverged, by t = ${last.toPrecision(6)}`,
      );
    }
    if (!ensemble.complete) throw new Error('the engine ended without a sample of every replica at every save time');
  }

  return {
    total: Math.max(1, problem.dimension * stepsOf(method, context) * count),
    unit: 'coordinate-steps',
    run,
    curves: () => ensembleCurves(source, ensemble.curves(), count, ensemble.failures.length),
  };
}
