import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RESULT_LIMITS } from '../../src/problem/json.ts';
import {
  formatTable,
  LONGEST_RESULT,
  parseResult,
  parseResultText,
  type Result,
  resultJsonSchema,
  toCsv,
} from '../../src/results/index.ts';
import { blowUp, makeResult } from './fixture.ts';

describe('a result', () => {
  const result = makeResult({
    fails: [
      { index: 0, replica: 2, time: 3 },
      { index: 1, replica: 0, time: 0 },
    ],
    limit: (k, t) => (k === 1 && t > 7 ? Number.POSITIVE_INFINITY : Math.exp(-t)),
  });

  it('holds only finite numbers and null, through JSON and back', () => {
    const text = JSON.stringify(result);
    expect(JSON.parse(text)).toEqual(result);
    expect(parseResultText(text)).toEqual(result);
    const curvature = result.curves.find((c) => c.method === 'pde' && c.statistic === 'curvature')!;
    expect(curvature.mean.at(-1)).toBeNull();
    expect(curvature.mean[0]).toBe(1);
    const sgd = result.curves.find((c) => c.method === 'sgd' && c.statistic === 'curvature')!;
    expect([sgd.mean.at(-1), sgd.standardError?.at(-1), sgd.quantiles?.['0.1'].at(-1)]).toEqual([null, null, null]);
  });

  it('counts replicas run, diverged, and alive at each time', () => {
    const [sgd] = result.curves;
    expect([sgd.count, sgd.failed]).toEqual([8, 1]);
    expect(sgd.counts?.[0]).toBe(8);
    expect(sgd.counts?.at(-1)).toBe(7);
    const sde = result.curves.find((c) => c.method === 'sde')!;
    expect(sde.counts?.slice(0, 2)).toEqual([5, 4]);
  });

  it('the published JSON Schema is the one in the code (npm run schema writes it)', () => {
    const path = new URL('../../schema/result.schema.json', import.meta.url);
    const schema = resultJsonSchema();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(schema);
    const curve = (schema.properties as Record<string, { items: { properties: Record<string, unknown> } }>).curves
      .items;
    expect(curve.properties.mean).toMatchObject({ type: 'array', items: { type: ['number', 'null'] } });
  });
});

describe('reading a result back', () => {
  type Loose = Record<string, never>;
  const change = (edit: (result: Loose) => void) => {
    const copy = structuredClone(makeResult({ samples: 4, events: [blowUp] })) as unknown as Loose;
    edit(copy);
    return copy;
  };
  // biome-ignore lint/suspicious/noExplicitAny: hostile on purpose
  const cases: [string, (r: any) => void, RegExp][] = [
    ['another format', (r) => (r.format = 'csv'), /^format: must be "diagflow-result"; found "csv"/],
    ['a later version', (r) => (r.version = 2), /^version: must be 1, the version that this software reads; found 2/],
    ['no experiment', (r) => delete r.experiment, /^experiment: is missing/],
    [
      'a bad experiment',
      (r) => (r.experiment.problem.dimension = 0),
      /^experiment\.problem\.dimension: must be an integer/,
    ],
    [
      'a bad expression',
      (r) => (r.experiment.statistics = [{ name: 'x', expression: 'process' }]),
      /^experiment\.statistics\[0\]\.expression: name "process"/,
    ],
    ['an unknown field', (r) => (r.extra = 1), /^extra: is no field/],
    ['no curves', (r) => delete r.curves, /^curves: is missing/],
    ['curves of another type', (r) => (r.curves = {}), /^curves: must be an array/],
    [
      'a text among the numbers',
      (r) => (r.curves[0].mean[2] = 'x'),
      /^curves\[0\]\.mean: must be an array of finite numbers or null/,
    ],
    [
      'null among the times',
      (r) => (r.curves[0].times[2] = null),
      /^curves\[0\]\.times: must be an array of finite numbers;/,
    ],
    [
      'times that fall',
      (r) => (r.curves[0].times[2] = 0),
      /^curves\[0\]\.times\[2\]: must be greater than the time before it; found 0/,
    ],
    [
      'arrays of unequal length',
      (r) => r.curves[0].mean.pop(),
      /^curves\[0\]\.mean: must have 5 entries, as many as times; found 4/,
    ],
    [
      'quantiles of unequal length',
      (r) => r.curves[0].quantiles['0.9'].push(1),
      /^curves\[0\]\.quantiles\["0.9"\]: must have 5 entries/,
    ],
    [
      'more failed than run',
      (r) => (r.curves[0].failed = 9),
      /^curves\[0\]\.failed: must be at most count \(8\); found 9/,
    ],
    ['a method out of place', (r) => (r.curves[0].index = 2), /^curves\[0\]\.index: must be the position of sgd/],
    [
      'an unknown method',
      (r) => (r.curves[0].method = 'adam'),
      /^curves\[0\]\.method: must be "sgd", "sde", "pde" or "flow"; found "adam"/,
    ],
    [
      'a statistic nobody asked for',
      (r) => (r.curves[0].statistic = '<script>'),
      /^curves\[0\]\.statistic: must be one of/,
    ],
    ['a curve twice', (r) => r.curves.push(r.curves[0]), /^curves\[8\]: repeats sgd\[0\], risk/],
    ['an event of no method', (r) => (r.events[0].index = 3), /^events\[0\]\.index: must be the position of pde/],
    ['an event of unknown kind', (r) => (r.events[0].kind = 'boom'), /^events\[0\]\.kind: must be "blow-up"/],
    ['a nested adapter', (r) => (r.provenance.adapter = { limits: {} }), /^provenance\.adapter\.limits: /],
    [
      'a prediction that is no number',
      (r) => (r.prediction.terminalRate = '1'),
      /^prediction\.terminalRate: must be a finite number/,
    ],
  ];
  it.each(cases)('refuses %s', (_, edit, message) => {
    const input = change(edit);
    expect(() => parseResult(input)).toThrow(message);
    expect(() => parseResult(input)).toThrow(expect.objectContaining({ name: 'ResultError' }));
  });

  it.each([
    ['{"format"', /^not valid JSON: line 1/],
    ['[]', /^a result must be an object/],
    ['null', /^a result must be an object/],
    ['['.repeat(1e5), /^not valid JSON/],
  ])('refuses the text %#', (text, message) => {
    expect(() => parseResultText(text)).toThrow(message);
  });

  it('refuses a million bad entries with one line, fast', () => {
    const input = change(
      (r) => ((r as unknown as { curves: { mean: unknown }[] }).curves[0].mean = new Array(1e6).fill('x')),
    );
    expect(() => parseResult(input)).toThrow(
      /^curves\[0\]\.mean: must be an array of finite numbers or null; found .{1,80}$/,
    );
  });

  const { numbers } = RESULT_LIMITS;
  const filled = (edit: (curve: Record<string, unknown[]>, length: number) => void) => {
    const length = Math.floor(numbers / 6) - 1000;
    const input = JSON.parse(JSON.stringify(makeResult({ statistics: ['risk'], methods: [{ kind: 'sgd' }] })));
    const row = () => Array.from({ length }, (_, k) => -(1 + k / length) / 3e120);
    const curve = input.curves[0];
    Object.assign(curve, { times: Array.from({ length }, (_, k) => k / 7), mean: row(), standardError: row() });
    Object.assign(curve, { quantiles: { '0.1': row(), '0.9': row() }, counts: row().map(() => 1) });
    edit(curve, length);
    return JSON.stringify(input, null, 1);
  };

  it.each<[string, (curve: Record<string, unknown[]>, length: number) => void, RegExp]>([
    ['a null in the last array', (c, n) => (c.counts[n - 1] = null), /^curves\[0\]\.counts: must be an array of fin/],
    ['a wrong type in the first', (c, n) => (c.times[n - 1] = 'x'), /^not valid JSON: .*more than \d+ values$/],
    ['an array too long', (c) => c.counts.push(1), /^curves\[0\]\.counts: must have 348525 entries, .* found 348526$/],
    ['a late descent', (c, n) => (c.times[n - 1] = 0), /^curves\[0\]\.times\[348524\]: must be greater than the/],
    ['more numbers', (c) => c.counts.push(...new Array(7000).fill(1)), /more than 2097152 numbers$/],
  ])('as large as it may be and bad is refused: %s', (_, edit, message) => {
    expect(() => parseResultText(filled(edit))).toThrow(message);
  });

  it('as large as it may be and cut off is refused, and whole it is read', () => {
    const text = filled(() => {});
    expect(text.length).toBeLessThan(LONGEST_RESULT);
    expect(parseResultText(text).curves[0].mean).toHaveLength(348525);
    expect(() => parseResultText(text.slice(0, -1))).toThrow(
      /^not valid JSON: line \d+, column 1: expected "," or "}"/,
    );
  });

  it.each<[string, unknown, RegExp]>([
    ['curves', {}, /^curves\[0\]\.method: is missing/],
    ['events', 1, /^events\[0\]: must be an object; found 1$/],
    ['estimates', null, /^estimates\[0\]: must be "distribution", .*; found null$/],
    ['densities', 'x', /^densities\[0\]: must be an object; found "x"$/],
  ])('refuses a quarter of a million bad %s by the first', (name, entry, message) => {
    const input = change((r) => Object.assign(r, { [name]: new Array(250_000).fill(entry) }));
    expect(() => parseResult(input)).toThrow(message);
  });

  it.each([
    ['densities', 'atoms', 1001],
    ['densities', 'axes', 2],
    ['estimates', 'quantiles', 100],
  ])('refuses an entry of %s with a quarter of a million %s', (name, field, most) => {
    const entry = { kind: 'distribution', [field]: new Array(250_000).fill(0) };
    const input = change((r) => Object.assign(r, { [name]: [entry] }));
    expect(() => parseResult(input)).toThrow(`${name}[0].${field}: must have at most ${most} entries; found 250000`);
  });

  it('any damage at all is refused with one line or read', () => {
    const text = JSON.stringify(
      makeResult({ samples: 2, statistics: ['risk'], methods: [{ kind: 'sgd', replicas: 2 }] }),
    );
    const damage = fc.record({ at: fc.nat(text.length - 1), length: fc.nat(8), by: fc.string({ maxLength: 8 }) });
    fc.assert(
      fc.property(damage, ({ at, length, by }) => {
        try {
          parseResultText(text.slice(0, at) + by + text.slice(at + length));
        } catch (error) {
          expect((error as Error).name).toBe('ResultError');
          expect((error as Error).message).toMatch(/^[^\n\r]+$/);
        }
      }),
      { seed: 5, numRuns: 1500 },
    );
  });
});

describe('curves.csv', () => {
  it('has one row a (method, index, statistic, time) and reads back exactly', () => {
    const result = makeResult({ fails: [{ index: 0, replica: 2, time: 3 }] });
    const [header, ...lines] = toCsv(result).trimEnd().split('\n');
    expect(header).toBe('method,index,statistic,time,mean,standardError,q10,q90,count,error,floor');
    expect(lines).toHaveLength(8 * 41);
    const curve = result.curves[0];
    lines.slice(0, 41).forEach((line, k) => {
      const [method, index, statistic, ...numbers] = line.split(',');
      expect([method, index, statistic]).toEqual(['sgd', '0', 'risk']);
      const { times, mean, standardError, quantiles, counts } = curve;
      // Neither a numerical error nor a floor.
      expect(numbers.splice(-2)).toEqual(['', '']);
      expect(numbers.map(Number)).toEqual([
        times[k],
        mean[k],
        standardError![k],
        quantiles!['0.1'][k],
        quantiles!['0.9'][k],
        counts![k],
      ]);
    });
  });

  it('leaves cells empty where there is no value, and quotes what needs it', () => {
    const result = makeResult({
      samples: 1,
      statistics: ['risk'],
      methods: [{ kind: 'sgd', replicas: 1 }, { kind: 'pde' }],
      limit: () => Number.NaN,
    });
    const odd = { curves: result.curves.map((curve) => ({ ...curve, statistic: 'a,"b"' })) };
    expect(toCsv(odd).split('\n').slice(1)).toEqual([
      'sgd,0,"a,""b""",0,,,,,1,,',
      'sgd,0,"a,""b""",8,,,,,1,,',
      'pde,1,"a,""b""",0,,,,,1,,',
      'pde,1,"a,""b""",8,,,,,1,,',
      '',
    ]);
  });
});

describe('the table', () => {
  it('sets methods side by side with errors and gaps', () => {
    const result = makeResult({ samples: 1, statistics: ['risk'] });
    const [sgd, sde, pde, flow] = result.curves;
    // By hand: mean and error chosen, so that the gap is (0.26 − 0.25)/0.005 = +2.0 and (0.249 − 0.25)/0.004 = −0.2 errors.
    const set = (curve: Result['curves'][number], mean: number, error: number) => ({
      ...curve,
      mean: [0.5, mean],
      standardError: [0, error],
    });
    const curves = [
      set(sgd, 0.26, 0.005),
      set(sde, 0.249, 0.004),
      { ...pde, mean: [0.5, 0.25] },
      { ...flow, mean: [0.5, null] },
    ];
    expect(formatTable({ curves, events: [] }, { width: 100 })).toBe(
      `risk R
  t      sgd[0] ×8       sde[1] ×5   pde[2]   flow[3]   sgd[0] − pde[2]   sde[1] − pde[2]
  0        0.5 ± 0         0.5 ± 0      0.5       0.5                 0                 0
  8   0.26 ± 0.005   0.249 ± 0.004     0.25         –         +2.0 s.e.         −0.3 s.e.
`,
    );
  });

  it('shows the error of a PDE where it reaches the digits, and measures gaps by it too', () => {
    const result = makeResult({ samples: 1, statistics: ['risk'], methods: [{ kind: 'sgd' }, { kind: 'pde' }] });
    const [sgd, pde] = result.curves;
    // (0.29 − 0.25)/√(0.03² + 0.04²) = 0.8.
    const at = (error: number | null) =>
      formatTable({
        curves: [
          { ...sgd, mean: [0.5, 0.29], standardError: [0, 0.03] },
          { ...pde, mean: [0.5, 0.25], error: [0, error] },
        ],
        events: [],
      });
    expect(at(0.04)).toMatch(/8 +0\.29 ± 0\.03 +0\.25 ± 0\.04 +\+0\.8 s\.e\./);
    expect(at(1e-9)).toMatch(/8 +0\.29 ± 0\.03 +0\.25 +\+1\.3 s\.e\./);
    expect(at(null)).toMatch(/0\.25 ± \? +–/);
  });

  it('is several tables where the methods are wider than the terminal: every column once, beside the times', () => {
    const methods = Array.from({ length: 9 }, (_, i) => ({ kind: i < 6 ? 'sgd' : i < 8 ? 'flow' : 'pde' }));
    const message = `a long story ${'of words '.repeat(30)}`;
    const result = makeResult({
      methods,
      statistics: ['risk', { name: 'x'.repeat(64), expression: 'u*v' }],
      events: [{ ...blowUp, method: 'pde', index: 8, message }],
    });
    const wide = formatTable(result, { width: 1000 });
    for (const width of [60, 80, 81, 100, 133, 400]) {
      const text = formatTable(result, { width });
      expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(width);
      // Words of the text in any arrangement: those of the wide one, and the times once more for each further table.
      const count = (whole: string, word: string) => whole.split(/\s+/).filter((other) => other === word).length;
      for (const word of new Set(wide.split(/\s+/))) {
        const isTime = wide.split('\n').some((line) => line.trimStart().split(/\s/)[0] === word);
        if (word.length > 60 || isTime) continue;
        expect([width, word, count(text, word)]).toEqual([width, word, count(wide, word)]);
      }
      expect(text.match(/^ {2} *t /gm)?.length).toBeGreaterThanOrEqual(width < 300 ? 4 : 2);
    }
    expect(formatTable(result)).toBe(formatTable(result, { width: 80 }));
  });

  it('names what failed, on lines of their own', () => {
    const text = formatTable(
      makeResult({ fails: [{ index: 0, replica: 2, time: 3 }], events: [{ ...blowUp, message: 'blew\nup' }] }),
    );
    expect(text).toContain('\nsgd[0]: 1 of 8 replicas diverged and left the averages from then on\n');
    expect(text).toContain('\npde[2]: blew up\n');
  });

  it('lists a handful of times, the first and the last among them', () => {
    const lines = formatTable(makeResult({ samples: 1000, statistics: ['risk'] }), { width: 200 })
      .trimEnd()
      .split('\n');
    expect(lines).toHaveLength(2 + 6);
    expect(lines[2]).toMatch(/^ +0 /);
    expect(lines.at(-1)).toMatch(/^ +8 /);
  });

  it('says so where there is nothing', () => {
    expect(formatTable({ curves: [], events: [] })).toBe('no curves\n');
  });

  it('holds nothing that steers a terminal or reorders text, whatever a file says', () => {
    const message = 'evil \u001b[31m \u202e\u200b\u{e0041}';
    const event = { method: 'sgd', index: 0, kind: 'failed', time: null, message } as const;
    const long = { ...event, message: 'x'.repeat(1e5) };
    const text = formatTable({ curves: [], events: [event, long] });
    expect(text).toContain('evil \\u001b[31m \\u202e\\u200b\\udb40\\udc41');
    expect(text.length).toBeLessThan(1000);
  });
});
