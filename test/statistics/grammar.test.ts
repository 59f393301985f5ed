/** The parser against that of mathjs, an independent one whose language has ours in it: the same trees, the same texts refused. */
import fc from 'fast-check';
import { create, parseDependencies } from 'mathjs/number';
import { describe, expect, it } from 'vitest';
import { constants, ExpressionError, userVariables } from '../../src/expression/language.ts';
import { parseTree } from '../../src/expression/parse.ts';
import { scan } from '../../src/expression/scan.ts';
import { binary, call, negate, number, power, type Tree } from '../../src/expression/tree.ts';

/** The part of mathjs's nodes that is read here. */
interface Parsed {
  readonly type: string;
  readonly value: number;
  readonly name: string;
  readonly content: Parsed;
  readonly fn: string & { readonly name: string };
  readonly args: readonly Parsed[];
}

const parse = create(parseDependencies, {}).parse as unknown as (text: string) => Parsed;

function treeOf(node: Parsed): Tree {
  switch (node.type) {
    case 'ParenthesisNode':
      return treeOf(node.content);
    case 'ConstantNode':
      return number(node.value);
    case 'SymbolNode':
      if (Object.hasOwn(constants, node.name)) return number(constants[node.name]);
      return { kind: 'variable', name: node.name as 'u', key: node.name };
    case 'FunctionNode':
      return call(node.fn.name, node.args.map(treeOf));
  }
  const [left, right] = node.args.map(treeOf);
  switch (node.fn as string) {
    case 'unaryPlus':
      return left;
    case 'unaryMinus':
      return negate(left);
    case 'pow':
      return power(left, right);
    default:
      return binary(node.fn as 'add', left, right);
  }
}

/** The key of the tree, which is one to one with it, or null where the text is refused. */
function keyOf(make: () => Tree): string | null {
  try {
    return make().key;
  } catch (error) {
    if (error instanceof ExpressionError || error instanceof SyntaxError || error instanceof TypeError) return null;
    throw error;
  }
}

const peers = (text: string) => [
  keyOf(() => parseTree(text, userVariables)),
  // What the scanner refuses never reached mathjs, whose language is far larger.
  keyOf(() => {
    scan(text, userVariables);
    return treeOf(parse(text));
  }),
];

const operand = fc.constantFrom('u', 'v', 'beta', 'b', 'lambda', 'pi', '2', '0.5', '.25', '3.0', '1e2', '7E-1');
const space = fc.constantFrom('', '', ' ', '  ');
const { expression } = fc.letrec<{ expression: string }>((tie) => ({
  expression: fc.oneof(
    { maxDepth: 5 },
    operand,
    fc
      .tuple(tie('expression'), space, fc.constantFrom('+', '-', '*', '/', '^'), space, tie('expression'))
      .map((parts) => parts.join('')),
    fc.tuple(fc.constantFrom('-', '+', '- '), tie('expression')).map((parts) => parts.join('')),
    tie('expression').map((inside) => `(${inside})`),
    fc
      .tuple(fc.constantFrom('exp', 'sin', 'abs', 'sqrt'), tie('expression'))
      .map(([name, inside]) => `${name}(${inside})`),
    fc
      .tuple(fc.constantFrom('min', 'max', 'pow'), tie('expression'), tie('expression'))
      .map(([name, left, right]) => `${name}(${left}, ${right})`),
  ),
}));

describe('the parser and that of mathjs', () => {
  it('read every expression as the same tree', () => {
    let read = 0;
    fc.assert(
      fc.property(expression, (text) => {
        const [ours, theirs] = peers(text);
        if (theirs !== null) read++;
        expect(ours, text).toBe(theirs);
      }),
      { seed: 1, numRuns: 3000 },
    );
    // Some are refused by both: a pole among constants, too many nested operations.
    expect(read).toBeGreaterThan(1500);
  });

  it('refuse the same arrangements of tokens', () => {
    const tokens = ['u', '2', '+', '-', '*', '^', '(', ')', ',', 'sin', 'min'];
    let refused = 0;
    let read = 0;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...tokens), { minLength: 1, maxLength: 8 }), (parts) => {
        const text = parts.join(' ');
        const [ours, theirs] = peers(text);
        if (theirs === null) refused++;
        else read++;
        expect(ours, text).toBe(theirs);
      }),
      { seed: 2, numRuns: 6000 },
    );
    expect(refused).toBeGreaterThan(1000);
    expect(read).toBeGreaterThan(200);
  });
});
