/** The tree of an expression after parsing: our own few node kinds, constants folded, small integer powers made explicit. */
import { create, parseDependencies } from 'mathjs/number';
import { pow } from '../problem/elementary/index.ts';
import type { Variable } from './expression.ts';
import { allowed, constants, ExpressionError, functions, largestNumber, maximumDepth } from './language.ts';
import { scan } from './scan.ts';

export type Binary = 'add' | 'subtract' | 'multiply' | 'divide';

/** `key` is equal exactly for equal trees. */
export type Tree = { readonly key: string } & (
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'variable'; readonly name: Variable }
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

/** The part of mathjs's nodes that is read here. */
interface Parsed {
  readonly type: string;
  readonly value?: unknown;
  readonly name?: string;
  readonly content?: Parsed;
  readonly fn?: string | { readonly name?: string };
  readonly args?: readonly Parsed[];
}

let parser: ((text: string) => Parsed) | undefined;

/** Made at first use, so that importing this module does nothing. Only the parser: nothing of mathjs evaluates anything. */
function parse(text: string): Parsed {
  parser ??= create(parseDependencies, {}).parse as unknown as (text: string) => Parsed;
  return parser(text);
}

/**
 * Expression text → tree. Cost O(length); the depth of the tree is bounded, so recursion over it is safe.
 * @throws ExpressionError with one line on what was found, where, and what is allowed.
 */
export function parseTree(text: string, variables: readonly string[]): Tree {
  const clean = scan(text, variables);
  let parsed: Parsed;
  try {
    parsed = parse(clean);
  } catch (error) {
    const message = error instanceof Error ? error.message.replaceAll('\n', ' ') : String(error);
    throw new ExpressionError(`${message.replace(/\(char (\d+)\)/, 'at character $1')}; ${allowed(variables)}`);
  }
  const tree = build(parsed, variables);
  const depth = nesting(tree);
  if (depth > maximumDepth) {
    throw new ExpressionError(`operations are nested ${depth} deep: at most ${maximumDepth} levels are allowed`);
  }
  return tree;
}

function build(node: Parsed, variables: readonly string[]): Tree {
  const args = () => (node.args ?? []).map((arg) => build(arg, variables));
  switch (node.type) {
    case 'ParenthesisNode':
      return build(node.content!, variables);
    case 'ConstantNode':
      if (typeof node.value === 'number') return number(node.value);
      break;
    case 'SymbolNode':
      if (Object.hasOwn(constants, node.name!)) return number(constants[node.name!]);
      if (variables.includes(node.name!)) return { kind: 'variable', name: node.name as Variable, key: node.name! };
      break;
    case 'FunctionNode': {
      const name = (node.fn as { name: string }).name;
      return call(name, args());
    }
    case 'OperatorNode': {
      const [left, right] = args();
      switch (node.fn) {
        case 'unaryPlus':
          return left;
        case 'unaryMinus':
          return negate(left);
        case 'add':
        case 'subtract':
        case 'multiply':
        case 'divide':
          return binary(node.fn, left, right);
        case 'pow':
          return power(left, right);
      }
    }
  }
  throw new ExpressionError(`${node.type} is not part of an expression; ${allowed(variables)}`);
}

function number(value: number, what = 'number'): Tree {
  if (!(Math.abs(value) <= largestNumber)) {
    throw new ExpressionError(`${what} is ${value}: constants must be finite and at most ${largestNumber} in size`);
  }
  return { kind: 'number', value, key: String(value) };
}

/** e = β − b. */
const error: Tree = { kind: 'variable', name: 'e', key: 'e' };

function negate(of: Tree): Tree {
  if (of.kind === 'number') return number(-of.value);
  if (of.kind === 'negate') return of.of;
  return { kind: 'negate', of, key: `(-${of.key})` };
}

function binary(operator: Binary, left: Tree, right: Tree): Tree {
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

function power(of: Tree, exponent: Tree): Tree {
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

function call(name: string, args: readonly Tree[]): Tree {
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
function nesting(tree: Tree): number {
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
export function variablesOf(tree: Tree, into: Set<Variable> = new Set()): Set<Variable> {
  if (tree.kind === 'variable') into.add(tree.name);
  else if (tree.kind === 'negate' || tree.kind === 'power') variablesOf(tree.of, into);
  else if (tree.kind === 'call') for (const arg of tree.args) variablesOf(arg, into);
  else if (tree.kind === 'binary') {
    variablesOf(tree.left, into);
    variablesOf(tree.right, into);
  }
  return into;
}
