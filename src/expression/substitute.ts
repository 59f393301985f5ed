/** Trees put into trees: names of a formula replaced by what they stand for. */
import type { Tree } from './tree.ts';

/** The tree with every variable named in `by` replaced; others stay. Shares what does not change. */
export function substitute(tree: Tree, by: Readonly<Record<string, Tree>>): Tree {
  switch (tree.kind) {
    case 'number':
      return tree;
    case 'variable':
      return Object.hasOwn(by, tree.name) ? by[tree.name] : tree;
    case 'negate': {
      const of = substitute(tree.of, by);
      return { ...tree, of, key: `(-${of.key})` };
    }
    case 'binary': {
      const left = substitute(tree.left, by);
      const right = substitute(tree.right, by);
      return { ...tree, left, right, key: `(${left.key} ${tree.operator} ${right.key})` };
    }
    case 'power': {
      const of = substitute(tree.of, by);
      return { ...tree, of, key: `pow(${of.key}, ${tree.exponent})` };
    }
    case 'call': {
      const args = tree.args.map((arg) => substitute(arg, by));
      return { ...tree, args, key: `${tree.name}(${args.map((arg) => arg.key).join(', ')})` };
    }
  }
}
