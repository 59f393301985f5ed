/**
 * Trees → one straight program over arrays: each operation runs over a block of coordinates before the next begins, and a
 * subexpression that several moments share is computed once. About 1 ns per operation and coordinate.
 */
import { divide, functions } from './language.ts';
import { type Binary, integerPower, type Tree } from './tree.ts';

/** Coordinates in a block: a few dozen registers of this length stay in the first-level cache. */
export const blockLength = 128;

type Register = Float64Array;
type Instruction = (count: number) => void;

export interface Tape {
  /** The registers to fill before `run`, one for each variable that is read. */
  readonly inputs: ReadonlyMap<string, Register>;
  /** Where the value of each tree stands after `run`. */
  readonly outputs: readonly Register[];
  /** Evaluates the first `count` ≤ blockLength entries. */
  run(count: number): void;
}

/** Values agree bit for bit with the closures of ./closure.ts. */
export function compileTape(trees: readonly Tree[]): Tape {
  const registers = new Map<string, Register>();
  const inputs = new Map<string, Register>();
  const program: Instruction[] = [];

  function place(tree: Tree): Register {
    const known = registers.get(tree.key);
    if (known) return known;
    const out = new Float64Array(blockLength);
    switch (tree.kind) {
      case 'number':
        out.fill(tree.value);
        break;
      case 'variable':
        inputs.set(tree.name, out);
        break;
      case 'negate': {
        const x = place(tree.of);
        program.push((n) => {
          for (let i = 0; i < n; i++) out[i] = -x[i];
        });
        break;
      }
      case 'binary':
        program.push(binaryLoop(tree.operator, place(tree.left), place(tree.right), out));
        break;
      case 'power': {
        const x = place(tree.of);
        const k = tree.exponent;
        program.push(
          k === 2
            ? binaryLoop('multiply', x, x, out)
            : (n) => {
                for (let i = 0; i < n; i++) out[i] = integerPower(x[i], k);
              },
        );
        break;
      }
      case 'call': {
        const f = functions.get(tree.name)!.evaluate;
        const [first, ...rest] = tree.args.map(place);
        if (rest.length === 0) {
          program.push((n) => {
            for (let i = 0; i < n; i++) out[i] = f(first[i], 0);
          });
        }
        let x = first;
        for (const y of rest) {
          const left = x;
          program.push((n) => {
            for (let i = 0; i < n; i++) out[i] = f(left[i], y[i]);
          });
          x = out;
        }
      }
    }
    registers.set(tree.key, out);
    return out;
  }

  const outputs = trees.map(place);
  return {
    inputs,
    outputs,
    run(count) {
      for (const instruction of program) instruction(count);
    },
  };
}

/** One loop a call site, so that each stays a tight loop of its own. */
function binaryLoop(operator: Binary, x: Register, y: Register, out: Register): Instruction {
  switch (operator) {
    case 'add':
      return (n) => {
        for (let i = 0; i < n; i++) out[i] = x[i] + y[i];
      };
    case 'subtract':
      return (n) => {
        for (let i = 0; i < n; i++) out[i] = x[i] - y[i];
      };
    case 'multiply':
      return (n) => {
        for (let i = 0; i < n; i++) out[i] = x[i] * y[i];
      };
    case 'divide':
      return (n) => {
        for (let i = 0; i < n; i++) out[i] = divide(x[i], y[i]);
      };
  }
}
