import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { flawOf, formatBench, parseBench, RecordError, readBench, rowKey } from '../../bench/kit/record.ts';
import { exact } from '../../bench/kit/statistics.ts';
import { record } from '../../bench/run.ts';
import type { Listed } from '../../bench/sections.ts';
import type { Row, SectionResult } from '../../bench/suite.ts';
import { benchFile, rate, sixTimes } from './fixture.ts';

const folder = mkdtempSync(join(tmpdir(), 'diagflow-bench-'));
afterAll(() => rmSync(folder, { recursive: true }));

const rows = [rate(sixTimes(100), { dimension: 64 }), rate(sixTimes(90), { dimension: 256 })];

describe('the bench file', () => {
  it('reads back what was written', () => {
    const file = benchFile(rows);
    const path = join(folder, 'a.json');
    writeFileSync(path, formatBench(file));
    expect(readBench(path)).toEqual(file);
    // A row a line.
    expect(
      readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line.startsWith('{"table"')),
    ).toHaveLength(2);
  });

  it('names rows by table and labels, in any order of labels', () => {
    expect(rowKey({ table: 't', labels: { b: 1, a: 'x' } })).toBe(rowKey({ table: 't', labels: { a: 'x', b: 1 } }));
  });

  const raw = (change: (file: ReturnType<typeof benchFile>) => void) => {
    const file = JSON.parse(JSON.stringify(benchFile(rows)));
    change(file);
    return file;
  };

  it.each<[string, unknown, RegExp]>([
    ['nothing', null, /not a bench file/],
    ['a list', [], /not a bench file/],
    ['another format', { format: 'diagflow-result', version: 1 }, /not a bench file/],
    ['another version', raw((f) => Object.assign(f, { version: 1 })), /version 1, this program reads 2/],
    ['a field too many', raw((f) => Object.assign(f, { more: 1 })), /more/],
    ['a field too few', raw((f) => delete (f as Partial<typeof f>).machine), /machine/],
    ['a wrong type', raw((f) => Object.assign(f.machine, { cores: 'two' })), /machine\.cores/],
    ['no rows', raw((f) => Object.assign(f.sections[0], { rows: [] })), /sections\.0\.rows/],
    ['null for a number', raw((f) => Object.assign(f.sections[0].rows[0].quantities.rate, { value: null })), /value/],
    [
      'a value outside its interval',
      raw((f) => Object.assign(f.sections[0].rows[0].quantities.rate, { low: 1e9 })),
      /interval/,
    ],
    ['a row twice', raw((f) => (f.sections[0].rows as Row[]).push(f.sections[0].rows[0])), /two rows/],
    ['a section twice', raw((f) => f.sections.push(f.sections[0])), /twice/],
  ])('refuses %s in one line', (_, content, reason) => {
    let message = '';
    try {
      parseBench(content, 'x.json');
    } catch (error) {
      expect(error).toBeInstanceOf(RecordError);
      message = (error as Error).message;
    }
    expect(message).toMatch(/^x\.json: /);
    expect(message).toMatch(reason);
    expect(message).not.toContain('\n');
  });

  it('refuses files that are missing or no JSON, in one line', () => {
    writeFileSync(join(folder, 'bad.json'), '{"format":\n\n');
    for (const name of ['bad.json', 'missing.json']) {
      expect(() => readBench(join(folder, name))).toThrow(RecordError);
      expect(() => readBench(join(folder, name))).toThrow(/^[^\n]*$/);
    }
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('finds what is not finite: %f', (bad) => {
    const row = (value: number, samples: number[] = []): Row => ({
      table: 't',
      labels: { d: 1 },
      foreign: false,
      quantities: { x: { ...exact(1, 's'), value, low: value, high: value, samples } },
    });
    expect(flawOf([row(1)])).toBeUndefined();
    expect(flawOf([row(bad)])).toMatch(/t · d 1: x is .*not a finite number/);
    expect(flawOf([row(1, [1, bad])])).toMatch(/not a finite number/);
    expect(flawOf([{ ...row(1), labels: { d: bad } }])).toMatch(/d is .*not a finite number/);
  });
});

describe('a run', () => {
  const section = (name: string, run: () => Promise<SectionResult>): Listed => ({
    suite: 'accuracy',
    name,
    title: name,
    run,
  });
  const good = section('good', async () => ({ rows, plots: [], notes: [] }));
  const run = (chosen: Listed[], name: string) =>
    record(chosen, chosen, { quick: true, path: join(folder, `${name}.json`), log: () => {} });

  it('writes the file and its report', async () => {
    const file = await run([good], 'fine');
    expect(readBench(join(folder, 'fine.json'))).toEqual(file);
    expect(readFileSync(join(folder, 'fine.html'), 'utf8')).toContain('<table>');
    expect(file.failures).toEqual([]);
    expect(file.parameters).toEqual({ quick: true, sections: ['good'] });
    expect(file.commit ?? 'outside a repository').toMatch(/^([0-9a-f]{40}|outside)/);
  });

  const broken: [string, () => Promise<SectionResult>, RegExp][] = [
    ['throws', () => Promise.reject(new Error('device lost')), /device lost/],
    ['measures nothing', async () => ({ rows: [], plots: [], notes: [] }), /measured nothing/],
    [
      'measures NaN',
      async () => ({
        rows: [{ table: 't', labels: {}, foreign: false, quantities: { x: exact(Number.NaN, 's') } }],
        plots: [],
        notes: [],
      }),
      /x is NaN, not a finite number/,
    ],
  ];
  it.each(broken)('fails where a section %s, and keeps the others', async (name, work, reason) => {
    const file = await run([section('bad', work), good], name.replace(' ', '-'));
    expect(file.failures).toHaveLength(1);
    expect(file.failures[0].section).toBe('bad');
    expect(file.failures[0].message).toMatch(reason);
    expect(file.sections.map((s) => s.name)).toEqual(['good']);
  });
});
