/**
 * Expression text → tree, by recursive descent over the tokens of scan.ts:
 *
 *   sum     = product {("+" | "-") product}         from the left
 *   product = signed {("*" | "/") signed}           from the left
 *   signed  = {"+" | "-"} raised                    −x^2 is −(x^2)
 *   raised  = operand ["^" signed]                  from the right; x^−2 needs no parentheses
 *   operand = number | name | name "(" sum {"," sum} ")" | "(" sum ")"
 */

import { allowed, constants, ExpressionError, functions, maximumDepth } from './language.ts';
import { scan, type Token } from './scan.ts';
import { binary, call, negate, nesting, number, power, type Tree } from './tree.ts';

/**
 * Cost O(length); the depth of the tree is bounded, so recursion over it is safe.
 * @throws ExpressionError with one line on what was found, where, and what is allowed.
 */
export function parseTree(text: string, variables: readonly string[]): Tree {
  const tree = new Parser(text, variables).whole();
  const depth = nesting(tree);
  if (depth > maximumDepth) {
    throw new ExpressionError(`operations are nested ${depth} deep: at most ${maximumDepth} levels are allowed`);
  }
  return tree;
}

/** How deep it recurses is bounded by the scanner: parentheses by `maximumDepth`, signs and powers by `maximumOperations`. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  readonly #variables: readonly string[];
  #at = 0;

  constructor(text: string, variables: readonly string[]) {
    this.#tokens = scan(text, variables);
    this.#end = { text: '', at: text.length + 1 };
    this.#variables = variables;
  }

  whole(): Tree {
    const tree = this.#sum();
    if (this.#next !== this.#end) throw this.#unexpected('an operator or the end');
    return tree;
  }

  get #next(): Token {
    return this.#tokens[this.#at] ?? this.#end;
  }

  /** The next token if it is one of these, which is then behind us; else ''. */
  #take(...texts: string[]): string {
    const { text } = this.#next;
    if (!texts.includes(text)) return '';
    this.#at++;
    return text;
  }

  #unexpected(wanted: string): ExpressionError {
    const { text, at } = this.#next;
    const found = text === '' ? 'the expression ends' : `${JSON.stringify(text)} stands`;
    return new ExpressionError(`${wanted} must come where ${found}, at character ${at}; ${allowed(this.#variables)}`);
  }

  #sum(): Tree {
    let tree = this.#product();
    for (;;) {
      const sign = this.#take('+', '-');
      if (sign === '') return tree;
      tree = binary(sign === '+' ? 'add' : 'subtract', tree, this.#product());
    }
  }

  #product(): Tree {
    let tree = this.#signed();
    for (;;) {
      const sign = this.#take('*', '/');
      if (sign === '') return tree;
      tree = binary(sign === '*' ? 'multiply' : 'divide', tree, this.#signed());
    }
  }

  #signed(): Tree {
    switch (this.#take('+', '-')) {
      case '+':
        return this.#signed();
      case '-':
        return negate(this.#signed());
      default:
        return this.#raised();
    }
  }

  #raised(): Tree {
    const base = this.#operand();
    return this.#take('^') ? power(base, this.#signed()) : base;
  }

  #operand(): Tree {
    const { text } = this.#next;
    if (this.#take('(')) {
      const inside = this.#sum();
      this.#close();
      return inside;
    }
    if (/^[\d.]/.test(text)) {
      this.#at++;
      return number(Number(text));
    }
    if (!/^[A-Za-z_$]/.test(text)) throw this.#unexpected('a value');
    this.#at++;
    // The scanner lets no other name through.
    if (Object.hasOwn(constants, text)) return number(constants[text]);
    if (!functions.has(text)) return { kind: 'variable', name: text, key: text };
    return call(text, this.#arguments());
  }

  #arguments(): Tree[] {
    this.#take('(');
    if (this.#take(')')) return [];
    const found = [this.#sum()];
    while (this.#take(',')) found.push(this.#sum());
    this.#close();
    return found;
  }

  #close(): void {
    if (!this.#take(')')) throw this.#unexpected('")"');
  }
}
