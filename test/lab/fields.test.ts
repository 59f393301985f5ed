/** Every field of the experiment file has a control, with its unit and range, that shows what the text says and changes it. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { linkTo, untilRun, useLab } from './page.ts';

interface Schema {
  readonly type?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
}

const schema = JSON.parse(
  readFileSync(new URL('../../schema/experiment.schema.json', import.meta.url), 'utf8'),
) as Schema;

const alternatives = (one: Schema): readonly Schema[] => (one.oneOf ?? one.anyOf)?.flatMap(alternatives) ?? [one];

/** The alternative a value is of. */
function chosen(one: Schema, value: unknown): Schema {
  const all = alternatives(one);
  if (all.length === 1) return all[0];
  if (typeof value !== 'object') return all.find(({ properties }) => properties === undefined)!;
  const { kind } = value as { kind?: unknown };
  return all.find(({ properties }) => properties !== undefined && properties.kind?.const === kind)!;
}

/** Paths of the fields that an experiment has or may have, by the schema; a field without a value may have an object of its own. */
function paths(one: Schema, value: unknown, path: string): string[] {
  const here = chosen(one, value);
  if (here.properties) {
    const own = path === '' ? [] : [path];
    const inner = Object.entries(here.properties).filter(([key]) => key !== 'kind' && key !== '$schema');
    return [
      ...(alternatives(one).length > 1 || here.properties.kind === undefined ? own : []),
      ...inner.flatMap(([key, field]) => {
        const name = path === '' ? key : `${path}.${key}`;
        const found = (value as Record<string, unknown>)[key] ?? field.default;
        // An object that is not there is switched on by one control.
        return found === undefined ? [name] : paths(field, found, name);
      }),
    ];
  }
  const entries = here.items && alternatives(here.items).some(({ properties }) => properties !== undefined);
  if (entries && Array.isArray(value)) return value.flatMap((entry, i) => paths(here.items!, entry, `${path}[${i}]`));
  return [path];
}

const METHODS = [
  { kind: 'sgd', replicas: 2, until: { statistic: 'risk', relativeError: 0.5, time: 1, most: 64 } },
  {
    kind: 'sde',
    replicas: 2,
    timeStep: 0.1,
    coupling: 'mean-field',
    scheme: 'strang',
    varianceReduction: 'control-variate',
  },
  { kind: 'pde', tolerance: 1e-3 },
  { kind: 'flow' },
];
const ESTIMATES = [
  { kind: 'distribution' },
  { kind: 'histogram', range: [0, 1] },
  { kind: 'beta-histogram', range: [-1, 2] },
  { kind: 'covariance', statistics: ['risk', 'curvature'] },
  { kind: 'tail', above: 0.1 },
  { kind: 'blow-up' },
  { kind: 'convergence', constant: 2, rate: 0.1 },
  { kind: 'rate' },
];
const four = [1, 1, 2, 2];
/** Together they hold every kind of everything. */
const FILES = [
  {
    problem: { dimension: 4 },
    stepSize: 0.25,
    statistics: ['risk', { name: 'own', expression: 'beta^4' }],
    methods: METHODS,
    densities: { times: [0, 1], of: ['beta', 'uv'], points: 20, classes: true },
  },
  {
    problem: {
      dimension: 4,
      covariance: { kind: 'power-law', exponent: 2 },
      target: { kind: 'constant', value: 2 },
      initialization: { kind: 'gaussian', scale: 0.5 },
      features: 'uniform',
    },
    stepSize: { kind: 'piecewise', times: [0, 1], values: [0.5, 0.25] },
    methods: [{ kind: 'flow' }],
    estimates: ESTIMATES,
  },
  {
    problem: {
      dimension: 4,
      covariance: { kind: 'marchenko-pastur', ratio: 0.25 },
      target: { kind: 'gaussian', scale: 2 },
      initialization: { kind: 'values', u: four, v: four },
      features: { kind: 'student-t', degrees: 6 },
    },
    stepSize: { kind: 'power', initial: 0.5, exponent: 0.5, time: 2 },
    times: [0.5, 1],
    methods: [{ kind: 'flow' }],
  },
  {
    problem: {
      dimension: 4,
      covariance: { kind: 'two-level', low: 0.5, high: 2, fraction: 0.25 },
      target: { kind: 'values', values: four },
      parametrization: 'square',
      labelNoise: 0.5,
      batchSize: 2,
    },
    stepSize: { kind: 'cosine', initial: 0.5, final: 0.1 },
    methods: [{ kind: 'flow' }],
  },
  { problem: { dimension: 4, covariance: { kind: 'values', values: four } }, methods: [{ kind: 'flow' }] },
].map((file) => ({ horizon: 1, seed: 3, ...file }));

const lab = useLab();

it('for files that hold every kind of everything', async () => {
  const { page } = await lab.visit(linkTo(FILES[4]));
  await untilRun(page, 'finished');
  await page.locator('.rail details').evaluateAll((all) => {
    for (const details of all) (details as HTMLDetailsElement).open = true;
  });
  const text = page.locator('textarea.code');
  const kinds = new Set<string>();
  for (const file of FILES) {
    await text.fill(JSON.stringify(file));
    const controls = await page.locator('.rail [data-path]').evaluateAll((all) =>
      all.map((element) => {
        const control = element as HTMLInputElement;
        const described = (control.getAttribute('aria-describedby') ?? '').split(' ');
        return {
          path: control.dataset.path!,
          label: [...(control.labels ?? [])].map((label) => label.textContent).join() || control.textContent,
          range: described.map((id) => document.getElementById(id)?.textContent ?? '').join(''),
          isNumber: control.inputMode === 'decimal' || control.inputMode === 'numeric',
          value: control.value,
          invalid: control.getAttribute('aria-invalid'),
        };
      }),
    );
    // One of samples and times holds; statistics have boxes of their own.
    const absent = 'times' in file ? 'samples' : 'times';
    const expected = paths(schema, file, '').filter(
      (path) => !['statistics', absent, 'estimates', 'densities.of'].includes(path),
    );
    const found = controls.map(({ path }) => path);
    expect(
      expected.filter(
        (path) => !found.includes(path) && !/^(problem|(statistics|methods|estimates)\[\d+\])$/.test(path),
      ),
    ).toEqual([]);
    for (const { path, label, range, isNumber, value, invalid } of controls) {
      kinds.add(path.replace(/\[\d+\]/, '[]'));
      expect(label, path).not.toBe('');
      expect(invalid, path).not.toBe('true');
      if (!isNumber) continue;
      expect(range, path).toMatch(/[≤≥>…]|any number/);
      const held = path
        .split(/[.[\]]+/)
        .filter(Boolean)
        .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], file);
      if (typeof held === 'number') expect(Number(value), path).toBe(held);
    }
  }
  expect(kinds.size).toBeGreaterThan(60);
});

it('that adds methods, estimates and densities which are valid at once, and takes them away again', async () => {
  const { page } = await lab.visit(
    linkTo({
      horizon: 1,
      seed: 3,
      problem: { dimension: 16 },
      statistics: ['risk', 'curvature'],
      methods: [{ kind: 'pde', tolerance: 1e-3 }],
    }),
  );
  await untilRun(page, 'finished');
  const text = async () => JSON.parse(await page.locator('textarea.code').inputValue());
  const before = await text();
  const isValid = async () => (await page.locator('.hint.wrong').count()) === 0;
  await page.locator('.group > summary', { hasText: 'Estimates' }).click();
  for (const { kind } of ESTIMATES) {
    await page.getByLabel('add an estimate').selectOption(kind);
    expect([kind, await isValid()]).toEqual([kind, true]);
  }
  expect((await text()).estimates.map((one: { kind: string }) => one.kind)).toEqual(ESTIMATES.map(({ kind }) => kind));
  await page.locator('.group > summary', { hasText: 'Densities' }).click();
  await page.getByLabel('densities of the limit').check();
  await page.getByRole('group', { name: 'of' }).getByLabel('(u, v)').check();
  await page.getByLabel('of each class too').check();
  expect((await text()).densities).toEqual({ times: [1], of: ['beta', 'uv'], classes: true });
  expect(await isValid()).toBe(true);
  await page.getByLabel('densities of the limit').uncheck();
  for (let k = 0; k < ESTIMATES.length; k++)
    await page.getByRole('button', { name: /, number 1 of estimates$/ }).click();
  expect(await text()).toEqual(before);
});

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** Every example (of those that differ in d only, one), and the experiment that README shows. */
function presets(): [string, string][] {
  const shown = /parseExperiment\((\{[\s\S]*?\n\})\)/.exec(read('README.md'))![1];
  const json = shown
    .replace(/(\w+):/g, '"$1":')
    .replaceAll("'", '"')
    .replace(/,(\s*[}\]])/g, '$1');
  return [
    ['README.md', json],
    ...readdirSync(new URL('../../examples', import.meta.url))
      .filter((name) => name.endsWith('.json') && !/concentration-d(?!16)/.test(name))
      .map((name): [string, string] => [name, read(`examples/${name}`)]),
  ];
}

it('none of which vanishes or loses the focus while it is typed into, emptied, or moved by arrows', async () => {
  const { page } = await lab.visit(linkTo(FILES[4]));
  await untilRun(page, 'finished');
  await page.locator('.rail details').evaluateAll((all) => {
    for (const details of all) (details as HTMLDetailsElement).open = true;
  });
  for (const [name, text] of presets()) {
    const { controls, lost, invalid } = await page.evaluate(async (file) => {
      // The page is drawn anew in microtasks.
      const settle = async () => {
        for (let k = 0; k < 8; k++) await null;
      };
      const code = document.querySelector<HTMLTextAreaElement>('.rail textarea.code')!;
      const fill = (element: HTMLInputElement | HTMLTextAreaElement, value: string) => {
        const { prototype } = element instanceof HTMLTextAreaElement ? HTMLTextAreaElement : HTMLInputElement;
        Object.getOwnPropertyDescriptor(prototype, 'value')!.set!.call(element, value);
        element.dispatchEvent(new Event('input', { bubbles: true }));
      };
      const reset = () => {
        fill(code, file);
        return settle();
      };
      await reset();
      const found = () =>
        [...document.querySelectorAll<HTMLInputElement>('.rail :is(input, select, textarea)')].filter(
          (element) => !element.matches('.code, [type=checkbox]'),
        );
      const count = found().length;
      const lost: string[] = [];
      for (let k = 0; k < count; k++) {
        const element = found()[k];
        const what = element.dataset.path ?? element.getAttribute('aria-label') ?? element.id;
        element.focus();
        const check = async (done: string) => {
          await settle();
          if (!element.isConnected || document.activeElement !== element) lost.push(`${what} after ${done}`);
        };
        if (element instanceof HTMLSelectElement) {
          for (const { value } of [...element.options]) {
            if (element.dataset.path === undefined) break; // adds entries, or changes what stands below
            element.value = value;
            element.dispatchEvent(new Event('change', { bubbles: true }));
            await check(`choosing ${value}`);
          }
        } else if (element.type !== 'range') {
          for (const typed of ['7', '', '0', '0,', '0,25', '-', '1e', 'x', '']) {
            fill(element, typed);
            await check(`typing “${typed}”`);
          }
        }
        for (const key of ['ArrowUp', 'ArrowUp', 'ArrowDown', 'ArrowRight', 'ArrowLeft']) {
          element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
          await check(key);
        }
        await reset();
      }
      return { controls: count, lost, invalid: document.querySelector('.hint.wrong')?.textContent ?? '' };
    }, text);
    expect([name, lost, invalid]).toEqual([name, [], '']);
    expect(controls).toBeGreaterThan(15);
  }
}, 300_000);

it('that takes a decimal comma, completes what the file leaves to defaults, and keeps to a range by arrow', async () => {
  const { page } = await lab.visit(linkTo({ problem: { dimension: 16 }, horizon: 1, methods: [{ kind: 'flow' }] }));
  await untilRun(page, 'finished');
  const text = async () => JSON.parse(await page.locator('textarea.code').inputValue());
  const isValid = async () => (await page.locator('.hint.wrong').count()) === 0;
  const field = (path: string) => page.locator(`input[data-path="${path}"]`);
  // The start is the default's: its kind comes with the part that is set.
  await field('problem.initialization.u').fill('0,5');
  expect((await text()).problem.initialization).toEqual({ kind: 'constant', u: 0.5, v: 0 });
  expect([await isValid(), await field('problem.initialization.u').inputValue()]).toEqual([true, '0,5']);
  const step = page.locator('input[type="text"][data-path="stepSize"]');
  await step.fill('0,25');
  expect([(await text()).stepSize, await isValid()]).toEqual([0.25, true]);
  // One and a half, or one thousand five hundred: refused.
  await step.fill('1,500');
  expect([(await text()).stepSize, await isValid()]).toEqual(['1,500', false]);
  await step.fill('');
  await step.press('ArrowUp');
  expect(await isValid()).toBe(true);
  await field('problem.dimension').fill('1');
  await field('problem.dimension').press('ArrowDown');
  expect((await text()).problem.dimension).toBe(1);
});
