/** Every kind of file and link that a stranger may hand over: read whole and valid, or refused in one harmless line of bounded length. */
import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { WHOLE } from '../../src/lab/state/frame.ts';
import { LinkError, LONGEST_LINK, readLink, writeLink } from '../../src/lab/state/link.ts';
import { buildProblem, ExperimentError, parseSweepText } from '../../src/problem/index.ts';
import { parseResultText, ResultError, type SweepPoint } from '../../src/results/index.ts';
import { journalHeader, journalLine, parseExperimentText, readJournal } from '../../src/run/index.ts';
import { checkExpression } from '../../src/statistics/index.ts';
import { goodFiles } from '../problem/good.ts';
import { makeResult } from '../results/fixture.ts';
import { flaw, prototypesAreClean, textLike } from './hostile.ts';

// The page's state asks for its theme when it is loaded.
vi.hoisted(() => {
  const nothing = {
    matches: false,
    addEventListener() {},
    getItem: () => null,
    setItem() {},
    documentElement: { dataset: {} },
  };
  for (const name of ['matchMedia', 'localStorage', 'document']) {
    Object.defineProperty(globalThis, name, {
      value: name === 'matchMedia' ? () => nothing : nothing,
      configurable: true,
    });
  }
});

const SEED = 20261126;

const experiments = fc.constantFrom(...Object.values(goodFiles)).map(
  // Small, so that what stays valid can be built.
  (file) => ({ ...file, statistics: ['risk', { name: 'own', expression: 'lambda*(beta-b)^4' }] }),
);
const sweep = {
  experiment: { problem: { dimension: 4 }, horizon: 1, methods: [{ kind: 'sgd', replicas: 2 }] },
  axes: [
    { field: 'stepSize', values: [0.1, 0.2] },
    { field: 'seed', from: 1, to: 3, count: 3 },
  ],
};
const result = makeResult({ samples: 3, methods: [{ kind: 'sgd', replicas: 2 }, { kind: 'flow' }] });

/** `read` gives a value, or throws one of `errors` with a message that can be shown. */
function expectHarmless(read: () => unknown, ...errors: (new (...args: never[]) => Error)[]): boolean {
  try {
    read();
    return true;
  } catch (error) {
    const kind = errors.find((one) => error instanceof one);
    if (kind === undefined) throw error;
    expect(flaw((error as Error).message)).toBeNull();
    return false;
  } finally {
    expect(prototypesAreClean()).toBe(true);
  }
}

describe('files', () => {
  it('experiments: what is accepted resolves to itself and can be built', () => {
    let accepted = 0;
    fc.assert(
      fc.property(textLike(experiments), (text) => {
        const isRead = expectHarmless(() => {
          const experiment = parseExperimentText(text);
          expect(parseExperimentText(JSON.stringify(experiment))).toEqual(experiment);
          if (experiment.problem.dimension <= 10_000) buildProblem(experiment);
        }, ExperimentError);
        if (isRead) accepted++;
      }),
      { seed: SEED, numRuns: 3000 },
    );
    // Otherwise the changes are too wild to find anything behind the first check.
    expect(accepted).toBeGreaterThan(50);
  });

  it('sweeps', () => {
    fc.assert(
      fc.property(textLike(fc.constant(sweep)), (text) => {
        expectHarmless(() => parseSweepText(text, { checkExpression }), ExperimentError);
      }),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it('results', () => {
    fc.assert(
      fc.property(textLike(fc.constant(result)), (text) => {
        expectHarmless(() => parseResultText(text), ResultError);
      }),
      { seed: SEED, numRuns: 1500 },
    );
  });

  it('journals of sweeps: only points of this very grid are taken up', () => {
    const parsed = parseSweepText(JSON.stringify(sweep), { checkExpression });
    const provenance = { software: 'diagflow 1', backend: 'cpu' as const, adapter: null, started: '2026' };
    const header = { sweep: parsed.sweep, shard: null, provenance };
    const none = { mean: null, standardError: null, count: 0 };
    const points = Array.from(
      { length: parsed.count },
      (_, index): SweepPoint => ({
        index,
        values: parsed.valuesAt(index),
        methods: parsed.sweep.experiment.methods.map(({ kind }, place) => ({
          method: kind,
          index: place,
          count: 2,
          failed: 0,
          final: { risk: none },
          rate: null,
          blowUp: { hits: 0, probability: 0, interval: [0, 0.7], time: null },
        })),
        prediction: null,
        stepSize: 0.1,
        problems: [],
        seconds: 1,
      }),
    );
    const whole = journalHeader(header) + points.map(journalLine).join('');
    expect(readJournal(whole, header)?.points).toEqual(points);
    const line = textLike(fc.constantFrom<unknown>(...points));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 4 }), fc.nat(whole.length), (lines, cut) => {
        const kept = readJournal(`${whole.slice(0, cut)}\n${lines.join('\n')}`, header);
        for (const { index, values } of kept?.points ?? []) expect(values).toEqual(points[index].values);
      }),
      { seed: SEED, numRuns: 1000 },
    );
    for (const wrong of [
      'null',
      '[]',
      '{}',
      '',
      JSON.stringify({ ...header, provenance: { ...provenance, started: {} } }),
    ]) {
      expect(readJournal(`${wrong}\n${journalLine(points[0])}`, header)).toBeNull();
    }
  });
});

describe('links', () => {
  const fold = (text: string) => `x=${deflateRawSync(text).toString('base64url')}`;

  async function expectHarmlessLink(fragment: string): Promise<void> {
    try {
      const state = await readLink(fragment);
      if (state !== null) parseExperimentText(state.text);
    } catch (error) {
      if (!(error instanceof LinkError)) throw error;
      expect(flaw(error.message)).toBeNull();
    }
    expect(prototypesAreClean()).toBe(true);
  }

  it('with any experiment in them', async () => {
    await fc.assert(
      fc.asyncProperty(textLike(experiments), (text) => expectHarmlessLink(fold(text))),
      { seed: SEED, numRuns: 1000 },
    );
  });

  it('with any text at all', async () => {
    const key = fc.constantFrom(
      'preset',
      'seed',
      'x',
      'tab',
      'statistic',
      'xscale',
      'backend',
      'page',
      '__proto__',
      'y',
    );
    const pair = fc.tuple(
      key,
      fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('quickstart', '1e999', '-1', 'log')),
    );
    const fragment = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.array(pair, { maxLength: 4 }).map((pairs) => new URLSearchParams(pairs).toString()),
      fc.string({ unit: 'grapheme-ascii' }).map((text) => `x=${text}`),
    );
    await fc.assert(fc.asyncProperty(fragment, expectHarmlessLink), { seed: SEED, numRuns: 2000 });
  });

  it('that unfold to gigabytes, or are longer than any that is written', async () => {
    // 12 kB that would unfold to 12 MB; and one too long to be looked at.
    const bomb = fold(' '.repeat(12_000_000));
    expect(bomb.length).toBeLessThan(2 * LONGEST_LINK);
    await expect(readLink(bomb)).rejects.toThrow(/longer than 1048576 bytes/);
    await expect(readLink(`x=${'A'.repeat(1e7)}`)).rejects.toThrow(LinkError);
  });

  it('are never written where they could not be read', async () => {
    const state = {
      tab: 'curves',
      statistic: 'risk',
      xScale: null,
      yScale: null,
      backend: 'auto',
      at: 0.25,
      selfTest: false,
      touring: null,
      frame: WHOLE,
    } as const;
    await fc.assert(
      fc.asyncProperty(textLike(experiments), async (text) => {
        const link = await writeLink({ ...state, text });
        if (link !== null) await expectHarmlessLink(link);
      }),
      { seed: SEED, numRuns: 500 },
    );
  });
});
