/** Expression text → moment, the unit that engines and the PDE evaluate. */
import { compile } from './closure.ts';
import type { Moment, Variable } from './expression.ts';
import { allVariables, ExpressionError, userVariables } from './language.ts';
import { parseTree } from './parse.ts';
import { type Tree, variablesOf } from './tree.ts';
import { toWgsl } from './wgsl.ts';

/** A moment that still knows its tree, from which the array form is compiled. */
export interface ParsedMoment extends Moment {
  readonly tree: Tree;
  readonly variables: ReadonlySet<Variable>;
}

/**
 * Compiles an expression over u, v, beta, b, lambda: the mean over coordinates of its value is a statistic.
 * @throws ExpressionError (one line: what was found, where, what is allowed).
 */
export function parseMoment(source: string): ParsedMoment {
  return momentOf(source, userVariables);
}

/** The same for the project's own statistics, which may also name e, kappa and s. */
export function parseNamedMoment(source: string): ParsedMoment {
  return momentOf(source, allVariables);
}

/** Null if the text is an expression of the language, else the one line that says why not. Never throws. */
export function checkExpression(text: string): string | null {
  try {
    parseTree(text, userVariables);
    return null;
  } catch (error) {
    if (error instanceof ExpressionError) return error.message;
    throw error;
  }
}

function momentOf(source: string, variables: readonly string[]): ParsedMoment {
  const tree = parseTree(source, variables);
  return {
    source: source.trim(),
    tree,
    evaluate: compile(tree),
    wgsl: toWgsl(tree),
    variables: variablesOf(tree) as ReadonlySet<Variable>,
  };
}
