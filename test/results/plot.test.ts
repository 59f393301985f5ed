import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseSweep } from '../../src/problem/index.ts';
import { plotSvg, sweepSvg } from '../../src/results/index.ts';
import { chooseAxis, ticksOf } from '../../src/results/plot/axis.ts';
import { colorScale } from '../../src/results/plot/heat.ts';
import { THEMES } from '../../src/results/plot/palette.ts';
import { linesOf, stepsOf } from '../../src/results/plot/shapes.ts';
import { blowUp, makeResult } from './fixture.ts';

/** Texts shown in the picture. */
function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
}

/** Where a text must not hold a pattern: shows the hit instead of the whole picture. */
function hits(svg: string, pattern: RegExp): string[] {
  return svg.match(new RegExp(pattern, 'g')) ?? [];
}

const INK = THEMES.light.ink;
/** Frames of the panels: x, y, width, height. */
function frames(svg: string): number[][] {
  return [...svg.matchAll(/<clipPath[^>]*><rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g)].map(
    (found) => found.slice(1).map(Number),
  );
}

/** What stands inside the frames, without the legend. */
const inside = (svg: string) => svg.slice(svg.indexOf('<clipPath'));

/** Points of the paths of one colour and width. */
function linesIn(svg: string, ink: string, width: number): number[][][] {
  return [
    ...inside(svg).matchAll(new RegExp(`<path d="([^"]*)" fill="none" stroke="${ink}" stroke-width="${width}"`, 'g')),
  ].map(([, d]) =>
    d
      .split(/[ML]/)
      .filter(Boolean)
      .map((point) => point.split(' ').map(Number)),
  );
}

describe('plot.svg', () => {
  it('has a panel a statistic, a legend, axis titles, the colours of the methods, and stands alone', async () => {
    const svg = await plotSvg(makeResult());
    expect(svg).toMatch(/^<svg[^>]* role="img" aria-labelledby="title description"/);
    expect(svg).toContain('<title id="title">Diagonal linear network');
    expect(svg).toMatch(/<desc id="description">[^<]*risk against time on a logarithmic axis: SGD[^<]* from 0.25 to /);
    const shown = texts(svg);
    for (const text of [
      'risk R',
      'curvature tr H/d',
      't — time, in units of d steps',
      'gap / s.e.',
      'SGD, mean of 8',
      'SDE, mean of 5',
      'PDE',
      'gradient flow',
      '0.01',
    ]) {
      expect(shown).toContain(text);
    }
    for (const ink of [INK.sgd, INK.sde, INK.pde, INK.flow]) expect(svg).toContain(`stroke="${ink}"`);
    expect(svg).toMatch(new RegExp(`stroke="${INK.flow}"[^>]*stroke-dasharray="7 5"`));
    expect(hits(svg, /<script|@import|url\(http|href=/)).toEqual([]);
    // Bands of SGD and SDE in each of two panels, under the limit's thin line.
    expect(hits(svg, new RegExp(`<path[^>]*fill="(${INK.sgd}|${INK.sde})" opacity="0.22"`))).toHaveLength(4);
    expect(svg.lastIndexOf(`stroke="${INK.pde}" stroke-width="1.25"`)).toBeGreaterThan(
      svg.lastIndexOf(`stroke="${INK.sgd}" stroke-width="1.75"`),
    );
  });

  it('lets gradient flow leave a window that follows SGD and PDE, and says so', async () => {
    const svg = await plotSvg(
      makeResult({
        statistics: ['risk'],
        limit: (_, t) => 0.25 * Math.exp(-t),
        methods: [{ kind: 'pde' }, { kind: 'flow' }],
      }),
    );
    // The flow of the made-up result falls faster, by 0.8^t: to 1.4e-5, where the PDE ends at 8.4e-5.
    expect(texts(svg)).toContain('gradient flow leaves the window, down to 1.4·10⁻⁵');
    const [[, top, , height]] = frames(svg);
    const ends = (ink: string, width: number) => linesIn(svg, ink, width)[0].at(-1)![1];
    expect(ends(INK.pde, 1.25)).toBeLessThan(top + height);
    expect(ends(INK.flow, 1.75)).toBeGreaterThan(top + height);
  });

  it('draws the gap in standard errors under the curves', async () => {
    const result = makeResult({ statistics: ['risk'], samples: 8 });
    const svg = await plotSvg(result);
    const [, [left, top, width, height]] = frames(svg);
    const line = linesIn(svg, INK.sgd, 1.5)[0];
    const [sgd, , pde] = result.curves;
    // Range of the axis: at least ±3, and the values, with a margin of 4%.
    const z = sgd.mean.map((mean, k) => (mean! - pde.mean[k]!) / sgd.standardError![k]!);
    const sde = result.curves[1].mean.map((mean, k) => (mean! - pde.mean[k]!) / result.curves[1].standardError![k]!);
    const known = [...z, ...sde, -3, 3].filter(Number.isFinite);
    const [low, high] = [Math.min(...known), Math.max(...known)];
    const room = 0.04 * (high - low);
    const at = (value: number) => top + height * (1 - (value - low + room) / (high - low + 2 * room));
    // No standard error at t = 0.
    expect(line).toHaveLength(8);
    line.forEach(([x, y], k) => {
      expect(x).toBeCloseTo(left + (width * (k + 1)) / 8, 1);
      expect(y).toBeCloseTo(at(z[k + 1]), 1);
    });
  });

  it('draws a mean at the height that its value has on a logarithmic axis', async () => {
    const svg = await plotSvg(
      makeResult({ samples: 2, statistics: ['risk'], methods: [{ kind: 'pde' }], limit: (_, t) => 10 ** -t }),
    );
    const [[left, top, width, height]] = frames(svg);
    // 1, 1e-4 and 1e-8 at t = 0, 4, 8: a straight line from the left to the right, 4% inside above and below.
    const y = [0.04, 0.54, 1.04].map((share) => top + (height * share) / 1.08);
    const [line] = linesIn(svg, INK.pde, 1.25);
    expect(line.map(([x]) => x)).toEqual([left, left + width / 2, left + width]);
    line.forEach(([, at], k) => {
      expect(at).toBeCloseTo(y[k], 1);
    });
  });

  it('breaks a line where there is no value, and draws a value between two gaps as a point', async () => {
    const limit = (_: number, t: number) => (t === 4 || t === 6 ? Number.NaN : 10 ** -t);
    const svg = await plotSvg(makeResult({ samples: 8, statistics: ['risk'], methods: [{ kind: 'pde' }], limit }));
    const [d] = [...inside(svg).matchAll(new RegExp(`<path d="([^"]*)" fill="none" stroke="${INK.pde}"`, 'g'))].map(
      ([, found]) => found,
    );
    expect(d.match(/M/g)).toHaveLength(2);
    const [[left, , width]] = frames(svg);
    const points = [...svg.matchAll(/<circle cx="([\d.]+)"/g)].map(([, x]) => Number(x));
    expect(points).toHaveLength(1);
    expect(points[0]).toBeCloseTo(left + (width * 5) / 8, 1);
  });

  it('shows a single save time: points, and the band as a bar', async () => {
    const result = makeResult({ samples: 1, statistics: ['risk'] });
    const only = (values: readonly (number | null)[]) => values.slice(1);
    const curves = result.curves.map((curve) => ({
      ...curve,
      times: only(curve.times),
      mean: only(curve.mean),
      standardError: curve.standardError && only(curve.standardError),
      quantiles: curve.quantiles && { '0.1': only(curve.quantiles['0.1']), '0.9': only(curve.quantiles['0.9']) },
    }));
    const svg = await plotSvg({ ...result, curves });
    for (const ink of [INK.sgd, INK.sde, INK.pde, INK.flow])
      expect(svg).toMatch(new RegExp(`<circle[^>]*fill="${ink}"`));
    expect(hits(svg, new RegExp(`stroke="(${INK.sgd}|${INK.sde})" stroke-width="5"`))).toHaveLength(2);
  });

  it('marks a blow-up and diverged replicas', async () => {
    const svg = await plotSvg(makeResult({ events: [blowUp], fails: [{ index: 0, replica: 2, time: 3 }] }));
    expect(texts(svg).filter((text) => text === 'PDE blows up, t = 3.29')).toHaveLength(2);
    // In each panel: one rule for the blow-up, one tick for the replica.
    expect(hits(svg, new RegExp(`<path[^>]*stroke="${INK.failure}"`))).toHaveLength(4);
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
  const choose = (...values: number[]) => chooseAxis([values], { label: 'risk', wish: null });

  it.each([
    [[1, 10, 1000], 'log'],
    [[-1, -10, -1000], 'symlog'],
    [[1, 1.5, 3], 'linear'],
    [[1, -10, 1000], 'linear'],
    [[0, 0, 0], 'linear'],
    [[], 'linear'],
    [[0, 1, 11], 'log'],
    [[0, 0, 0, 1, 11], 'linear'],
  ])('%j: %s', (values, scale) => {
    expect(choose(...values).axis.scale).toBe(scale);
  });

  it('shows rounding noise as what it is: a constant', () => {
    // The effective initialization of a gradient flow, whose last digits move.
    const noise = [0.99979338, 0.99979339, 0.999793385, 0.99979338];
    const { axis } = choose(...noise);
    expect(axis.range[1] - axis.range[0]).toBeGreaterThan(0.1);
    const labels = ticksOf(axis, ...axis.range, 6).map(({ label }) => label);
    expect(Math.max(...labels.map(({ length }) => length))).toBeLessThan(6);
  });

  it('labels powers of ten, or 1, 2, 5 where there are few', () => {
    const labels = (low: number, high: number) =>
      ticksOf({ scale: 'log', threshold: 1 }, low, high, 9).map(({ label }) => label);
    expect(labels(0.09, 110)).toEqual(['0.1', '1', '10', '100']);
    expect(labels(0.3, 7)).toEqual(['0.5', '1', '2', '5']);
    expect(labels(1e-7, 1)).toEqual(['10⁻⁷', '10⁻⁶', '10⁻⁵', '10⁻⁴', '10⁻³', '10⁻²', '10⁻¹', '10⁰']);
    expect(choose(0, 1, 11).note).toBe('log axis: 1 value equal to 0 not shown (symlog shows all)');
  });
});

describe('shapes', () => {
  const axes = {
    x: { label: '', scale: 'linear', threshold: 1, range: [0, 4] },
    y: { label: '', scale: 'log', threshold: 1, range: [1, 9] },
  } as const;

  it('are lines of two points or more, and points', () => {
    const { pieces, single } = linesOf([0, 1, 2, 3, 4], [1, 2, 0, 5, Number.NaN], axes);
    expect(pieces).toEqual([
      [
        [0, 1],
        [1, 2],
      ],
    ]);
    expect(single).toEqual([[3, 5]]);
  });

  it('let a histogram stand on its base, at its ends and beside an empty bin', () => {
    const base = 0.1;
    expect(stepsOf([0, 1, 2, 3, 4], [3, 0, 5, 6, 6], base, axes)).toEqual([
      [
        [0, base],
        [0, 3],
        [1, 3],
        [1, base],
      ],
      [
        [2, base],
        [2, 5],
        [3, 5],
        [3, 6],
        [4, 6],
        [4, base],
      ],
    ]);
  });
});

describe('sweep.svg', () => {
  const { sweep } = parseSweep({
    experiment: { problem: { dimension: 8 }, horizon: 4, methods: [{ kind: 'sgd', replicas: 2 }, { kind: 'flow' }] },
    axes: [
      { field: 'stepSize', values: [0.5, 1] },
      { field: 'problem.initialization.u', values: [1, 2] },
    ],
  });
  type Given = { readonly risk: number | null; readonly critical?: number | null };
  const mean = (value: number | null) => ({ mean: value, standardError: null, count: 2 });
  /** Four points; SGD has diverged where it has no risk, gradient flow never has a rate. */
  const drawn = (...given: readonly Given[]) =>
    sweepSvg({
      format: 'diagflow-sweep',
      version: 1,
      sweep,
      provenance: { software: 'test', backend: 'cpu', adapter: null, started: '' } as never,
      points: given.map(({ risk, critical = null }, index) => {
        const failed = risk === null ? 2 : 0;
        const none = { hits: 0, probability: 0, interval: null, time: null };
        const blowUp = { ...none, hits: failed, probability: failed / 2 };
        return {
          index,
          values: [[0.5, 1][index >> 1], [1, 2][index & 1]],
          methods: [
            { method: 'sgd', index: 0, count: 2, failed, final: { risk: mean(risk) }, rate: null, blowUp },
            { method: 'flow', index: 1, count: 1, failed: 0, final: { risk: mean(0.1) }, rate: null, blowUp: none },
          ],
          prediction: { terminalRate: null, criticalStepSize: critical },
          stepSize: [0.5, 1][index >> 1],
          problems: [],
          seconds: 0,
        };
      }),
    });
  const at = (risk: number | null, critical?: number) => (critical ? { risk, critical } : { risk });

  it('keeps its logarithmic colours beside a zero, which has its own, and says why cells are grey', async () => {
    const svg = await drawn(at(1e-2), at(3e-6), at(0), at(null));
    const shown = texts(svg);
    expect(shown).toContain('grey: every replica diverged');
    expect(shown.join(' ')).toContain('grey: no rate can be fitted (fewer than two save times');
    // The scale of colours is logarithmic, with the zero below it and in its cell.
    for (const label of ['10⁻⁵', '10⁻⁴', '10⁻³', '10⁻²']) expect(shown).toContain(label);
    expect(shown.filter((text) => text === '0').length).toBeGreaterThanOrEqual(2);
    // The values of the axes are where their ticks are: γ = 0.5 and 1 under each of six maps.
    expect(shown.filter((text) => text === '0.5').length).toBeGreaterThanOrEqual(6);
  });

  it('tells a critical step size that does not cross the grid from none', async () => {
    const words = async (...given: readonly Given[]) =>
      texts(await drawn(...given)).find((text) => /critical/.test(text));
    expect(await words(at(1), at(1), at(1), at(1))).toMatch(/no critical step size is predicted/);
    expect(await words(at(1, 3), at(1, 3), at(1, 3), at(1, 3))).toMatch(
      /does not cross this grid: all points lie below it/,
    );
    expect(await words(at(1, 0.7), at(1, 0.7), at(1, 0.7), at(1, 0.7))).toMatch(/^line: predicted critical/);
  });

  it.each([
    [[1e-291, 3e-6, 1e-2, 0], { kind: 'log', isCut: true, zeros: true, range: [1e-32, 1e-2] }],
    [[3e-6, 1e-2], { kind: 'log', isCut: false, zeros: false, range: [3e-6, 1e-2] }],
    [[-1, 0, 100], { kind: 'linear', range: [-1, 100] }],
    [[2, 3], { kind: 'linear', range: [2, 3] }],
    [[0, 0], { kind: 'linear', range: [0, 0] }],
    [[], { kind: 'linear' }],
  ])('colours %j', (values, expected) => {
    const { range, ...rest } = colorScale(values, false);
    expect(rest.kind).toBe(expected.kind);
    if ('isCut' in expected) expect([rest.isCut, rest.zeros]).toEqual([expected.isCut, expected.zeros]);
    const ends = 'range' in expected ? expected.range : range;
    range.forEach((end, k) => {
      expect(Math.abs(end - ends[k])).toBeLessThanOrEqual(1e-12 * Math.abs(ends[k]));
    });
  });
});

it('the style sheet of the lab has the colours of the files', () => {
  const css = readFileSync(new URL('../../src/lab/styles/base.css', import.meta.url), 'utf8');
  for (const name of ['light', 'dark'] as const) {
    const block = css.slice(css.indexOf(`[data-theme="${name}"]`));
    const read = (variable: string) => new RegExp(`--${variable}: ([^;]*);`).exec(block)![1];
    const { ink, text, quiet, grid, surface } = THEMES[name];
    expect({ text, quiet, grid, surface }).toEqual({
      text: read('text'),
      quiet: read('quiet'),
      grid: read('grid'),
      surface: read('surface'),
    });
    for (const [key, color] of Object.entries(ink)) expect([key, color]).toEqual([key, read(`ink-${key}`)]);
  }
});
