/** The models: one tuple; schema, lab, kernel catalogue and twin tests iterate it. */
import { difference } from './difference.ts';
import { type Power, power } from './power.ts';
import { type PowerDifference, powerDifference } from './power-difference.ts';
import { product } from './product.ts';
import { square } from './square.ts';
import type { Model, ModelRule } from './types.ts';

export const models = [product, difference, square, power, powerDifference] as const;

/** The models of depth two, which have names alone: src/problem/hyperbolic.ts. */
export type Hyperbolic = 'product' | 'difference' | 'square';

/** As in the file; or, from outside, the model itself. */
export type Parametrization = Hyperbolic | Power | PowerDifference | Model;

/** Kind of a parametrization: its name. */
export function kindOf(parametrization: Parametrization): string {
  return typeof parametrization === 'string' ? parametrization : parametrization.kind;
}

/** β in plain characters: `β = u³`. */
export function formulaOf(parametrization: Parametrization): string {
  const found = models.find(({ kind }) => kind === kindOf(parametrization));
  const depth = typeof parametrization === 'object' && 'depth' in parametrization ? parametrization.depth : 2;
  return (found?.formula ?? kindOf(parametrization)).replaceAll('^L', '⁰¹²³⁴⁵⁶⁷⁸⁹'[depth]);
}

const cache = new Map<string, Model>();

/** The model of a parametrization; the same object every time. */
export function modelOf(parametrization: Parametrization): Model {
  if (typeof parametrization !== 'string' && 'planes' in parametrization) return parametrization;
  const key = JSON.stringify(parametrization);
  const known = cache.get(key);
  if (known) return known;
  const rule = models.find(({ kind }) => kind === kindOf(parametrization)) as ModelRule<Parametrization> | undefined;
  if (rule === undefined) throw new RangeError(`unknown parametrization ${key}`);
  const model = rule.model(parametrization);
  cache.set(key, model);
  return model;
}

/** Its name among the models of depth two, or null: depth 2 of a power is `square`, of a difference `difference`. */
export function hyperbolicOf(parametrization: Parametrization): Hyperbolic | null {
  return modelOf(parametrization).hyperbolic ?? null;
}
