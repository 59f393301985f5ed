/** Pictures of several results, of estimates and densities, and the same pictures as PDF. */
import { readFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { type Experiment, parseExperiment } from '../../src/problem/index.ts';
import { type PlotOptions, plotSvg, type Result } from '../../src/results/index.ts';
import { tellApart } from '../../src/results/plot/differences.ts';
import { resultsFigure } from '../../src/results/plot/figures.ts';
import { readFont } from '../../src/results/plot/font.ts';
import { THEMES, viridis } from '../../src/results/plot/palette.ts';
import { figurePdf } from '../../src/results/plot/pdf.ts';
import { makeResult } from './fixture.ts';

const texts = (svg: string) => [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
const hits = (svg: string, pattern: string) => svg.match(new RegExp(pattern, 'g')) ?? [];

const BASE = { problem: { dimension: 64 }, horizon: 8, methods: [{ kind: 'pde' }] };
const experiment = (change: object = {}): Experiment => parseExperiment({ ...BASE, ...change });

/** The made-up result under other settings: its numbers stay. */
const as = (change: object, result: Result = makeResult({ samples: 8 })): Result => ({
  ...result,
  experiment: { ...result.experiment, ...change },
});

describe('runs are told apart', () => {
  it('by the one number that differs, on a scale of colours', () => {
    const { names, field, shades } = tellApart([0.1, 0.2, 0.4].map((stepSize) => experiment({ stepSize })));
    expect(names).toEqual(['γ = 0.1', 'γ = 0.2', 'γ = 0.4']);
    expect(field).toMatchObject({ path: 'stepSize', label: 'γ — step size', scale: 'log', range: [0.1, 0.4] });
    expect(shades[0]).toBe(0);
    expect(shades[1]).toBeCloseTo(0.5, 12);
    expect(shades[2]).toBe(1);
  });

  it.each([
    [
      'two that differ',
      [{ stepSize: 0.1 }, { stepSize: 0.2, problem: { dimension: 128 } }],
      ['d = 64, γ = 0.1', 'd = 128, γ = 0.2'],
    ],
    ['the seed alone', [{ seed: 1 }, { seed: 2 }], ['seed 1', 'seed 2']],
    [
      'a field and the seed',
      [{ stepSize: 0.1, seed: 1 }, { stepSize: 0.1, seed: 2 }, { stepSize: 0.3 }],
      ['γ = 0.1, seed 1', 'γ = 0.1, seed 2', 'γ = 0.3, seed 1'],
    ],
    [
      'a horizon that goes along',
      [
        { stepSize: 0.1, horizon: 80 },
        { stepSize: 0.2, horizon: 40 },
      ],
      ['γ = 0.1', 'γ = 0.2'],
    ],
    ['methods alone', [{}, { methods: [{ kind: 'flow' }] }], ['pde, methods[0].tolerance = 0.000001', 'flow']],
    ['nothing', [{}, {}], ['', '']],
  ])('by %s', (_, changes, names) => {
    expect(tellApart(changes.map(experiment)).names).toEqual(names);
  });

  it('with no colours of their own where several fields differ, or only the seed', () => {
    expect(
      tellApart([experiment({ stepSize: 0.1 }), experiment({ stepSize: 0.2, problem: { dimension: 128 } })]).field,
    ).toBeNull();
    expect(tellApart([experiment({ seed: 1 }), experiment({ seed: 2 })]).field).toBeNull();
  });
});

describe('several results', () => {
  const named = [0.1, 0.4, 0.2].map((stepSize) => ({ name: `g${stepSize}`, result: as({ stepSize }) }));

  it('have one colour each, one line a method, and their names once', async () => {
    const svg = await plotSvg(named, { statistics: ['risk'] });
    const [from, to] = THEMES.light.shades;
    for (const share of [0, 0.5, 1]) {
      const color = viridis(from + share * (to - from));
      // Lines of SGD, SDE, PDE and flow, two of the gap, one in the legend; bands of SGD and SDE.
      expect(hits(svg, `stroke="${color}"`), color).toHaveLength(7);
      expect(hits(svg, `fill="${color}"`), color).toHaveLength(2);
    }
    const shown = texts(svg);
    for (const name of ['γ = 0.1', 'γ = 0.4', 'γ = 0.2', 'gradient flow', 'PDE', 'colour: γ — step size'])
      expect(
        shown.filter((text) => text === name),
        name,
      ).toHaveLength(1);
    expect(shown.join(' ')).toMatch(/β = u⊙v; d = 4096; .*γ = see names; σ = 0; .*SGD × 8.*seed 1; diagflow/);
  });

  it('must have measured what is drawn', async () => {
    const other = { name: 'other', result: makeResult({ statistics: ['risk'] }) };
    await expect(plotSvg([named[0], other], { statistics: ['curvature'] })).rejects.toThrow(
      /^statistic "curvature": must be one that was measured \(risk\) by every result; .* has not$/,
    );
    await expect(plotSvg(named, { show: ['concentration'] })).rejects.toThrow(/two dimensions or more/);
    await expect(plotSvg(named, { show: ['slope'] })).rejects.toThrow(/not measured: riskDrift, riskNoise/);
    await expect(plotSvg(named, { show: ['densities'] })).rejects.toThrow(/has none; ask for them in "densities"/);
  });

  it('in several dimensions show how the band narrows', async () => {
    const family = [64, 256, 1024].map((dimension) => {
      const result = makeResult({ samples: 8 });
      return { name: '', result: as({ problem: { ...result.experiment.problem, dimension } }, result) };
    });
    const svg = await plotSvg(family, { show: ['concentration'], statistics: ['risk'] });
    expect(texts(svg)).toContain('risk R at t = 8.000 against the dimension');
    expect(texts(svg)).toContain('∝ 1/√d');
  });
});

/** The frame of a panel by the words in its title: the rectangle without fill that follows it. */
function frameAfter(svg: string, title: string): number[] {
  const rest = svg.slice(svg.indexOf(`>${title}<`));
  const found = /<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" fill="none"/.exec(rest)!;
  return found.slice(1).map(Number);
}

describe('estimates', () => {
  const estimates = [
    { kind: 'tail', statistic: 'risk', above: 0.1, time: 8 },
    { kind: 'histogram', statistic: 'risk', bins: 2, range: [0, 4] },
  ];
  const result = makeResult({ samples: 8, methods: [{ kind: 'sgd', replicas: 8 }] });
  const { confidence } = { confidence: 0.95 };
  const drawn: Result = {
    ...result,
    experiment: parseExperiment({ ...result.experiment, estimates }),
    estimates: [
      {
        ...{ kind: 'tail', method: 'sgd', index: 0, estimate: 0, statistic: 'risk', time: 8, above: 0.1, hits: 2 },
        ...{ count: 8, failed: 0, probability: 0.25, interval: [0.1, 0.6], rule: 'wilson', confidence },
      },
      {
        ...{ kind: 'histogram', method: 'sgd', index: 0, estimate: 1, statistic: 'risk', times: [8] },
        ...{ edges: [[0, 1, 4]], hits: [[6, 2]], below: [0], above: [0], counts: [8], failed: 0 },
      },
    ] as Result['estimates'],
  };

  it('are points with their intervals, where the numbers lie on the axis', async () => {
    const svg = await plotSvg(drawn, { show: ['estimates'] });
    const [left, , width] = frameAfter(svg, 'probabilities');
    const [, cx] = /<circle cx="([\d.]+)"[^>]* r="4"/.exec(svg)!;
    expect(Number(cx)).toBeCloseTo(left + 0.25 * width, 1);
    const [, from, to] =
      /<path d="M([\d.]+) [\d.]+L([\d.]+) [\d.]+" fill="none" stroke="#0072b2" stroke-width="2"/.exec(svg)!;
    expect(Number(from)).toBeCloseTo(left + 0.1 * width, 1);
    expect(Number(to)).toBeCloseTo(left + 0.6 * width, 1);
    expect(texts(svg)).toContain('SGD: P(risk R &gt; 0.100 at t = 8.00), 2 of 8');
  });

  it('are histograms of area one', async () => {
    const svg = await plotSvg(drawn, { show: ['estimates'] });
    const [left, top, width, height] = frameAfter(svg, 'risk R over replicas at t = 8.00');
    const path = [...svg.matchAll(/<path d="([^"]*)" fill="none" stroke="#0072b2" stroke-width="1.75"/g)]
      .map(([, d]) =>
        d
          .split(/[ML]/)
          .filter(Boolean)
          .map((point) => point.split(' ').map(Number)),
      )
      .find((points) => points.length === 6 && points.every(([, y]) => y >= top && y <= top + height + 0.1))!;
    // Densities 6/8 over [0, 1] and 2/8/3 over [1, 4]; the axis reaches from 0 to 0.75, and 4% beyond on both sides.
    const at = (density: number) => top + height * (1 - (density / 0.75 + 0.04) / 1.08);
    const x = (value: number) => left + (width * value) / 4;
    const expected = [
      [x(0), at(0)],
      [x(0), at(0.75)],
      [x(1), at(0.75)],
      [x(1), at(0.25 / 3)],
      [x(4), at(0.25 / 3)],
      [x(4), at(0)],
    ];
    path.forEach((point, k) => {
      expect(point[0]).toBeCloseTo(expected[k][0], 1);
      expect(point[1]).toBeCloseTo(expected[k][1], 1);
    });
  });
});

describe('densities', () => {
  const result = makeResult({ samples: 8, methods: [{ kind: 'pde' }] });
  const whole = { method: 'pde', index: 0, time: 4, class: null, mass: 1, outside: 0 } as const;
  const drawn: Result = {
    ...result,
    densities: [
      { ...whole, of: 'beta', axes: [[-1, 0, 1]], values: [0.25, 0.5], atoms: [{ at: [1], mass: 0.25 }] },
      {
        ...whole,
        of: 'uv',
        axes: [
          [0, 1, 2],
          [0, 1, 2],
        ],
        values: [0.1, 0.2, 0.3, 0.4],
        atoms: [],
      },
      { ...whole, class: { lambda: 1, b: 1 }, of: 'beta', axes: [[-1, 0, 1]], values: [0.25, 0.5], atoms: [] },
    ],
  };

  it('are steps with stems for point masses, and a map of (u, v)', async () => {
    const svg = await plotSvg(drawn, { show: ['densities'] });
    expect(texts(svg)).toContain('point masses: 25% at 1.00');
    expect(texts(svg)).toContain('Densities of 1 classes are in result.json and not drawn.');
    expect(svg).toContain(viridis(0));
    expect(svg).toContain(viridis(1));
    expect(hits(svg, `stroke="${THEMES.light.ink.failure}" stroke-width="2"`).length).toBeGreaterThan(0);
  });
});

describe('width on paper', () => {
  it('lays the picture out anew, with letters of 9 points', async () => {
    const result = makeResult({ samples: 8 });
    const narrow = await plotSvg(result, { width: 85 });
    const wide = await plotSvg(result, { width: 180 });
    expect(narrow).toMatch(/^<svg [^>]*width="85mm"/);
    expect(wide).toMatch(/^<svg [^>]*width="180mm"/);
    const pixels = (svg: string) => Number(/viewBox="0 0 ([\d.]+)/.exec(svg)![1]);
    // Pixels of 1/96 inch: letters of 12 of them are 9 points high.
    expect(pixels(narrow)).toBeCloseTo((85 * 96) / 25.4, 1);
    expect(pixels(wide)).toBeCloseTo((180 * 96) / 25.4, 1);
    // Panels below each other, and beside each other.
    const tops = (svg: string) =>
      new Set([...svg.matchAll(/<clipPath[^>]*><rect x="[\d.]+" y="([\d.]+)"/g)].map(([, y]) => y));
    expect(tops(narrow).size).toBe(4);
    expect(tops(wide).size).toBe(2);
  });
});

const font = (name: string) =>
  readFont(new Uint8Array(readFileSync(new URL(`../../fonts/${name}-subset.ttf`, import.meta.url))), name);
const fonts = { regular: font('DejaVuSans'), bold: font('DejaVuSans-Bold') };

describe('the fonts', () => {
  // Advances of DejaVu Sans 2.37 in units of 1/2048, read by fontTools.
  it.each([
    ['regular', 'A', 1401],
    ['regular', 'γ', 1212],
    ['regular', '−', 1716],
    ['bold', 'A', 1585],
  ] as const)('%s: %s', (weight, letter, advance) => {
    const own = fonts[weight];
    const glyph = own.glyph(letter.codePointAt(0)!);
    expect(glyph).toBeGreaterThan(0);
    expect(own.advance(glyph)).toBeCloseTo((advance * 1000) / 2048, 6);
  });

  it('have every letter that pictures use', async () => {
    const words = 'γσλβαρζθℓ⊙−⁻⁰¹²³⁴⁵⁶⁷⁸⁹⟨⟩√∝≤≥±×→∞²³–—…·φκΣ∂';
    for (const own of Object.values(fonts))
      expect([...words, '\u202f'].filter((letter) => own.glyph(letter.codePointAt(0)!) === 0)).toEqual([]);
  });
});

describe('PDF', () => {
  const figure = (options: PlotOptions = {}) =>
    resultsFigure([{ name: '', result: makeResult({ samples: 8 }) }], options);
  const latin = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

  it('has its objects where its table says, and a page of the width that was asked for', async () => {
    const text = latin(await figurePdf(figure({ width: 120 }), fonts));
    expect(text.startsWith('%PDF-1.7\n')).toBe(true);
    const table = Number(/startxref\n(\d+)\n%%EOF\n$/.exec(text)![1]);
    expect(text.slice(table, table + 5)).toBe('xref\n');
    const places = [...text.slice(table).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, place]) => Number(place));
    places.forEach((place, k) => {
      expect(text.slice(place).startsWith(`${k + 1} 0 obj\n`)).toBe(true);
    });
    const [, width] = /\/MediaBox \[0 0 ([\d.]+) [\d.]+\]/.exec(text)!;
    expect(Number(width)).toBeCloseTo((120 / 25.4) * 72, 2);
  });

  it('has the texts of the SVG, in letters that can be found and copied', async () => {
    const bytes = await figurePdf(figure(), fonts);
    const text = latin(bytes);
    const streams = [...text.matchAll(/\/Length (\d+) [^>]*>>\nstream\n/g)].map((found) => {
      const at = found.index + found[0].length;
      return inflateSync(bytes.subarray(at, at + Number(found[1]))).toString('latin1');
    });
    const maps = streams.filter((one) => one.includes('begincmap'));
    expect(maps).toHaveLength(2);
    const content = streams.find((one) => one.includes(' Tj'))!;
    const letters = { regular: new Map<string, string>(), bold: new Map<string, string>() };
    for (const [which, map] of Object.entries(letters)) {
      const own = fonts[which as 'regular'];
      const cmap = maps.find((one) =>
        [...one.matchAll(/<(\w{4})> <(\w{4})>/g)].every(
          ([, glyph, code]) => own.glyph(Number.parseInt(code, 16)) === Number.parseInt(glyph, 16),
        ),
      );
      for (const [, glyph, code] of cmap!.matchAll(/<(\w{4})> <(\w{4})>/g))
        map.set(glyph, String.fromCharCode(Number.parseInt(code, 16)));
    }
    const said = [...content.matchAll(/\/(regular|bold) [\d.]+ Tf [^<]*<(\w+)> Tj/g)].map(([, which, codes]) =>
      codes.replace(/\w{4}/g, (code) => letters[which as 'regular'].get(code) ?? '?'),
    );
    const entities = (words: string) => words.replaceAll('&gt;', '>').replaceAll('&lt;', '<').replaceAll('&amp;', '&');
    expect(said).toEqual(texts(await plotSvg(makeResult({ samples: 8 }))).map(entities));
    expect(content).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('is the same bytes every time', async () => {
    expect(await figurePdf(figure(), fonts)).toEqual(await figurePdf(figure(), fonts));
  });
});
