/** The methods of an experiment file, each ready to run. */
import type { Experiment, ExperimentMethod } from '../problem/index.ts';
import type { Prediction } from '../results/index.ts';
import type { EnsembleEngine } from '../statistics/index.ts';
import { ensembleMethod } from './ensemble.ts';
import { steppingOf } from './floor.ts';
import { asksForInterpolation } from './interpolation.ts';
import { layoutPath } from './layout.ts';
import { flowMethod, Limit, pdeMethod } from './limit.ts';
import type { Method, MethodContext } from './method.ts';

export interface Methods {
  /** In the order of the file. */
  readonly methods: readonly Method[];
  /** What theory says of the end of the run; null where it says nothing. To be asked when the methods have run. */
  prediction(): Promise<Prediction | null>;
}

export function methodsOf(experiment: Experiment, context: MethodContext, engine: EnsembleEngine): Methods {
  const limit = new Limit(experiment, context);
  const methods = experiment.methods.map((method, index) =>
    methodOf(method, index, experiment, context, limit, engine),
  );
  return { methods, prediction: () => limit.prediction() };
}

function methodOf(
  method: ExperimentMethod,
  index: number,
  experiment: Experiment,
  context: MethodContext,
  limit: Limit,
  engine: EnsembleEngine,
): Method {
  const name = { method: method.kind, index };
  const stepping = steppingOf(method, context.problem.dimension, engine.name);
  switch (method.kind) {
    case 'sgd':
      return ensembleMethod(name, { kind: 'sgd' }, method, engine, context, stepping);
    case 'sde': {
      const { timeStep, scheme } = method;
      const coupling = async (onProgress: (t: number) => void) =>
        method.coupling === 'interacting' ? 'interacting' : (await limit.solve(undefined, onProgress)).path;
      const runner = method.varianceReduction ? controlled(engine.name) : engine;
      return ensembleMethod(name, { kind: 'sde', timeStep, scheme, coupling }, method, runner, context, stepping);
    }
    case 'pde': {
      const isFirst = experiment.methods.findIndex(({ kind }) => kind === 'pde') === index;
      return pdeMethod(name, method, limit, context, stepping, isFirst ? layoutPath(experiment, context) : null);
    }
    case 'flow':
      return flowMethod(name, context, stepping, asksForInterpolation(experiment));
  }
}

/** The one way of sampling that has no kernels of its own. */
function controlled(name: EnsembleEngine['name']): EnsembleEngine {
  return {
    name,
    async *run(request) {
      const { controlledMeanField } = await import('../cpu/index.ts');
      yield* controlledMeanField(request);
    },
    dispose() {},
  };
}
