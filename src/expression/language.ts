/** The expression language: its variables, functions, constants and limits, each named once. */
import {
  acos,
  acosh,
  asin,
  asinh,
  atan,
  atanh,
  cbrt,
  cos,
  cosh,
  exp,
  expm1,
  log,
  log1p,
  log2,
  log10,
  pow,
  sin,
  sinh,
  tan,
  tanh,
} from '../elementary/index.ts';
import type { Variable } from './expression.ts';

/** What a user's expression may name. */
export const userVariables: readonly Variable[] = ['u', 'v', 'beta', 'b', 'lambda'];

/** What the named statistics may name besides: quantities that depend on the parametrization, or have a more exact form. */
export const allVariables: readonly Variable[] = [...userVariables, 'e', 'kappa', 'bend', 's'];

export const constants: Readonly<Record<string, number>> = { pi: Math.PI };

export interface ElementaryFunction {
  /** Fewest and most arguments. */
  readonly arity: readonly [number, number];
  /**
   * f64 value; functions of many arguments are folded from the left, two at a time. NaN outside the domain, poles included (log 0 is
   * no −∞ that a later exp would make a 0 of), and wherever an argument is NaN.
   */
  readonly evaluate: (x: number, y: number) => number;
  /**
   * Its WGSL name: a built-in where the WGSL specification promises an f32-accurate result, else a function of
   * shaders/lib/elementary.wgsl (sin, cos and atan are only good to 2⁻¹¹ by the specification, log near 1 to 2⁻²¹ absolute;
   * expm1, log1p, cbrt and log10 are missing).
   */
  readonly wgsl: string;
}

/** f where `inside` holds, else NaN. */
const within = (inside: (x: number) => boolean, f: (x: number) => number) => (x: number) =>
  inside(x) ? f(x) : Number.NaN;
const positive = (x: number) => x > 0;

const unary = (evaluate: (x: number) => number, wgsl: string): ElementaryFunction => ({
  arity: [1, 1],
  evaluate,
  wgsl,
});

/** x^y; a pole, 0 to a negative power, has no value. */
function power(x: number, y: number): number {
  return Number.isNaN(x) || (x === 0 && y < 0) ? Number.NaN : pow(x, y);
}

/** x/y; 1/0 has no value. */
export function divide(x: number, y: number): number {
  return y === 0 ? Number.NaN : x / y;
}

export const functions: ReadonlyMap<string, ElementaryFunction> = new Map(
  Object.entries({
    abs: unary(Math.abs, 'abs'),
    sign: unary(Math.sign, 'sign'),
    sqrt: unary(Math.sqrt, 'elementary_sqrt'),
    cbrt: unary(cbrt, 'elementary_cbrt'),
    exp: unary(exp, 'exp'),
    expm1: unary(expm1, 'elementary_expm1'),
    log: unary(within(positive, log), 'elementary_log'),
    log1p: unary(
      within((x) => x > -1, log1p),
      'elementary_log1p',
    ),
    log2: unary(within(positive, log2), 'elementary_log2'),
    log10: unary(within(positive, log10), 'elementary_log10'),
    sin: unary(sin, 'elementary_sin'),
    cos: unary(cos, 'elementary_cos'),
    tan: unary(tan, 'elementary_tan'),
    asin: unary(asin, 'elementary_asin'),
    acos: unary(acos, 'elementary_acos'),
    atan: unary(atan, 'elementary_atan'),
    sinh: unary(sinh, 'elementary_sinh'),
    cosh: unary(cosh, 'elementary_cosh'),
    tanh: unary(tanh, 'elementary_tanh'),
    asinh: unary(asinh, 'elementary_asinh'),
    acosh: unary(acosh, 'elementary_acosh'),
    atanh: unary(
      within((x) => Math.abs(x) < 1, atanh),
      'elementary_atanh',
    ),
    min: { arity: [2, 8], evaluate: Math.min, wgsl: 'min' },
    max: { arity: [2, 8], evaluate: Math.max, wgsl: 'max' },
    pow: { arity: [2, 2], evaluate: power, wgsl: 'elementary_pow' },
  } satisfies Record<string, ElementaryFunction>),
);

/** Longest expression, in characters. */
export const maximumLength = 1000;
/** Deepest nesting of parentheses, and of operations inside one another (a chain a + b + c nests once). */
export const maximumDepth = 32;
/** Most operations in one expression: shader compilers refuse deeper trees than a few hundred. */
export const maximumOperations = 256;
/** Means of moments beyond this have no value on any engine: in f32 some of the terms, or their sum, would overflow. */
export const largestMean = 1e30;
/** Largest number: that of f32, so that an expression means the same on a GPU. */
export const largestNumber = 3.4028234e38;

export function allowed(variables: readonly string[]): string {
  return (
    `allowed are numbers, + - * / ^, parentheses, the variables ${variables.join(', ')}, ` +
    `the constant ${Object.keys(constants).join(', ')}, and the functions ${[...functions.keys()].join(', ')}`
  );
}

/** An expression that the language refuses; the message is one line. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
}
