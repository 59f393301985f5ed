/** The methods of an experiment file, each ready to run. */
import type { Experiment } from '../problem/index.ts';
import type { Prediction } from '../results/index.ts';
import type { EnsembleEngine } from '../statistics/index.ts';
import { ensembleMethod } from './ensemble.ts';
import type { Method, MethodContext } from './method.ts';

export interface Methods {
  /** In the order of the file. */
  readonly methods: readonly Method[];
  /** What theory says of the end of the run; null where it says nothing. To be asked when the methods have run. */
  prediction(): Promise<Prediction | null>;
}

export function methodsOf(experiment: Experiment, context: MethodContext, engine: EnsembleEngine): Methods {
  const methods = experiment.methods.map((method, index): Method => {
    const name = { method: method.kind, index };
    switch (method.kind) {
      case 'sgd':
        return ensembleMethod(name, { kind: 'sgd' }, method.replicas, engine, context);
      case 'sde': {
        const { timeStep, scheme, replicas } = method;
        const coupling = () => 'interacting' as const;
        return ensembleMethod(name, { kind: 'sde', timeStep, scheme, coupling }, replicas, engine, context);
      }
      default:
        throw new Error(`the method ${method.kind} is not connected yet`);
    }
  });
  return { methods, prediction: async () => null };
}
