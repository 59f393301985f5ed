import { describe, expect, it } from 'vitest';
import { plotSvg } from '../../src/results/index.ts';
import { chooseAxis } from '../../src/results/plot/scale.ts';
import { blowUp, makeResult } from './fixture.ts';

/** Texts shown in the picture. */
function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
}

/** Where a text must not hold a pattern: shows the hit instead of the whole picture. */
function hits(svg: string, pattern: RegExp): string[] {
  return svg.match(new RegExp(pattern, 'g')) ?? [];
}

describe('plot.svg', () => {
  it('has a panel a statistic, a legend, axis titles, the colours of the methods, and stands alone', async () => {
    const svg = await plotSvg(makeResult());
    expect(svg).toMatch(
      /^<svg[^>]* role="img" aria-labelledby="title description"><title id="title">Diagonal linear network/,
    );
    expect(svg).toMatch(
      /<desc id="description">[^<]*risk against time on a logarithmic axis: SGD from 0.25 to [^<]*<\/desc>/,
    );
    const shown = texts(svg);
    for (const text of [
      'risk',
      'curvature',
      'R',
      'tr H/d',
      't — time, in units of d steps',
      'SGD, 8 replicas',
      'SDE, 5 replicas',
      'PDE',
      'gradient flow',
      '0.001',
    ]) {
      expect(shown).toContain(text);
    }
    for (const colour of ['#0072B2', '#E69F00', '#000000', '#009E73']) expect(svg).toContain(`stroke="${colour}"`);
    expect(svg).toMatch(/stroke="#009E73"[^>]*stroke-dasharray="6,4"|stroke-dasharray="6,4"[^>]*stroke="#009E73"/);
    expect(hits(svg, /<script|@import|url\(http|href=/)).toEqual([]);
    // Bands of SGD and SDE in each of two panels.
    expect(svg.match(/<path[^>]*fill="#(0072B2|E69F00)"[^>]*opacity="0.22"/g)).toHaveLength(4);
    // The PDE's line is drawn after those of the ensembles.
    expect(svg.lastIndexOf('stroke="#000000" stroke-width="2"')).toBeGreaterThan(
      svg.lastIndexOf('stroke="#0072B2" stroke-width="2"'),
    );
  });

  it('draws a mean at the height that its value has on a logarithmic axis', async () => {
    const svg = await plotSvg(
      makeResult({ samples: 2, statistics: ['risk'], methods: [{ kind: 'pde' }], limit: (_, t) => 10 ** -t }),
    );
    const line = /<path[^>]*d="M([\d.,ML-]+)"[^>]*stroke="#000000" stroke-width="2"/.exec(svg)!;
    const points = line[1].split('L').map((point) => point.split(',').map(Number));
    // 1, 1e-4 and 1e-8 at t = 0, 4, 8: on a straight line from the top left to the bottom right.
    expect(points).toEqual([
      [0, 0],
      [280, 170],
      [560, 340],
    ]);
  });

  it('breaks a line where there is no value', async () => {
    const limit = (_: number, t: number) => (t === 4 ? Number.NaN : 10 ** -t);
    const svg = await plotSvg(makeResult({ samples: 4, statistics: ['risk'], methods: [{ kind: 'pde' }], limit }));
    const line = /<path[^>]*d="([^"]*)"[^>]*stroke="#000000" stroke-width="2"/.exec(svg)!;
    expect(line[1]).toBe('M0,0L140,85M420,255L560,340');
  });

  it('marks a blow-up and diverged replicas', async () => {
    const svg = await plotSvg(makeResult({ events: [blowUp], fails: [{ index: 0, replica: 2, time: 3 }] }));
    expect(texts(svg).filter((text) => text === 'PDE blows up, t = 3.29')).toHaveLength(2);
    // In each panel: one rule for the blow-up, one tick for the replica.
    expect(svg.match(/<line[^>]*stroke="#D55E00"/g)).toHaveLength(4);
  });

  it.each([
    ['all zero', makeResult({ limit: () => 0 })],
    ['no finite value', makeResult({ limit: () => Number.NaN })],
    ['one save time and one replica', makeResult({ samples: 1, methods: [{ kind: 'sgd', replicas: 1 }] })],
    ['values at the ends of f64', makeResult({ limit: (k, t) => (k ? 1e300 : 1e-300) * (1 + t) ** 4 })],
    ['no curves', { ...makeResult(), curves: [] }],
  ])('copes with %s', async (_, result) => {
    const svg = await plotSvg(result);
    expect(svg).toMatch(/<\/svg>\n$/);
    expect(hits(svg, /NaN|undefined|Infinity/)).toEqual([]);
  });

  it('says where nothing is finite', async () => {
    expect(texts(await plotSvg(makeResult({ limit: () => Number.NaN })))).toContain('no finite values');
  });

  it('is the same bytes every time', async () => {
    const [first, second] = [await plotSvg(makeResult()), await plotSvg(makeResult())];
    expect(first === second).toBe(true);
  });

  it('stays small for many save times', async () => {
    const svg = await plotSvg(makeResult({ samples: 20_000, statistics: ['risk'], methods: [{ kind: 'pde' }] }));
    expect(svg.length).toBeLessThan(60_000);
  });

  it('escapes whatever text it is given', async () => {
    const result = makeResult({ statistics: ['risk'] });
    const hostile = '<script>alert(1)</script>&"\u0007';
    const svg = await plotSvg({
      ...result,
      curves: result.curves.map((curve) => ({ ...curve, statistic: hostile })),
      events: [{ ...blowUp, message: hostile }],
    });
    expect(hits(svg, /<script/)).toEqual([]);
    expect(svg.includes('\u0007')).toBe(false);
    expect(hits(svg, /&lt;script&gt;/)).not.toEqual([]);
  });
});

describe('the vertical axis', () => {
  it.each([
    [[1, 10, 1000], 'log', 1],
    [[-1, -10, -1000], 'log', -1],
    [[1, 1.5, 3], 'linear', 1],
    [[1, -10, 1000], 'linear', 1],
    [[0, 0, 0], 'linear', 1],
    [[], 'linear', 1],
    [[0, 0, 1, 9], 'log', 1],
    [[0, 0, 0, 1, 9], 'linear', 1],
  ])('%j: %s', (values, kind, sign) => {
    expect(chooseAxis(values)).toMatchObject({ kind, sign });
  });

  it('labels powers of ten, or 1, 2, 5 where there are few', () => {
    const labels = (...values: number[]) => chooseAxis(values).ticks?.map(([, label]) => label);
    expect(labels(0.09, 110)).toEqual(['0.1', '1', '10', '100']);
    expect(labels(0.3, 7)).toEqual(['0.5', '1', '2', '5']);
    expect(labels(1e-7, 1)).toEqual(['10⁻⁷', '10⁻⁶', '10⁻⁵', '10⁻⁴', '10⁻³', '10⁻²', '10⁻¹', '10⁰']);
    expect(labels(1e-14, 1)).toEqual(['10⁻¹⁴', '10⁻¹²', '10⁻¹⁰', '10⁻⁸', '10⁻⁶', '10⁻⁴', '10⁻²', '10⁰']);
    expect(chooseAxis([0, 1, 9]).note).toBe('values equal to 0 are not drawn');
  });
});
