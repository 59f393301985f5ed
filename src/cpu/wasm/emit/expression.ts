/** Trees → WebAssembly on pairs of f64, with the values of src/expression/tape.ts: bit for bit, operation by operation. */
import { functions } from '../../../expression/language.ts';
import type { Tree } from '../../../expression/tree.ts';
import type { Code, Imported, Plain } from './code.ts';

const BINARY = { add: 'f64x2.add', subtract: 'f64x2.sub', multiply: 'f64x2.mul' } as const satisfies Record<
  string,
  Plain
>;
const CALLS: Readonly<Record<string, Plain>> = {
  abs: 'f64x2.abs',
  sqrt: 'f64x2.sqrt',
  min: 'f64x2.min',
  max: 'f64x2.max',
};

/** The functions of JavaScript that a module calls, numbered as they are first named: all modules' first indices. */
export class Imports {
  readonly list: Imported[] = [];

  indexOf(name: string): number {
    const at = this.list.findIndex((known) => known.name === name);
    return at >= 0 ? at : this.list.push({ name, call: functions.get(name)!.evaluate }) - 1;
  }
}

/** Values of trees in one function: a subexpression that was computed once is not computed again. */
export class Values {
  readonly #code: Code;
  readonly #imports: Imports;
  /** By key; of variables the local they stand in. */
  readonly #known = new Map<string, number>();

  constructor(code: Code, imports: Imports) {
    this.#code = code;
    this.#imports = imports;
  }

  /** From here on the variable is what local `place` (v128) holds. */
  bind(variable: string, place: number): void {
    this.#known.set(variable, place);
  }

  /** Only these variables, and nothing that was computed. */
  keeping(variables: readonly string[]): Values {
    const values = new Values(this.#code, this.#imports);
    for (const name of variables) values.bind(name, this.#known.get(name)!);
    return values;
  }

  /** Pushes the value of a tree. */
  push(tree: Tree): Code {
    const code = this.#code;
    if (tree.kind === 'number') return code.pair(tree.value, tree.value);
    const known = this.#known.get(tree.key);
    if (known !== undefined) return code.get(known);
    switch (tree.kind) {
      case 'variable':
        throw new RangeError(`nothing is called ${tree.name} here`);
      case 'negate':
        this.push(tree.of).op('f64x2.neg');
        break;
      case 'binary': {
        const { operator, left, right } = tree;
        this.push(left);
        if (operator !== 'divide') this.push(right).op(BINARY[operator]);
        else if (right.kind === 'number' && right.value !== 0) this.push(right).op('f64x2.div');
        else {
          // 1/0 has no value: all bits of the comparison's true make a NaN.
          this.push(right).op('f64x2.div');
          this.push(right).pair(0, 0).op('f64x2.eq', 'v128.or');
        }
        break;
      }
      case 'power':
        this.#power(tree.of, tree.exponent);
        break;
      case 'call':
        this.#call(tree.name, tree.args);
    }
    const place = code.local('v128');
    this.#known.set(tree.key, place);
    return code.tee(place);
  }

  /** As integerPower of src/expression/tree.ts. */
  #power(of: Tree, exponent: number): void {
    const code = this.#code;
    const square = code.local('v128');
    const result = code.local('v128');
    let k = Math.abs(exponent);
    let isEmpty = (k & 1) === 0;
    this.push(of).set(square);
    if (!isEmpty) code.get(square).set(result);
    for (k >>= 1; k > 0; k >>= 1) {
      code.get(square).get(square).op('f64x2.mul').set(square);
      if ((k & 1) === 0) continue;
      if (isEmpty) code.get(square).set(result);
      else code.get(result).get(square).op('f64x2.mul').set(result);
      isEmpty = false;
    }
    if (exponent > 0) code.get(result);
    else {
      code.pair(1, 1).get(result).op('f64x2.div');
      this.push(of).pair(0, 0).op('f64x2.eq', 'v128.or');
    }
  }

  #call(name: string, args: readonly Tree[]): void {
    const [first, ...rest] = args;
    const own = CALLS[name];
    this.push(first);
    if (own !== undefined) {
      if (rest.length === 0) this.#code.op(own);
      for (const arg of rest) this.push(arg).op(own);
      return;
    }
    const x = this.#code.local('v128');
    const y = this.#code.local('v128');
    const index = this.#imports.indexOf(name);
    this.#code.set(x);
    if (rest.length > 0) this.push(rest[0]).set(y);
    for (const lane of [0, 1] as const) {
      this.#code.get(x).lane(lane).get(y).lane(lane).call(index);
      if (lane === 0) this.#code.op('f64x2.splat');
      else this.#code.replaceLane(1);
    }
  }
}
