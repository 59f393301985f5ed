import { describe, expect, it } from 'vitest';
import { alignTable, interval, number, summaryOf, tablesOf } from '../../bench/kit/words.ts';
import { reportHtml } from '../../bench/report/html.ts';
import { guideOf, pointsOf } from '../../bench/report/plots.ts';
import { benchFile, rate, sixTimes } from './fixture.ts';

const file = benchFile([
  rate(sixTimes(100), { dimension: 64, contestant: 'diagflow' }),
  rate(sixTimes(25), { dimension: 1024, contestant: 'diagflow' }),
  rate(sixTimes(50), { dimension: 64, contestant: 'NumPy' }, true),
]);
const [section] = file.sections;

describe('words', () => {
  it.each([
    [3, '3'],
    [0.123456, '0.1235'],
    [123456.7, '123500'],
    [1.5e7, '1.500e7'],
    [2e-5, '2.000e-5'],
    [0, '0'],
  ])('writes %f as %s', (x, text) => {
    expect(number(x)).toBe(text);
  });

  it('shows intervals only where there are any', () => {
    const { rate: speed, replicas } = section.rows[0].quantities;
    expect(interval(replicas)).toBe('4');
    expect(interval(speed)).toBe('100.3 [98, 102]');
  });

  it('lines rows up under labels and quantities with units', () => {
    const [table] = tablesOf(section.rows);
    expect(table.head).toEqual(['dimension', 'contestant', 'rate (steps/s)', 'replicas']);
    expect(table.body[2].slice(0, 2)).toEqual(['64', 'NumPy']);
    expect(alignTable(table).split('\n')[1]).toMatch(/^64 {9}diagflow {4}100.3 \[98, 102\] +4$/);
  });

  it('sums up a run: machine, versions, who was skipped and how to get it, tables, notes', () => {
    const text = summaryOf(file);
    for (const part of [
      '2 × Test CPU',
      'commit abc',
      'node 20.0.0',
      'NumPy SKIPPED: not here; install: apt-get',
      'a note',
    ])
      expect(text).toContain(part);
  });
});

describe('plots', () => {
  const [plot] = section.plots;

  it('takes the points of the file, by series', () => {
    expect(pointsOf(plot, section.rows).map(({ series, x, y }) => [series, x, y])).toEqual([
      ['diagflow', 64, 100.25],
      ['diagflow', 1024, 25.0625],
      ['NumPy', 64, 50.125],
    ]);
  });

  it('draws a guide of the given slope through the first point', () => {
    const guide = guideOf(plot, pointsOf(plot, section.rows));
    expect(guide[0]).toEqual({ x: 64, y: 100.25 });
    // Sixteen times the dimension, slope −½: a quarter.
    expect(guide[1].y).toBeCloseTo(100.25 / 4, 9);
  });

  it('leaves out what a logarithm cannot show', () => {
    const [first] = section.rows;
    const none = { ...first, quantities: { rate: { ...first.quantities.rate, value: 0, low: 0 } } };
    expect(pointsOf(plot, [none])).toEqual([]);
  });
});

describe('the report', () => {
  it('is one page that needs nothing else, with a picture a plot and every number of the tables', async () => {
    const html = await reportHtml(file);
    expect(html).not.toMatch(/<script|<link|src="(?!data:)|href="(?!#)|@import|url\(/);
    const images = [...html.matchAll(/src="data:image\/svg\+xml;base64,([^"]+)"/g)];
    expect(images).toHaveLength(1);
    const svg = Buffer.from(images[0][1], 'base64').toString();
    expect(svg).toMatch(/^<svg[\s\S]*<\/svg>\s*$/);
    expect(svg).toContain('diagflow');
    for (const row of tablesOf(section.rows)[0].body.flat()) expect(html).toContain(`<td>${row}</td>`);
    // Text is text, not markup.
    expect(html).toContain('SGD &lt;fast&gt; &amp; well');
    expect(html).toContain('a note with &quot;quotes&quot; &amp; &lt;tags&gt;');
  });

  it('says what failed', async () => {
    const failed = { ...file, failures: [{ section: 'gpu', message: 'lost <device>' }] };
    expect(await reportHtml(failed)).toContain('<strong>gpu failed</strong>: lost &lt;device&gt;');
  });
});
