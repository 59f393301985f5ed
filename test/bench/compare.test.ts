import { describe, expect, it } from 'vitest';
import { compareBench } from '../../bench/kit/compare.ts';
import { RecordError } from '../../bench/kit/record.ts';
import { exact, measured } from '../../bench/kit/statistics.ts';
import { comparisonText } from '../../bench/kit/words.ts';
import type { Row } from '../../bench/suite.ts';
import { benchFile, rate, sixTimes } from './fixture.ts';

const one = (value: number) => benchFile([rate(sixTimes(value), { dimension: 64 })]);
const options = { threshold: 0.05 };

describe('compare', () => {
  it('finds a file equal to itself', () => {
    const file = one(100);
    const { changes, missing, added } = compareBench(file, file, options);
    expect(changes.map(({ verdict }) => verdict)).toEqual(['same']);
    expect([missing, added]).toEqual([[], []]);
  });

  it.each([
    // Twice as slow, twice as fast, 3% (below the threshold), 4.5% with intervals that meet.
    [100, 50, 'worse', 2],
    [100, 200, 'better', 0.5],
    [100, 97, 'same', 100 / 97],
    [100, 95.5, 'same', 100 / 95.5],
    [100, 90, 'worse', 100 / 90],
  ] as const)('a rate of %d that became %d is %s', (before, after, verdict, worse) => {
    const { changes } = compareBench(one(before), one(after), options);
    expect(changes[0].verdict).toBe(verdict);
    expect(changes[0].worse).toBeCloseTo(worse, 9);
  });

  it('looks at the noise, not only at the medians', () => {
    const noisy = (value: number) =>
      benchFile([
        rate(
          [0.5, 0.7, 1, 1, 1.4, 2].map((f) => f * value),
          { dimension: 64 },
        ),
      ]);
    expect(compareBench(noisy(100), noisy(60), options).changes[0].verdict).toBe('same');
    expect(compareBench(noisy(100), noisy(10), options).changes[0].verdict).toBe('worse');
  });

  it('knows which way is better, and leaves out what only describes', () => {
    const file = (error: number, other: number) =>
      benchFile([
        {
          table: 'e',
          labels: {},
          foreign: false,
          quantities: { error: exact(error, '1', 'lower'), other: exact(other, '1') },
        },
      ]);
    const { changes } = compareBench(file(1e-6, 1), file(1e-5, 9), options);
    expect(changes).toHaveLength(1);
    expect(changes[0]).toMatchObject({ quantity: 'error', verdict: 'worse' });
    expect(compareBench(file(1e-5, 1), file(1e-6, 1), options).changes[0].verdict).toBe('better');
  });

  it('never blames this project for others, and tells how they drifted', () => {
    const file = (own: number, peer: number) =>
      benchFile([rate(sixTimes(own), { contestant: 'diagflow' }), rate(sixTimes(peer), { contestant: 'NumPy' }, true)]);
    const { changes, drift } = compareBench(file(100, 100), file(100, 25), options);
    expect(changes.map(({ verdict }) => verdict)).toEqual(['same']);
    expect(drift).toBeCloseTo(4, 9);
  });

  it('names rows that are gone or new', () => {
    const file = (dimensions: number[]) => benchFile(dimensions.map((dimension) => rate(sixTimes(1), { dimension })));
    const { missing, added } = compareBench(file([1, 2]), file([2, 3]), options);
    expect(missing).toEqual(['cpu: SGD · dimension 1']);
    expect(added).toEqual(['cpu: SGD · dimension 3']);
  });

  const other: Row = { table: 'other', labels: {}, foreign: false, quantities: { x: measured([1], 's', 'lower') } };
  it.each([
    ['nothing in common', benchFile([other]), /no measurement in common/],
    [
      'another machine',
      benchFile([rate([1], { dimension: 64 })], { machine: { ...one(1).machine, cpu: 'Other' } }),
      /different machines/,
    ],
    [
      'another adapter',
      benchFile([rate([1], { dimension: 64 })], { adapter: { description: 'GPU' } }),
      /different machines/,
    ],
    [
      'a run that failed',
      benchFile([rate([1], { dimension: 64 })], { failures: [{ section: 'gpu', message: 'x' }] }),
      /failed in gpu/,
    ],
  ])('refuses %s in one line', (_, file, reason) => {
    expect(() => compareBench(one(1), file, options)).toThrow(RecordError);
    expect(() => compareBench(one(1), file, options)).toThrow(reason);
    expect(() => compareBench(one(1), file, options)).toThrow(/^[^\n]*$/);
  });

  it('compares machines when told to', () => {
    const file = benchFile([rate(sixTimes(50), { dimension: 64 })], { machine: { ...one(1).machine, cpu: 'Other' } });
    expect(compareBench(one(100), file, { ...options, anyMachine: true }).changes[0].verdict).toBe('worse');
  });

  it('refuses a threshold that is no number', () => {
    expect(() => compareBench(one(1), one(1), { threshold: Number.NaN })).toThrow(/threshold/);
  });

  it('says it in words: the change, its interval, and a last line that counts', () => {
    const text = comparisonText(compareBench(one(100), one(50), options));
    expect(text).toMatch(/^WORSE {2}cpu: SGD · dimension 64: rate 100.* → 50.* steps\/s \(2 times worse\)$/m);
    expect(text.split('\n').at(-1)).toBe('1 worse, 0 better, 0 within the noise');
  });
});
