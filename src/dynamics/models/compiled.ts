/** A model compiled to loops in f64, and where its planes start. */
import { Loop } from '../../expression/loop.ts';
import { parseTree } from '../../expression/parse.ts';
import { modelOf, type Parametrization } from './index.ts';
import { modelTrees, PLANE_NAMES } from './trees.ts';
import type { Model } from './types.ts';

export interface GenericModel {
  readonly model: Model;
  /** Names of the planes there are. */
  readonly names: readonly ('p' | 'q')[];
  /** [plane] values at the start. */
  readonly start: readonly Float64Array[];
  /** β. */
  readonly beta: Loop;
  /** κ. */
  readonly kappa: Loop;
}

interface Start {
  readonly parametrization: Parametrization;
  readonly dimension: number;
  readonly u0: Float64Array;
  readonly v0: Float64Array;
}

/** Compiles the model of a problem and lays out its start. O(d). */
export function genericModel({ parametrization, u0, v0, dimension }: Start): GenericModel {
  const model = modelOf(parametrization);
  const names = PLANE_NAMES.slice(0, model.planes.length);
  const trees = modelTrees(model);
  const starts = new Loop(model.planes.map(({ start }) => parseTree(start, ['u', 'v'])));
  const start = names.map(() => new Float64Array(dimension));
  starts.run({ u: u0, v: v0 }, 0, dimension, (values, first, count) => {
    for (let k = 0; k < names.length; k++) start[k].set(values[k].subarray(0, count), first);
  });
  return { model, names, start, beta: new Loop([trees.beta]), kappa: new Loop([trees.kappa]) };
}
