import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Coordinate, checkExpression, parseMoment } from '../../src/statistics/index.ts';

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
const { u, v, beta, b, lambda } = point;

describe('expressions mean what JavaScript means', () => {
  const cases: Record<string, number> = {
    'lambda*(beta-b)^4': lambda * (beta - b) ** 4,
    '-u^2': -(u ** 2),
    '(-u)^2': u * u,
    '2^3^2 * u': 512 * u,
    'u^-1': 1 / u,
    'u^-3': u ** -3,
    'u^0': 1,
    'v^7': v ** 7,
    'u - v - b': u - v - b,
    'u - (v - b)': u - (v - b),
    'u / v / b': u / v / b,
    'u / (v * b)': u / (v * b),
    'u^0.5': Math.sqrt(u),
    'pow(u, v)': u ** v,
    'pow(v, 3)': v ** 3,
    'u^v': u ** v,
    '+u - -v': u + v,
    'min(u, v, b) + max(u, v, b, 3)': v + 3,
    'exp(-abs(v)) + sign(v) * cbrt(v)': Math.exp(v) - Math.cbrt(v),
    'log1p(u) + expm1(v) + log10(u) + log2(u)': Math.log1p(u) + Math.expm1(v) + Math.log10(u) + Math.log2(u),
    'sin(u)*cos(v) + tan(u) + atan(v) + asin(b) + acos(b)':
      Math.sin(u) * Math.cos(v) + Math.tan(u) + Math.atan(v) + Math.asin(b) + Math.acos(b),
    'sinh(u)+cosh(v)+tanh(v)+asinh(v)+acosh(u)+atanh(b)':
      Math.sinh(u) + Math.cosh(v) + Math.tanh(v) + Math.asinh(v) + Math.acosh(u) + Math.atanh(b),
    '2*pi*u': 2 * Math.PI * u,
    '1e-3 * u + .5': 1e-3 * u + 0.5,
    ' lambda *\n\tbeta ': lambda * beta,
    '3 + 4': 7,
  };
  for (const [text, value] of Object.entries(cases)) {
    it(text.replace(/\s+/g, ' '), () => {
      const moment = parseMoment(text);
      expect(moment.evaluate(point)).toBeCloseTo(value, 13);
      expect(moment.source).toBe(text.trim());
    });
  }

  it('reads only what it names', () => {
    expect([...parseMoment('lambda*(u-b)^4').variables].sort()).toEqual(['b', 'lambda', 'u']);
  });

  it('takes β − b as the error that engines keep, without cancellation', () => {
    expect([...parseMoment('lambda*(beta-b)^4').variables].sort()).toEqual(['e', 'lambda']);
    expect(parseMoment('(b - (beta)) / u').evaluate({ ...point, e: 1e-30 })).toBe(-1e-30 / u);
    expect([...parseMoment('beta + (u - b)').variables].sort()).toEqual(['b', 'beta', 'u']);
  });

  it('folds constants', () => {
    expect(parseMoment('2*3*u').wgsl).toBe('6f * u');
    expect(parseMoment('--u').wgsl).toBe('u');
  });
});

describe('everything else is refused in one line that says what, where and what is allowed', () => {
  const refused: [string, RegExp][] = [
    ['', /empty; allowed are/],
    ['   ', /empty/],
    ['sigma', /"sigma" at character 1 is unknown/],
    ['u + e', /"e" at character 5 is unknown.*beta - b/],
    ['kappa', /"kappa" at character 1/],
    ['s', /"s" at character 1/],
    ['constructor', /unknown/],
    ['__proto__', /unknown/],
    ['toString(u)', /unknown/],
    ['import("x")', /"import" at character 1 is unknown/],
    ['u = 3', /"=" at character 3 is not part/],
    ['f(x) = x', /"f" at character 1/],
    ['u; v', /";" at character 2/],
    ['[1, 2]', /"\[" at character 1/],
    ['"text"', /is not part/],
    ['u > 0 ? 1 : 2', /">" at character 3/],
    ['u!', /"!" at character 2/],
    ["u'", /"'" at character 2/],
    ['u % 2', /"%" at character 3/],
    ['u .* v', /"\." at character 3/],
    ['2 u', /"u" at character 3 follows a value without an operator: write \*/],
    ['2u', /at character 2 follows/],
    ['u v', /at character 3 follows/],
    ['u(3)', /at character 2 follows/],
    ['(u)(v)', /at character 4 follows/],
    ['0x10', /at character 2 follows/],
    ['u.constructor', /is not part/],
    ['sin + 1', /function sin is not followed by its arguments at character 5/],
    ['sin', /function sin at the end/],
    ['sin(u, v)', /sin takes 1 argument, found 2/],
    ['pow(u)', /pow takes 2 arguments, found 1/],
    ['min(u)', /min takes 2 to 8 arguments, found 1/],
    ['sin()', /takes 1 argument, found 0/],
    ['u +', /character 4; allowed are/],
    ['(u', /character 3; allowed/],
    ['u)', /"\)" at character 2 closes no parenthesis/],
    ['()', /character 2/],
    ['*u', /character 1/],
    ['u, v', /character 2/],
    ['(u, v)', /character 3/],
    ['1e999 * u', /number is Infinity: constants must be finite/],
    ['1e39 * u', /number is 1e\+39/],
    ['u / 0', /division by the constant 0/],
    ['u + 1/0', /division by the constant 0/],
    ['u * log(0)', /constant part log\(0\) is NaN/],
    ['u * sqrt(-1)', /constant part sqrt\(-1\) is NaN/],
    ['NaN', /unknown/],
    ['Infinity', /unknown/],
    ['λ*u', /"λ" at character 1 is not part/],
    ['u − v', /"−" at character 3 is not part/],
    ['u\u0000', /at character 2/],
    ['😀', /"😀" at character 1/],
    ['u'.repeat(200), /unknown/],
  ];
  for (const [text, message] of refused) {
    it(JSON.stringify(text.slice(0, 30)), () => {
      const found = checkExpression(text);
      expect(found).toMatch(message);
      expect(found).not.toContain('\n');
      expect(found!.length).toBeLessThan(700);
      expect(() => parseMoment(text)).toThrow(found!);
    });
  }

  it('hostile sizes fail fast and do not exhaust the stack', () => {
    expect(checkExpression('u+'.repeat(500_000))).toMatch(/1000000 characters is too long: at most 1000/);
    expect(checkExpression('('.repeat(100_000))).toMatch(/too long/);
    expect(checkExpression(`${'('.repeat(400)}u${')'.repeat(400)}`)).toMatch(/nested 33 deep/);
    expect(checkExpression(`${'sin('.repeat(150)}u${')'.repeat(150)}`)).toMatch(/nested 33 deep/);
    expect(checkExpression(`${'-'.repeat(900)}u`)).toMatch(/at most 256/);
    expect(checkExpression(`${'u^'.repeat(200)}u`)).toMatch(/nested 200 deep/);
    expect(checkExpression(`${'u-'.repeat(200)}u`)).toBeNull();
  });

  it('any text at all is either compiled or refused with one line', () => {
    const word = fc.constantFrom(
      'u',
      'v',
      'beta',
      'lambda',
      'e',
      '(',
      ')',
      '+',
      '-',
      '*',
      '/',
      '^',
      ',',
      '2',
      '.5',
      '1e5',
      'sin',
      'pow',
      'pi',
      ' ',
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(word, { maxLength: 20 }).map((w) => w.join('')),
        ),
        (text) => {
          const message = checkExpression(text);
          if (message !== null) expect(message).toMatch(/^[^\n]+$/);
          else expect(typeof parseMoment(text).evaluate(point)).toBe('number');
        },
      ),
      { seed: 7, numRuns: 3000 },
    );
  });
});

describe('an expression is arithmetic and nothing else', () => {
  /** What the generated WGSL may consist of: names of the model, of functions of shaders/lib, f32 literals, operators. */
  const WORD = /^(?:[a-z][a-z0-9_]*|-?\d+i|\d+(?:\.\d+)?(?:e[+-]?\d+)?f|[-+*/(),])$/;
  const wordsOf = (wgsl: string) => wgsl.match(/\d+(?:\.\d+)?(?:e[+-]?\d+)?[fi]|[A-Za-z_]\w*|\S/g) ?? [];

  it('whatever the text, what is accepted becomes WGSL of those words alone, balanced, on one line', () => {
    const piece = fc.constantFrom(
      ...[
        'u',
        'v',
        'beta',
        'b',
        'lambda',
        'pi',
        '(',
        ')',
        '+',
        '-',
        '*',
        '/',
        '^',
        ',',
        '2',
        '.5',
        '1e5',
        '1e-40',
        '-3',
      ],
      ...[
        'sin(',
        'exp(',
        'pow(',
        'min(',
        'max(',
        'sign(',
        'log1p(',
        'e',
        ';',
        '//',
        '/*',
        '}',
        '@',
        '\n',
        'fn ',
        'let ',
        'f(x)=',
        '="',
      ],
      ...[
        'constructor',
        '__proto__',
        'import(',
        'evaluate(',
        'parse(',
        'createUnit(',
        'u.v',
        'u[1]',
        '{a:1}',
        '1:2',
        'true',
        'i',
        'Infinity',
      ],
    );
    const known = new Set(Object.keys(point));
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 9 }), (pieces) => {
        const text = pieces.join('');
        if (checkExpression(text) !== null) return;
        accepted++;
        const moment = parseMoment(text);
        for (const name of moment.variables) expect(known.has(name)).toBe(true);
        let depth = 0;
        for (const word of wordsOf(moment.wgsl)) {
          expect(word).toMatch(WORD);
          if (word === '(') depth++;
          if (word === ')') expect(--depth).toBeGreaterThanOrEqual(0);
        }
        expect(depth).toBe(0);
        expect(moment.wgsl).not.toMatch(/[\n;{}@]|\/\/|\/\*/);
      }),
      { seed: 9, numRuns: 20_000 },
    );
    expect(accepted).toBeGreaterThan(300);
  });

  it('reaches no function, object, unit or assignment of the library that parses it', () => {
    for (const text of [
      ...[
        'evaluate("1")',
        'parse("u")',
        'import({a: 1})',
        'createUnit("x")',
        'simplify("u")',
        'derivative(u, u)',
        'compile("u")',
      ],
      ...[
        'u = 1',
        'f(u) = u',
        'u.constructor',
        'u["constructor"]',
        'u[1]',
        '{a: 1}.a',
        '[u]',
        'u; v',
        '1 cm',
        'u to v',
        'u ? 1 : 2',
      ],
      ...[
        'random()',
        'config({})',
        'typed("x")',
        'help(u)',
        'true',
        'null',
        'i',
        'u and v',
        'not u',
        'cross(u, v)',
        '"a" + u',
        'u!',
      ],
    ]) {
      expect(checkExpression(text), text).toMatch(/^[^\n]{1,700}$/);
    }
  });
});
