/** What a result and its table say of the layout's part in a gap to the PDE. */
import { describe, expect, it } from 'vitest';
import { formatTable, parseResultText } from '../../src/results/index.ts';
import { buildShardFile, mergeShards } from '../../src/run/index.ts';
import { curveOf, run } from './helpers.ts';

const file = (problem: object, more: object = {}) => ({
  problem: { dimension: 30, target: { kind: 'sparse', fraction: 0.25 }, ...problem },
  horizon: 0.5,
  samples: 1,
  statistics: ['risk', 'l1', 'stepSize', { name: 'mine', expression: 'lambda*b' }],
  methods: [
    { kind: 'sgd', replicas: 3 },
    { kind: 'pde', tolerance: 1e-3 },
  ],
  ...more,
});

const SAID = /of the gap to the PDE the layout of the problem makes/;

describe('the layout in a result', () => {
  it('is the gap of counts that are not whole: 8 of 30 coefficients where the law has a quarter', async () => {
    const { result } = await run(file({}));
    const [risk, l1, stepSize, mine] = result.layout!;
    expect(risk.statistic).toBe('risk');
    // ⟨λb²⟩/2, as u·v = 0.
    expect(risk.value).toBeCloseTo(8 / 60, 14);
    expect(risk.limit).toBeCloseTo(1 / 8, 6);
    expect(l1).toMatchObject({ statistic: 'l1', value: 0 });
    expect(stepSize).toMatchObject({ statistic: 'stepSize', value: 0.5, limit: 0.5 });
    expect(mine.value).toBeCloseTo(8 / 30, 14);
    expect(curveOf(result, 'sgd').mean[0]).toBeCloseTo(risk.value!, 14);
    const table = formatTable(result).replace(/\s+/g, ' ');
    expect(table).toMatch(
      /makes \+0.0083, \+6.7%, at t = 0, and \+0.00\d+, \+\d\.?\d*%, at t = 0.5; the s.e. tell the gap without it/,
    );
    expect(risk.mean![0]).toBeCloseTo(risk.value!, 8);
    expect(risk.mean).toHaveLength(2);
    // Of risk and mine: the others have none.
    expect(table.match(new RegExp(SAID, 'g'))).toHaveLength(2);
    for (const line of formatTable(result, { width: 60 }).split('\n')) expect(line.length).toBeLessThanOrEqual(60);
    expect(parseResultText(JSON.stringify(result))).toEqual(result);
  });

  it.each([
    ['depth 3', { parametrization: { kind: 'power', depth: 3 } }, {}],
    ['the square', { parametrization: 'square' }, {}],
    ['a random start, shared', { initialization: { kind: 'gaussian' }, layout: { kind: 'random', shared: true } }, {}],
    ['a step size with integrals', {}, { stepSize: { kind: 'adagrad-norm' } }],
  ])('is where SGD starts: %s', async (_, problem, more) => {
    const { result } = await run(file(problem, more));
    for (const { statistic, value } of result.layout!) {
      const start = curveOf(result, 'sgd', statistic).mean[0];
      expect(Math.abs(value! - start!)).toBeLessThan(1e-12 * (1 + Math.abs(start!)));
    }
  });

  it('is not said where there is none, or where it is in the standard error', async () => {
    const values = { kind: 'values', values: Array.from({ length: 30 }, (_, i) => 1 + (i % 3)) };
    const given = (await run(file({ covariance: values }))).result;
    expect(given.layout).toHaveLength(4);
    expect(formatTable(given)).not.toMatch(SAID);
    expect((await run(file({ layout: 'random' }))).result.layout).toBeUndefined();
    expect((await run(file({}, { methods: [{ kind: 'sgd', replicas: 1 }] }))).result.layout).toBeUndefined();
    const limits = await run(file({}, { methods: [{ kind: 'pde', tolerance: 1e-3 }] }));
    expect(formatTable(limits.result)).not.toMatch(SAID);
  });

  it('is that of a problem whose counts are whole, where they are not', async () => {
    // 8 of 30 and 4 of 15 coefficients: the same law, which is the second problem's own.
    const { layout } = (await run(file({}))).result;
    const own = (await run(file({ dimension: 15, target: { kind: 'sparse', fraction: 4 / 15 } }))).result;
    expect(own.layout!.every(({ mean }) => mean === undefined)).toBe(true);
    for (const { statistic, mean } of layout!) {
      const limit = curveOf(own, 'pde', statistic).mean[1]!;
      expect(Math.abs(mean![1]! - limit)).toBeLessThan(2e-3 * Math.abs(limit) + 1e-12);
    }
  });

  it('is not computed at later times where that costs more than the ensembles', async () => {
    const gaussian = { dimension: 100, target: { kind: 'gaussian' } };
    const few = (await run(file(gaussian))).result;
    expect(few.layout!.every(({ mean }) => mean === undefined)).toBe(true);
    expect(formatTable(few).replace(/\s+/g, ' ')).not.toContain('tell the gap without it');
  });

  it('is in what is merged of shards', async () => {
    const whole = (await run(file({}))).result;
    const shards = [];
    for (const index of [1, 2]) {
      const { result, events } = await run(file({}), { shard: { index, of: 2 } });
      const ensembles = events.filter((event) => event.type === 'ensemble');
      shards.push({ label: `part ${index}`, file: buildShardFile({ index, of: 2 }, result, ensembles) });
    }
    expect(mergeShards(shards).layout).toEqual(whole.layout);
  });
});
