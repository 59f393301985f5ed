/** Sweeps: the grid, what a point keeps, independence of what runs beside it, the journal, shards, and errors that name the field. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { sweepFiles } from '../../src/cli/sweep.ts';
import { type ParsedSweep, parseSweep, sweepJsonSchema } from '../../src/problem/index.ts';
import { type SweepPoint, sweepCsv, sweepSvg } from '../../src/results/index.ts';
import { zeroLine } from '../../src/results/plot/contour.ts';
import {
  journalHeader,
  journalLine,
  longestJournal,
  mergeSweeps,
  parseExperiment,
  readJournal,
  readSweepShard,
  runExperiment,
  runSweep,
  type SweepOptions,
  sweepResult,
  writeSweepShard,
} from '../../src/run/index.ts';
import { joined, sourceOf } from './bytes.ts';

const FILE = {
  experiment: {
    problem: { dimension: 10 },
    horizon: 4,
    samples: 8,
    statistics: ['risk', 'l1'],
    methods: [
      { kind: 'sgd', replicas: 12 },
      { kind: 'pde', tolerance: 1e-3 },
    ],
  },
  axes: [
    { field: 'stepSize', values: [0.4, 0.8, 60] },
    { field: 'problem.initialization.u', from: 0.5, to: 1, count: 2 },
  ],
};
const provenance = { software: 'diagflow 0', backend: 'reference', adapter: null, started: 'now' } as const;

async function pointsOf(parsed: ParsedSweep, options: SweepOptions = {}): Promise<SweepPoint[]> {
  const points: SweepPoint[] = [];
  for await (const event of runSweep(parsed, { backend: 'reference', workers: 0, ...options })) {
    if (event.type === 'point') points.push(event.point);
  }
  return points.sort((a, b) => a.index - b.index);
}
const timeless = (points: readonly SweepPoint[]) => points.map(({ seconds: _, ...rest }) => rest);

describe('the grid', () => {
  test('the last axis varies fastest; a range has exactly its ends; a log range equal ratios; integers are rounded', () => {
    const { count, valuesAt } = parseSweep(FILE);
    expect(count).toBe(6);
    expect(Array.from({ length: 6 }, (_, i) => valuesAt(i))).toEqual([
      [0.4, 0.5],
      [0.4, 1],
      [0.8, 0.5],
      [0.8, 1],
      [60, 0.5],
      [60, 1],
    ]);
    const log = parseSweep({
      ...FILE,
      axes: [{ field: 'problem.dimension', from: 10, to: 1000, count: 4, scale: 'log' }],
    });
    expect(log.sweep.axes[0].values).toEqual([10, 46, 215, 1000]);
    expect(log.experimentAt(2).problem.dimension).toBe(215);
    expect(log.experimentAt(2).problem.target).toEqual(parseExperiment(FILE.experiment).problem.target);
  });

  test('fields that the file leaves out, or that depend on the swept one, take their defaults at each point', () => {
    const { experiment } = FILE;
    const parsed = parseSweep({
      experiment: { ...experiment, estimates: [{ kind: 'tail', above: 1 }] },
      axes: [
        { field: 'horizon', values: [2, 4] },
        { field: 'methods[0].replicas', values: [3, 5] },
      ],
    });
    const at = parsed.experimentAt(3);
    expect(at).toMatchObject({ horizon: 4, methods: [{ replicas: 5 }, { kind: 'pde' }], estimates: [{ time: 4 }] });
    expect(parsed.experimentAt(0).estimates).toMatchObject([{ time: 2 }]);
  });

  const bad: [string, object, RegExp][] = [
    ['no axes', { axes: undefined }, /^axes: is missing/],
    ['no experiment', { experiment: undefined }, /^experiment: is missing/],
    [
      'a field that is none',
      { axes: [{ field: 'stepsize', values: [1] }] },
      /^axes\[0\]\.field: must be the path of a numeric field.*"stepsize"/,
    ],
    [
      'a field that is no number',
      { axes: [{ field: 'problem.target.kind', values: [1] }] },
      /"problem.target.kind", which is "sparse"/,
    ],
    ['no path', { axes: [{ field: 'problem..dimension', values: [1] }] }, /axes\[0\]\.field/],
    ['a prototype', { axes: [{ field: '__proto__.x', values: [1] }] }, /axes\[0\]\.field/],
    ['the same field twice', { axes: [FILE.axes[0], FILE.axes[0]] }, /axes\[1\]\.field: must not be that of axes\[0\]/],
    [
      'a value out of range',
      { axes: [{ field: 'stepSize', values: [1, -1] }] },
      /stepSize: .*found -1 \(at the point stepSize = -1\)/,
    ],
    [
      'values and a range',
      { axes: [{ field: 'stepSize', values: [1], from: 1 }] },
      /axes\[0\]\.from: must not be given together with values/,
    ],
    ['half a range', { axes: [{ field: 'stepSize', from: 1, to: 2 }] }, /axes\[0\]\.count: must be given/],
    [
      'a log range through 0',
      { axes: [{ field: 'stepSize', from: 0, to: 2, count: 3, scale: 'log' }] },
      /axes\[0\]\.scale: must be linear/,
    ],
    [
      'a value twice',
      { axes: [{ field: 'stepSize', values: [1, 2, 1] }] },
      /values\[2\]: must not be a value that was given before/,
    ],
    [
      'too many points for what each keeps',
      {
        experiment: {
          ...FILE.experiment,
          methods: Array.from({ length: 12 }, () => ({ kind: 'flow' })),
        },
        axes: [{ field: 'stepSize', from: 1, to: 2, count: 90_000 }],
      },
      /^axes: must span at most 58254 points, for 12 methods with 2 statistics; found 90000/,
    ],
    [
      'too many points',
      {
        axes: [
          { field: 'stepSize', from: 1, to: 2, count: 1000 },
          { field: 'seed', from: 1, to: 999, count: 999 },
        ],
      },
      /axes: must span at most 100000 points/,
    ],
    ['an unknown field beside', { axis: [] }, /axis: is no field of this object/],
  ];
  test.each(bad)('%s is refused by name', (_, changes, message) => {
    expect(() => parseSweep({ ...FILE, ...changes })).toThrow(message);
  });
});

describe('a sweep', () => {
  const parsed = parseSweep(FILE);
  let points: SweepPoint[];

  test('keeps of each point what its experiment by itself gives', async () => {
    points = await pointsOf(parsed);
    expect(points.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    const events = runExperiment(parsed.experimentAt(3), { backend: 'reference', workers: 0 });
    let step = await events.next();
    while (!step.done) step = await events.next();
    const [sgd, , pde] = step.value.curves;
    const { methods, prediction, stepSize } = points[3];
    expect(methods[0].final.risk).toEqual({
      mean: sgd.mean.at(-1),
      standardError: sgd.standardError!.at(-1),
      count: 12,
    });
    expect(methods[1].final.risk.mean).toBe(pde.mean.at(-1));
    expect(methods[0].rate!.count).toBe(12);
    expect(methods[1].rate!.mean).toBeCloseTo(-Math.log(pde.mean[8]! / pde.mean[4]!) / 2, 1);
    expect(prediction).toEqual(step.value.prediction);
    expect(stepSize).toBe(0.8);
  });

  test('shows divergence as a probability, not as a failure', () => {
    const { methods, problems } = points[5];
    expect(methods[0]).toMatchObject({ count: 12, failed: 12, blowUp: { hits: 12, probability: 1 } });
    expect(methods[0].final.risk.mean).toBeNull();
    expect(methods[1].blowUp.time).toBeGreaterThan(0);
    expect(problems).toEqual([]);
  });

  test('goes on where it stopped, and the points do not depend on it', async () => {
    const header = { sweep: parsed.sweep, provenance, shard: null };
    const torn = journalLine(points[4]).slice(0, 40);
    const text = journalHeader(header) + journalLine(points[2]) + journalLine(points[0]) + torn;
    const kept = readJournal(text, header)!;
    expect(kept.points).toEqual([points[2], points[0]]);
    const rest = await pointsOf(parsed, { done: new Set(kept.points.map(({ index }) => index)) });
    expect(rest.map(({ index }) => index)).toEqual([1, 3, 4, 5]);
    expect(timeless(rest)).toEqual(timeless([1, 3, 4, 5].map((i) => points[i])));
    expect(readJournal(text, { ...header, provenance: { ...provenance, backend: 'cpu' } })).toBeNull();
    expect(readJournal(text, { ...header, shard: { index: 1, of: 2 } })).toBeNull();
    expect(readJournal('nonsense', header)).toBeNull();
    const other = { ...points[1], methods: points[1].methods.map((one) => ({ ...one, final: { x: one.final.risk } })) };
    const strange =
      journalHeader(header) + journalLine(other as SweepPoint) + '\n'.repeat(1e6) + journalLine(points[0]);
    expect(readJournal(strange, header)!.points).toEqual([]);
    // What a whole journal has is let through.
    expect(journalHeader(header).length + points.map(journalLine).join('').length).toBeLessThan(longestJournal(header));
  });

  test('ends when it is aborted, without the points in flight', async () => {
    const controller = new AbortController();
    const seen: number[] = [];
    for await (const event of runSweep(parsed, { backend: 'reference', workers: 0, signal: controller.signal })) {
      if (event.type !== 'point') continue;
      seen.push(event.point.index);
      controller.abort(new Error('enough'));
    }
    // What had ended by then may still come.
    expect(seen.length).toBeLessThan(points.length);
  });

  test('divided and merged is exactly the whole', async () => {
    const parts: Parameters<typeof mergeSweeps>[0][number][] = [];
    for (const index of [1, 2, 3, 4]) {
      const shard = { index, of: 4 };
      const result = sweepResult({ sweep: parsed.sweep, provenance }, await pointsOf(parsed, { shard }));
      parts.push({
        label: `part ${index}`,
        file: await readSweepShard(sourceOf(joined(await writeSweepShard({ shard, result })))),
      });
    }
    expect(timeless(mergeSweeps(parts.reverse()).points)).toEqual(timeless(points));
    expect(() => mergeSweeps(parts.slice(1))).toThrow('1 of 4 shards missing: 4/4');
    const [first, ...others] = parts;
    const fewer = { ...first, file: { ...first.file, result: { ...first.file.result, points: [] } } };
    expect(() => mergeSweeps([fewer, ...others])).toThrow(/part 4: must hold the 1 points of shard 4\/4; found 0/);
  });

  test.each([0, 1, 6])('%i points are written as the JSON of the whole', async (count) => {
    const result = sweepResult({ sweep: parsed.sweep, provenance }, points.slice(0, count));
    const pieces = (await sweepFiles(result))['sweep.json'] as readonly Uint8Array[];
    expect(new TextDecoder().decode(joined(pieces))).toBe(`${JSON.stringify(result, null, 1)}\n`);
  });

  test('is written as CSV, a row a point and method, and drawn', async () => {
    const result = sweepResult({ sweep: parsed.sweep, provenance }, points);
    const [header, ...rows] = sweepCsv(result).trimEnd().split('\n');
    expect(header).toBe(
      'stepSize,problem.initialization.u,method,index,count,failed,risk,risk.standardError,l1,l1.standardError,rate,rate.standardError,blowUp,blowUp.low,blowUp.high,blowUp.time,terminalRate,criticalStepSize',
    );
    expect(rows).toHaveLength(12);
    expect(rows.every((row) => row.split(',').length === 18)).toBe(true);
    expect(rows[0].startsWith('0.4,0.5,sgd,0,12,0,')).toBe(true);
    const svg = await sweepSvg(result);
    expect(svg).toMatch(/^<svg[^>]*>[\s\S]*<\/svg>\s*$/);
    expect(svg).not.toContain('NaN');
    for (const words of ['risk R at T', 'measured rate', 'P(blow-up by T)', 'γ — step size'])
      expect(svg).toContain(words);
    const line = parseSweep({ ...FILE, axes: [FILE.axes[0]] });
    const flat = points
      .filter(({ index }) => index % 2 === 1)
      .map((point, index) => ({ ...point, index, values: [point.values[0]] }));
    expect(await sweepSvg(sweepResult({ sweep: line.sweep, provenance }, flat))).not.toContain('NaN');
  });
});

test('the example is a valid sweep of the schema it points to, and so is the published schema', () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const schema = JSON.parse(read('schema/sweep.schema.json'));
  expect(schema).toEqual(sweepJsonSchema());
  const example = JSON.parse(read('examples/sweeps/phase-diagram.json'));
  expect(example.$schema).toBe('../../schema/sweep.schema.json');
  const validate = new Ajv2020().compile(schema);
  expect(validate(example), JSON.stringify(validate.errors)).toBe(true);
  expect(validate({ ...example, axes: [{ field: 'stepSize', values: [] }] })).toBe(false);
  expect(parseSweep(example).count).toBe(63);
});

test('the critical curve is where step size and critical step size cross, and is not drawn where nothing is known', () => {
  // x·y = 2 on a log grid is straight there: the interpolation is exact.
  const [x, y] = [
    [1, 2, 4],
    [0.25, 1, 3],
  ];
  const segments = zeroLine(x, y, (i, j) => Math.log((x[i] * y[j]) / 2), ['log', 'log']);
  expect(segments.length).toBeGreaterThan(1);
  for (const [x1, y1, x2, y2] of segments) {
    expect(x1 * y1).toBeCloseTo(2, 12);
    expect(x2 * y2).toBeCloseTo(2, 12);
  }
  expect(zeroLine(x, y, (i, j) => (i === 1 && j === 1 ? null : Math.log((x[i] * y[j]) / 2)), ['log', 'log'])).toEqual(
    [],
  );
});
