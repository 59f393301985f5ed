/** Tree → a closure over one coordinate: no text is ever turned into code, so it runs under any content security policy. */
import type { Coordinate, Variable } from './expression.ts';
import { divide, functions } from './language.ts';
import { type Binary, integerPower, type Tree } from './tree.ts';

export type Closure = (c: Readonly<Coordinate>) => number;

/** A closure over any named numbers; `Coordinate`'s own names are read at fixed places, so that they stay as fast. */
export type ScalarClosure = (values: Readonly<Record<string, number>>) => number;

const read: Readonly<Record<Variable, Closure>> = {
  u: (c) => c.u,
  v: (c) => c.v,
  beta: (c) => c.beta,
  b: (c) => c.b,
  lambda: (c) => c.lambda,
  e: (c) => c.e,
  kappa: (c) => c.kappa,
  bend: (c) => c.bend,
  s: (c) => c.s,
};

/** Squares of variables are nearly every moment's leaves: one call instead of two. */
const readSquare: Readonly<Record<Variable, Closure>> = {
  u: (c) => c.u * c.u,
  v: (c) => c.v * c.v,
  beta: (c) => c.beta * c.beta,
  b: (c) => c.b * c.b,
  lambda: (c) => c.lambda * c.lambda,
  e: (c) => c.e * c.e,
  kappa: (c) => c.kappa * c.kappa,
  bend: (c) => c.bend * c.bend,
  s: (c) => c.s * c.s,
};

/** Products of something with a variable or its square, the shape of nearly every moment: one call fewer each. */
const times: Readonly<Record<Variable, (x: Closure) => Closure>> = {
  u: (x) => (c) => x(c) * c.u,
  v: (x) => (c) => x(c) * c.v,
  beta: (x) => (c) => x(c) * c.beta,
  b: (x) => (c) => x(c) * c.b,
  lambda: (x) => (c) => x(c) * c.lambda,
  e: (x) => (c) => x(c) * c.e,
  kappa: (x) => (c) => x(c) * c.kappa,
  bend: (x) => (c) => x(c) * c.bend,
  s: (x) => (c) => x(c) * c.s,
};

const timesSquare: Readonly<Record<Variable, (x: Closure) => Closure>> = {
  u: (x) => (c) => x(c) * (c.u * c.u),
  v: (x) => (c) => x(c) * (c.v * c.v),
  beta: (x) => (c) => x(c) * (c.beta * c.beta),
  b: (x) => (c) => x(c) * (c.b * c.b),
  lambda: (x) => (c) => x(c) * (c.lambda * c.lambda),
  e: (x) => (c) => x(c) * (c.e * c.e),
  kappa: (x) => (c) => x(c) * (c.kappa * c.kappa),
  bend: (x) => (c) => x(c) * (c.bend * c.bend),
  s: (x) => (c) => x(c) * (c.s * c.s),
};

function isVariable(name: string): name is Variable {
  return Object.hasOwn(read, name);
}

function readOf(name: string): Closure {
  if (isVariable(name)) return read[name];
  return (c) => (c as unknown as Readonly<Record<string, number>>)[name];
}

/** f64 closure of a tree over named numbers of any kind. */
export function compileScalar(tree: Tree): ScalarClosure {
  return compile(tree) as unknown as ScalarClosure;
}

/** f64 closure of a tree; equal bit for bit to the array form in ./means.ts. */
export function compile(tree: Tree): Closure {
  switch (tree.kind) {
    case 'number': {
      const value = tree.value;
      return () => value;
    }
    case 'variable':
      return readOf(tree.name);
    case 'negate': {
      const of = compile(tree.of);
      return (c) => -of(c);
    }
    case 'binary':
      return compileBinary(tree.operator, tree.left, tree.right);
    case 'power': {
      if (tree.exponent === 2 && tree.of.kind === 'variable' && isVariable(tree.of.name))
        return readSquare[tree.of.name];
      const of = compile(tree.of);
      const n = tree.exponent;
      if (n === 2) {
        return (c) => {
          const x = of(c);
          return x * x;
        };
      }
      if (n === -1) return (c) => divide(1, of(c));
      return (c) => integerPower(of(c), n);
    }
    case 'call': {
      const f = functions.get(tree.name)!.evaluate;
      const args = tree.args.map(compile);
      const [x, y] = args;
      if (args.length === 1) return (c) => f(x(c), 0);
      if (args.length === 2) return (c) => f(x(c), y(c));
      return args.reduce((a, b) => (c) => f(a(c), b(c)));
    }
  }
}

function compileBinary(operator: Binary, left: Tree, right: Tree): Closure {
  const x = compile(left);
  const y = compile(right);
  if (right.kind === 'number') {
    const k = right.value;
    if (operator === 'add') return (c) => x(c) + k;
    if (operator === 'subtract') return (c) => x(c) - k;
    if (operator === 'multiply') return (c) => x(c) * k;
    return (c) => divide(x(c), k);
  }
  if (left.kind === 'number') {
    const k = left.value;
    if (operator === 'add') return (c) => k + y(c);
    if (operator === 'subtract') return (c) => k - y(c);
    if (operator === 'multiply') return (c) => k * y(c);
    return (c) => divide(k, y(c));
  }
  if (operator === 'multiply') {
    if (right.kind === 'variable' && isVariable(right.name)) return times[right.name](x);
    if (right.kind === 'power' && right.exponent === 2 && right.of.kind === 'variable' && isVariable(right.of.name)) {
      return timesSquare[right.of.name](x);
    }
    // Products commute exactly.
    if (left.kind === 'variable' && isVariable(left.name)) return times[left.name](y);
  }
  if (operator === 'add') return (c) => x(c) + y(c);
  if (operator === 'subtract') return (c) => x(c) - y(c);
  if (operator === 'multiply') return (c) => x(c) * y(c);
  return (c) => divide(x(c), y(c));
}
