/** Tree → WGSL text of the same f32 expression. Parentheses only where precedence asks, so that long chains stay flat. */
import { functions } from './language.ts';
import type { Tree } from './tree.ts';

/** Binding strength of the text's outermost operator; WGSL has no unary plus and no power operator. */
const Strength = { sum: 0, product: 1, unary: 2, primary: 3 } as const;
type Strength = (typeof Strength)[keyof typeof Strength];

interface Text {
  readonly text: string;
  readonly strength: Strength;
}

/** A WGSL f32 expression over u, v, beta, b, lambda, e, kappa, s and the functions of shaders/lib/elementary.wgsl. */
export function toWgsl(tree: Tree): string {
  return print(tree).text;
}

/** The nearest f32, in as few digits as name it; numbers below f32's normal range become 0 (WGSL may flush them anyway). */
export function literal(value: number): string {
  const rounded = Math.fround(value);
  if (Math.abs(rounded) < 1.1754943508222875e-38) return '0f';
  let digits = 1;
  while (Math.fround(Number(rounded.toPrecision(digits))) !== rounded) digits++;
  return `${Number(rounded.toPrecision(digits))}f`;
}

function wrap(part: Text, least: Strength): string {
  return part.strength >= least ? part.text : `(${part.text})`;
}

function print(tree: Tree): Text {
  switch (tree.kind) {
    case 'number': {
      const text = literal(tree.value);
      return { text, strength: text.startsWith('-') ? Strength.unary : Strength.primary };
    }
    case 'variable':
      return { text: tree.name, strength: Strength.primary };
    case 'negate':
      return { text: `-${wrap(print(tree.of), Strength.primary)}`, strength: Strength.unary };
    case 'binary': {
      const { operator, left: over, right: under } = tree;
      if (operator === 'divide' && !(under.kind === 'number' && Number(literal(under.value).slice(0, -1)) !== 0)) {
        const text = `elementary_divide(${print(over).text}, ${print(under).text})`;
        return { text, strength: Strength.primary };
      }
      const sum = tree.operator === 'add' || tree.operator === 'subtract';
      const strength = sum ? Strength.sum : Strength.product;
      const sign = { add: '+', subtract: '-', multiply: '*', divide: '/' }[tree.operator];
      // The right operand binds more strongly by one: a − (b − c), a / (b · c); and − never meets − .
      const left = wrap(print(tree.left), strength);
      const right = wrap(print(tree.right), Strength.primary);
      const inner = tree.right.kind === 'binary' && sum && isProduct(tree.right) ? print(tree.right).text : right;
      return { text: `${left} ${sign} ${inner}`, strength };
    }
    case 'power': {
      const of = print(tree.of);
      const n = tree.exponent;
      // A negative base has no pow in WGSL; small powers of a name are written out, others multiply in a loop.
      if (tree.of.kind === 'variable') {
        const x = of.text;
        if (n === 2) return { text: `(${x} * ${x})`, strength: Strength.primary };
        if (n === 3) return { text: `(${x} * ${x} * ${x})`, strength: Strength.primary };
        if (n === 4) return { text: `((${x} * ${x}) * (${x} * ${x}))`, strength: Strength.primary };
      }
      if (n === -1) return { text: `elementary_divide(1f, ${of.text})`, strength: Strength.primary };
      return { text: `elementary_integer_power(${of.text}, ${n}i)`, strength: Strength.primary };
    }
    case 'call': {
      const name = functions.get(tree.name)!.wgsl;
      const args = tree.args.map((arg) => print(arg).text);
      const text = args.length === 1 ? `${name}(${args[0]})` : args.reduce((a, b) => `${name}(${a}, ${b})`);
      return { text, strength: Strength.primary };
    }
  }
}

function isProduct(tree: Tree): boolean {
  return tree.kind === 'binary' && (tree.operator === 'multiply' || tree.operator === 'divide');
}
