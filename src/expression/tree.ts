/** The tree of an expression: few kinds of nodes, constants folded, small integer powers made explicit. */
import { pow } from '../elementary/index.ts';

import { ExpressionError, functions, largestNumber } from './language.ts';

export type Binary = 'add' | 'subtract' | 'multiply' | 'divide';

/** `key` is equal exactly for equal trees. */
export type Tree = { readonly key: string } & (
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'negate'; readonly of: Tree }
  | { readonly kind: 'binary'; readonly operator: Binary; readonly left: Tree; readonly right: Tree }
  /** of^exponent by multiplications alone, |exponent| ≥ 2 or −1. */
  | { readonly kind: 'power'; readonly of: Tree; readonly exponent: number }
  | { readonly kind: 'call'; readonly name: string; readonly args: readonly Tree[] }
);

/** Largest |exponent| of a constant integer power written as multiplications. */
const largestPower = 1024;

/** x^n for an integer n by repeated squaring, in the one order that every compiled form follows. */
export function integerPower(x: number, n: number): number {
  // A pole has no value, and no power makes a number of what has none.
  if (Number.isNaN(x) || (x === 0 && n < 0)) return Number.NaN;
  let k = Math.abs(n);
  let square = x;
  let result = k & 1 ? x : 1;
  for (k >>= 1; k > 0; k >>= 1) {
    square *= square;
    if (k & 1) result = result === 1 ? square : result * square;
  }
  return n < 0 ? 1 / result : result;
}

export function number(value: number, what = 'number'): Tree {
  if (!(Math.abs(value) <= largestNumber)) {
    throw new ExpressionError(`${what} is ${value}: constants must be finite and at most ${largestNumber} in size`);
  }
  return { kind: 'number', value, key: String(value) };
}

/** e = β − b. */
const error: Tree = { kind: 'variable', name: 'e', key: 'e' };

export function negate(of: Tree): Tree {
  if (of.kind === 'number') return number(-of.value);
  if (of.kind === 'negate') return of.of;
  return { kind: 'negate', of, key: `(-${of.key})` };
}

export function binary(operator: Binary, left: Tree, right: Tree): Tree {
  const key = `(${left.key} ${operator} ${right.key})`;
  if (operator === 'divide' && right.kind === 'number' && right.value === 0) {
    throw new ExpressionError('division by the constant 0');
  }
  if (left.kind === 'number' && right.kind === 'number') {
    return number(apply(operator, left.value, right.value), `constant part ${key}`);
  }
  if (operator === 'subtract' && left.kind === 'variable' && right.kind === 'variable') {
    // Near the solution the difference has no digits left in f32: engines keep the error as a number of its own.
    if (left.name === 'beta' && right.name === 'b') return error;
    if (left.name === 'b' && right.name === 'beta') return negate(error);
  }
  return { kind: 'binary', operator, left, right, key };
}

export function apply(operator: Binary, x: number, y: number): number {
  switch (operator) {
    case 'add':
      return x + y;
    case 'subtract':
      return x - y;
    case 'multiply':
      return x * y;
    case 'divide':
      return x / y;
  }
}

export function power(of: Tree, exponent: Tree): Tree {
  const key = `pow(${of.key}, ${exponent.key})`;
  if (exponent.kind !== 'number') return { kind: 'call', name: 'pow', args: [of, exponent], key };
  const n = exponent.value;
  if (of.kind === 'number') return number(pow(of.value, n), `constant part ${key}`);
  if (n === 0) return number(1);
  if (n === 1) return of;
  if (n === 0.5) return call('sqrt', [of]);
  if (Number.isInteger(n) && Math.abs(n) <= largestPower) return { kind: 'power', of, exponent: n, key };
  return { kind: 'call', name: 'pow', args: [of, exponent], key };
}

export function call(name: string, args: readonly Tree[]): Tree {
  const definition = functions.get(name);
  if (!definition) throw new ExpressionError(`${JSON.stringify(name)} is not a function of the language`);
  const [least, most] = definition.arity;
  if (args.length < least || args.length > most) {
    const wanted = least === most ? `${least} argument${least === 1 ? '' : 's'}` : `${least} to ${most} arguments`;
    throw new ExpressionError(`function ${name} takes ${wanted}, found ${args.length}`);
  }
  if (name === 'pow') return power(args[0], args[1]);
  const key = `${name}(${args.map((arg) => arg.key).join(', ')})`;
  if (args.every((arg) => arg.kind === 'number')) {
    const value = args.map((arg) => arg.value).reduce(definition.evaluate as (x: number, y: number) => number);
    return number(args.length === 1 ? definition.evaluate(value, 0) : value, `constant part ${key}`);
  }
  return { kind: 'call', name, args, key };
}

/** Levels of nesting, where the left spine of a chain (a + b + c, a·b·c) counts once. */
export function nesting(tree: Tree): number {
  switch (tree.kind) {
    case 'number':
    case 'variable':
      return 0;
    case 'negate':
    case 'power':
      return 1 + nesting(tree.of);
    case 'call':
      return 1 + Math.max(...tree.args.map(nesting));
    case 'binary': {
      let deepest = 0;
      let node: Tree = tree;
      for (; node.kind === 'binary'; node = node.left) deepest = Math.max(deepest, nesting(node.right));
      return 1 + Math.max(deepest, nesting(node));
    }
  }
}

/** The variables a tree reads. */
export function variablesOf(tree: Tree, into: Set<string> = new Set()): Set<string> {
  if (tree.kind === 'variable') into.add(tree.name);
  else if (tree.kind === 'negate' || tree.kind === 'power') variablesOf(tree.of, into);
  else if (tree.kind === 'call') for (const arg of tree.args) variablesOf(arg, into);
  else if (tree.kind === 'binary') {
    variablesOf(tree.left, into);
    variablesOf(tree.right, into);
  }
  return into;
}
