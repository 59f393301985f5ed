/**
 * The WGSL text against the f64 closure, through a small interpreter of WGSL's own grammar (not of ours): precedence,
 * literals and powers are checked as WGSL reads them. The functions of elementary.wgsl are tested on an adapter, beside the kernels.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { divide, functions } from '../../src/expression/language.ts';
import { integerPower } from '../../src/expression/tree.ts';
import { literal } from '../../src/expression/wgsl.ts';
import { type Coordinate, namedStatistics, parseMoment } from '../../src/statistics/index.ts';

/** WGSL: additive := multiplicative (('+'|'-') multiplicative)*; multiplicative := unary (('*'|'/') unary)*; unary := '-' unary | primary. */
function interpret(text: string, scope: Record<string, number>): number {
  const tokens = text.match(/(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?[fi]?|[a-z_][a-z_0-9]*|[-+*/(),]|\S/gi) ?? [];
  let at = 0;
  const take = (wanted?: string) => {
    const token = tokens[at++];
    if (wanted !== undefined && token !== wanted) throw new Error(`wanted ${wanted}, found ${token} in ${text}`);
    return token;
  };
  const calls = new Map([...functions].map(([, f]) => [f.wgsl, f.evaluate]));
  calls.set('elementary_integer_power', integerPower);
  calls.set('elementary_divide', divide);
  function primary(): number {
    const token = take();
    if (token === '(') {
      const value = additive();
      take(')');
      return value;
    }
    if (/^-?[\d.]+(e[+-]?\d+)?f$/.test(token)) return Number(token.slice(0, -1));
    if (/^-?\d+i$/.test(token)) return Number(token.slice(0, -1));
    if (tokens[at] === '(') {
      take('(');
      const args = [additive()];
      while (tokens[at] === ',') {
        take(',');
        args.push(additive());
      }
      take(')');
      const f = calls.get(token);
      if (!f) throw new Error(`no WGSL function ${token}`);
      return f(args[0], args[1]);
    }
    if (!(token in scope)) throw new Error(`unknown identifier ${token} in ${text}`);
    return scope[token];
  }
  function unary(): number {
    if (tokens[at] !== '-') return primary();
    take('-');
    if (tokens[at] === '-') throw new Error(`"--" is reserved in WGSL: ${text}`);
    return -unary();
  }
  function multiplicative(): number {
    let value = unary();
    while (tokens[at] === '*' || tokens[at] === '/') value = take() === '*' ? value * unary() : value / unary();
    return value;
  }
  function additive(): number {
    let value = multiplicative();
    while (tokens[at] === '+' || tokens[at] === '-')
      value = take() === '+' ? value + multiplicative() : value - multiplicative();
    return value;
  }
  const value = additive();
  if (at !== tokens.length) throw new Error(`left over after ${at} tokens: ${text}`);
  return value;
}

const point: Coordinate = {
  u: 1.3,
  v: -0.7,
  beta: -0.91,
  b: 0.4,
  lambda: 1.7,
  e: -1.31,
  kappa: 2.18,
  bend: -1.82,
  s: 0.18,
};

describe('WGSL text', () => {
  it('goldens', () => {
    const text = (expression: string) => parseMoment(expression).wgsl;
    expect(text('lambda*(u-b)^4')).toBe('lambda * elementary_integer_power(u - b, 4i)');
    expect(text('lambda*(beta-b)^4')).toBe('lambda * ((e * e) * (e * e))');
    expect(text('u^2 + v^2')).toBe('(u * u) + (v * v)');
    expect(text('u - (v - b)')).toBe('u - (v - b)');
    expect(text('u - v * b')).toBe('u - v * b');
    expect(text('u / (v * b)')).toBe('elementary_divide(u, v * b)');
    expect(text('-u * -v')).toBe('-u * (-v)');
    expect(text('u * -2')).toBe('u * (-2f)');
    expect(text('log1p(u) + max(u, v, b)')).toBe('elementary_log1p(u) + max(max(u, v), b)');
    expect(text('0.1 * u')).toBe('0.1f * u');
  });

  it('literals are the nearest f32, and underflow to 0', () => {
    for (const x of [0.1, 1 / 3, 3.4028234e38, 1.2e-38, 123456789, -2.5e-7]) {
      const text = literal(x);
      expect(text).toMatch(/^-?(\d+(\.\d+)?)(e[+-]\d+)?f$/);
      expect(Math.fround(Number(text.slice(0, -1)))).toBe(Math.fround(x));
    }
    expect(literal(1e-39)).toBe('0f');
    expect(literal(-0)).toBe('0f');
  });

  it('every named statistic evaluates to its f64 value', () => {
    for (const statistic of namedStatistics()) {
      for (const moment of statistic.moments) {
        expect(interpret(moment.wgsl, { ...point }), moment.source).toBeCloseTo(moment.evaluate(point), 12);
      }
    }
  });

  it('random expressions keep their value', () => {
    const { expression } = fc.letrec((tie) => ({
      expression: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.constantFrom('u', 'v', 'beta', 'b', 'lambda', '2', '0.5', 'pi', '1e-3'),
        fc
          .tuple(tie('expression'), fc.constantFrom(' + ', ' - ', '*', '/'), tie('expression'))
          .map(([x, o, y]) => `${x}${o}${y}`),
        fc
          .tuple(tie('expression'), fc.constantFrom(' + ', '-', '*', '/'), tie('expression'))
          .map(([x, o, y]) => `(${x}${o}${y})`),
        fc
          .tuple(fc.constantFrom('-', 'exp', 'sin', 'abs', 'atan', 'log1p', 'sinh'), tie('expression'))
          .map(([f, x]) => `${f}(${x})`),
        fc.tuple(tie('expression'), fc.constantFrom('2', '3', '-1', '5', '-2', 'u')).map(([x, n]) => `(${x})^${n}`),
        fc.tuple(tie('expression'), tie('expression')).map(([x, y]) => `max(${x}, ${y}, 1)`),
      ),
    }));
    let compared = 0;
    fc.assert(
      fc.property(expression, (text) => {
        let moment: ReturnType<typeof parseMoment>;
        try {
          moment = parseMoment(text as string);
        } catch {
          return; // too deep, or a constant part without a value
        }
        const value = moment.evaluate(point);
        const read = interpret(moment.wgsl, { ...point });
        if (!Number.isFinite(value) || Math.abs(value) > 1e30) return;
        compared++;
        // Literals are rounded to f32; the interpreter computes in f64.
        expect(Math.abs(read - value)).toBeLessThanOrEqual(1e-4 * (1 + Math.abs(value)));
      }),
      { seed: 11, numRuns: 2000 },
    );
    expect(compared).toBeGreaterThan(1000);
  });
});
