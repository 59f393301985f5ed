/** The step sizes: one tuple for schedules, one for those that depend on the state; everything that knows kinds iterates them. */
import { adagradNorm } from './adagrad-norm.ts';
import { constant } from './constant.ts';
import { cosine } from './cosine.ts';
import { expression } from './expression.ts';
import { lineSearch } from './line-search.ts';
import { piecewise } from './piecewise.ts';
import { power } from './power.ts';
import { stochasticPolyak } from './stochastic-polyak.ts';
import type { ScheduleRule, StateRule, StateStepSizeDefinition } from './types.ts';

export const schedules = [constant, piecewise, power, cosine] as const;
export const stateStepSizes = [adagradNorm, stochasticPolyak, lineSearch, expression] as const;

type ScheduleOf<R> = R extends ScheduleRule<infer S> ? S : never;
type StateOf<R> = R extends StateRule<infer S> ? S : never;

/** A function of time alone. */
export type Schedule = ScheduleOf<(typeof schedules)[number]>;
/** As in the file; or, from outside, the definition itself. */
export type StateStepSizeSpec = StateOf<(typeof stateStepSizes)[number]> | StateStepSizeDefinition;
/** γ: a schedule, which is a function of time alone, or a rule that reads the state. */
export type StepSize = Schedule | StateStepSizeSpec;

const byKind = new Map<string, ScheduleRule<Schedule>>(
  schedules.map((rule) => [rule.kind, rule as unknown as ScheduleRule<Schedule>]),
);

export function isSchedule(stepSize: StepSize): stepSize is Schedule {
  return byKind.has(stepSize.kind);
}

function ruleOf(stepSize: StepSize): ScheduleRule<Schedule> {
  const rule = byKind.get(stepSize.kind);
  if (rule === undefined)
    throw new RangeError(`the step size ${stepSize.kind} depends on the state: it has no value at a time alone`);
  return rule;
}

/** γ(t) of a schedule. @throws RangeError where it depends on the state. */
export function stepSizeAt(stepSize: StepSize, t: number, horizon: number): number {
  return ruleOf(stepSize).at(stepSize as Schedule, t, horizon);
}

/** ∫₀ᵗ γ(s) ds of a schedule, in closed form, good to rounding. @throws RangeError where it depends on the state. */
export function stepSizeIntegral(stepSize: StepSize, t: number, horizon: number): number {
  return ruleOf(stepSize).integral(stepSize as Schedule, t, horizon);
}

/** Times strictly inside (0, horizon) where γ jumps; increasing. A time grid must not step across one. */
export function breakpoints(stepSize: StepSize, horizon: number): number[] {
  return isSchedule(stepSize) ? (ruleOf(stepSize).breakpoints?.(stepSize, horizon) ?? []) : [];
}

/** The definition of a state-dependent step size; null for a schedule. @throws ExpressionError where an expression is none. */
export function stateDefinition(stepSize: StepSize): StateStepSizeDefinition | null {
  if (isSchedule(stepSize)) return null;
  if (stepSize.kind === 'definition') return stepSize;
  const rule = stateStepSizes.find(({ kind }) => kind === stepSize.kind) as unknown as StateRule<StateStepSizeSpec>;
  return rule.define(stepSize);
}
