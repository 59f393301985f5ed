/** Which runs the phase portrait draws, and what is chosen in the controls of dynamics: without a page. */
import { expect, it } from 'vitest';
import { models, momenta, schedules, stateStepSizes } from '../../src/dynamics/index.ts';
import { edgesOf } from '../../src/lab/plot/density.ts';
import { notDrawn } from '../../src/lab/portrait/drawable.ts';
import { alternatives, experimentSchema, kindOf, labelOf, wordOf } from '../../src/lab/state/fields.ts';
import { parseExperiment } from '../../src/run/index.ts';

const fileOf = (change: object, parametrization: unknown = 'product') =>
  parseExperiment({ problem: { dimension: 16, parametrization }, horizon: 1, methods: [{ kind: 'sgd' }], ...change });

it('draws only states that the shader of the portrait reads', () => {
  for (const name of ['product', 'difference', 'square', { kind: 'power', depth: 2 }])
    expect(notDrawn(fileOf({}, name))).toBe('');
  expect(notDrawn(fileOf({ stepSize: { kind: 'cosine' } }))).toBe('');
  expect(notDrawn(fileOf({ momentum: { kind: 'nesterov', value: 0 } }))).toBe('');
  const others = [
    ...stateStepSizes.map(({ kind }) => fileOf({ stepSize: { kind } })),
    ...momenta.map(({ kind }) => fileOf({ momentum: { kind } })),
    ...models.filter((model) => 'schema' in model).map(({ kind }) => fileOf({}, { kind })),
  ];
  for (const file of others) expect(notDrawn(file)).toMatch(/^The phase portrait is drawn for plain SGD .*\.$/);
});

it('names every choice of dynamics by its own file, every choice is a valid file, and all its fields have labels', () => {
  const { properties } = experimentSchema();
  const unions = {
    'problem.parametrization': [properties!.problem.properties!.parametrization, models],
    stepSize: [properties!.stepSize, [...schedules, ...stateStepSizes]],
    momentum: [properties!.momentum, momenta],
  } as const;
  for (const [path, [union, rules]] of Object.entries(unions)) {
    for (const one of alternatives(union)) {
      for (const word of one.enum ?? [kindOf(one) ?? 'constant']) {
        expect(wordOf(path, word)).toBe(rules.find(({ kind }) => kind === word)!.label);
        if (kindOf(one) === undefined) continue;
        // What the page puts there: the fields that must be (src/lab/parts/field.tsx).
        expect(one.required).toEqual(['kind']);
        const file =
          path === 'problem.parametrization' ? fileOf({}, { kind: word }) : fileOf({ [path]: { kind: word } });
        expect(file.horizon).toBe(1);
        for (const key of Object.keys(one.properties!).filter((name) => name !== 'kind')) {
          const { word: said, symbol } = labelOf(`${path}.${key}`);
          expect(symbol !== undefined || said !== key, `${path}.${key} has no label`).toBe(true);
        }
      }
    }
  }
});

it('reaches as far as β of a power starts', () => {
  const start = { kind: 'constant', u: 3 };
  const deep = fileOf({
    problem: { dimension: 16, parametrization: { kind: 'power', depth: 4 }, initialization: start },
  });
  expect(edgesOf(deep).at(-1)).toBeGreaterThan(81);
});
