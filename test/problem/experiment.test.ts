import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ExperimentError,
  experimentJsonSchema,
  parseExperiment,
  parseExperimentText,
} from '../../src/problem/index.ts';
import { STATISTIC_NAMES } from '../../src/problem/schema/statistics.ts';
import { statisticNames } from '../../src/statistics/index.ts';
import { file, goodFiles, withProblem } from './good.ts';

const names = Object.keys(goodFiles);

describe('parseExperiment', () => {
  it('writes every default out, in the order of the schema', () => {
    const experiment = parseExperiment({
      methods: [{ kind: 'sde' }, { kind: 'sgd' }, { kind: 'pde' }],
      horizon: 3,
      problem: { dimension: 4 },
    });
    expect(JSON.stringify(experiment)).toBe(
      JSON.stringify({
        problem: {
          dimension: 4,
          covariance: { kind: 'identity' },
          target: { kind: 'sparse', fraction: 0.5, value: 1 },
          initialization: { kind: 'constant', u: 1, v: 0 },
          parametrization: 'product',
          labelNoise: 0,
          batchSize: 1,
          features: 'gaussian',
        },
        stepSize: 0.5,
        horizon: 3,
        samples: 100,
        statistics: ['risk'],
        methods: [
          { kind: 'sde', replicas: 8, timeStep: 0.01, coupling: 'interacting', scheme: 'strang' },
          { kind: 'sgd', replicas: 8 },
          { kind: 'pde', tolerance: 1e-6 },
        ],
        seed: 1,
      }),
    );
  });

  it.each(names)('resolving is idempotent, and does not depend on the order of fields: %s', (name) => {
    const once = parseExperiment(goodFiles[name]);
    const text = JSON.stringify(once);
    expect(JSON.stringify(parseExperiment(once))).toBe(text);
    expect(JSON.stringify(parseExperimentText(text))).toBe(text);
    expect(JSON.stringify(parseExperiment(reversed(goodFiles[name])))).toBe(text);
    expect(parseExperiment(once)).toEqual(once);
  });

  it.each(names)('keeps what was given: %s', (name) => {
    const { $schema: _, ...given } = goodFiles[name];
    expect(parseExperiment(goodFiles[name])).toMatchObject(JSON.parse(JSON.stringify(given)));
  });

  it('has a default for every parameter of a law or schedule but the arrays of values', () => {
    const problem = (part: Parameters<typeof withProblem>[0]) => parseExperiment(withProblem(part)).problem;
    expect(problem({ covariance: { kind: 'power-law' } }).covariance).toEqual({ kind: 'power-law', exponent: 1 });
    expect(problem({ covariance: { kind: 'marchenko-pastur' } }).covariance).toEqual({
      kind: 'marchenko-pastur',
      ratio: 0.5,
    });
    expect(problem({ covariance: { kind: 'two-level' } }).covariance).toEqual({
      kind: 'two-level',
      low: 0.5,
      high: 1.5,
      fraction: 0.5,
    });
    expect(problem({ target: { kind: 'constant' } }).target).toEqual({ kind: 'constant', value: 1 });
    expect(problem({ target: { kind: 'gaussian' } }).target).toEqual({ kind: 'gaussian', scale: 1 });
    expect(problem({ initialization: { kind: 'gaussian' } }).initialization).toEqual({ kind: 'gaussian', scale: 1 });
    expect(problem({ features: { kind: 'student-t' } }).features).toEqual({ kind: 'student-t', degrees: 5 });
    const stepSize = (value: Record<string, unknown>) => parseExperiment(file({ stepSize: value })).stepSize;
    expect(stepSize({ kind: 'piecewise' })).toEqual({ kind: 'piecewise', times: [0], values: [0.5] });
    expect(stepSize({ kind: 'power' })).toEqual({ kind: 'power', initial: 0.5, exponent: 0.5, time: 1 });
    expect(stepSize({ kind: 'cosine' })).toEqual({ kind: 'cosine', initial: 0.5, final: 0.05 });
  });

  it('keeps neither the input nor shared defaults', () => {
    const input = structuredClone(goodFiles.values);
    const first = parseExperiment(input);
    expect(input).toEqual(goodFiles.values);
    (first.problem.target as { values: number[] }).values[0] = 99;
    expect(input).toEqual(goodFiles.values);
    parseExperiment(file()).statistics.push('l1');
    (parseExperiment(file()).problem.target as { value: number }).value = 7;
    expect(parseExperiment(file())).toEqual(parseExperiment(file()));
    expect(parseExperiment(file()).statistics).toEqual(['risk']);
    expect(parseExperiment(file()).problem.target).toEqual({ kind: 'sparse', fraction: 0.5, value: 1 });
  });

  it('drops $schema and keeps exactly one of samples and times', () => {
    expect('$schema' in parseExperiment(goodFiles.full)).toBe(false);
    expect(Object.keys(parseExperiment(goodFiles.times))).not.toContain('samples');
    expect(Object.keys(parseExperiment(goodFiles.full))).not.toContain('times');
  });

  it('writes −0 as 0, as JSON does', () => {
    const experiment = parseExperiment(withProblem({ initialization: { kind: 'constant', u: 1, v: -0 } }));
    expect(Object.is((experiment.problem.initialization as { v: number }).v, 0)).toBe(true);
  });

  it('knows the statistics that src/statistics defines', () => {
    expect([...STATISTIC_NAMES].sort()).toEqual([...statisticNames].sort());
  });
});

describe('a mutated experiment file', () => {
  /** Every path of a value, the root included. */
  const paths = (value: unknown, path: (string | number)[] = []): (string | number)[][] => {
    if (Array.isArray(value)) return [path, ...value.flatMap((entry, i) => paths(entry, [...path, i]))];
    if (Object.prototype.toString.call(value) !== '[object Object]') return [path];
    return [path, ...Object.entries(value as object).flatMap(([key, entry]) => paths(entry, [...path, key]))];
  };
  const at = (value: unknown, path: (string | number)[]) =>
    path.reduce((inside, key) => (inside as Record<string | number, unknown>)?.[key], value);
  const junk = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      undefined,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      1e308,
      -0,
      '',
      '__proto__',
      [],
      {},
      [[]],
      true,
    ),
    fc.double(),
    fc.integer(),
    fc.string(),
    fc.jsonValue({ maxDepth: 10 }),
    fc.anything({
      maxDepth: 3,
      withDate: true,
      withBigInt: true,
      withMap: true,
      withTypedArray: true,
      withNullPrototype: true,
    }),
  );

  it('is a parsed experiment that resolves to itself, or an ExperimentError on one line with a path of the file', () => {
    let refused = 0;
    let taken = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...names),
        fc.array(
          fc.tuple(
            fc.nat(),
            fc.constantFrom('set', 'delete', 'add'),
            fc.oneof(fc.string(), fc.constantFrom('kind', 'u', 'horizon')),
            junk,
          ),
          {
            minLength: 1,
            maxLength: 3,
          },
        ),
        (name, edits) => {
          const box = { root: structuredClone(goodFiles[name]) as unknown };
          for (const [where, what, key, drawn] of edits) {
            const value = structuredClone(drawn); // a later edit may go inside it
            const all = paths(box.root, ['root']);
            const path = all[where % all.length];
            const parent = at(box, path.slice(0, -1)) as Record<string | number, unknown>;
            const target = at(box, path);
            if (what === 'set') parent[path.at(-1)!] = value;
            else if (what === 'delete') delete parent[path.at(-1)!];
            else if (typeof target === 'object' && target !== null)
              Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
          }
          try {
            const experiment = parseExperiment(box.root);
            expect(parseExperiment(JSON.parse(JSON.stringify(experiment)))).toEqual(experiment);
            taken++;
          } catch (error) {
            if (!(error instanceof ExperimentError)) throw error;
            expect(error.message.startsWith(error.path)).toBe(true);
            expect(error.message).not.toMatch(/[\n\r\u2028\u2029]/);
            expect(error.message.length).toBeLessThan(700);
            refused++;
          }
        },
      ),
      { seed: 3, numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(500);
    expect(taken).toBeGreaterThan(50);
  });
});

describe('the published JSON Schema', () => {
  const path = new URL('../../schema/experiment.schema.json', import.meta.url);
  const published = JSON.parse(readFileSync(path, 'utf8'));
  const validate = new Ajv2020({ allErrors: true }).compile(published);

  it('is the generated one (npm run schema)', () => {
    expect(readFileSync(path, 'utf8')).toBe(`${JSON.stringify(experimentJsonSchema(), null, 2)}\n`);
  });

  it.each(names)('accepts the file and its resolved form: %s', (name) => {
    expect(validate(goodFiles[name]), JSON.stringify(validate.errors)).toBe(true);
    expect(validate(parseExperiment(goodFiles[name])), JSON.stringify(validate.errors)).toBe(true);
  });

  it('refuses wrong types, ranges, names and combinations', () => {
    const bad = [
      file({ horizon: 0 }),
      file({ stepSize: -1 }),
      file({ stepsize: 1 }),
      file({ samples: 3, times: [1] }),
      file({ methods: [] }),
      file({ methods: [{ kind: 'sgd', timeStep: 1 }] }),
      file({ statistics: ['rsk'] }),
      withProblem({}, 0),
      withProblem({ covariance: { kind: 'values' } }),
      withProblem({ features: { kind: 'student-t', degrees: 2 } }),
      { horizon: 1, methods: [{ kind: 'pde' }] },
    ];
    for (const input of bad) expect(validate(input), JSON.stringify(input)).toBe(false);
  });

  it('says the defaults that the validator fills in', () => {
    const resolved = parseExperiment(file()) as unknown as Record<string, unknown>;
    for (const [name, field] of Object.entries(published.properties as Record<string, { default?: unknown }>))
      if (field.default !== undefined) expect(resolved[name], name).toEqual(field.default);
    const problem = resolved.problem as Record<string, unknown>;
    for (const [name, field] of Object.entries(
      published.properties.problem.properties as Record<string, { default?: unknown }>,
    ))
      if (name !== 'dimension') expect(problem[name], name).toEqual(field.default);
    expect(published.required).toEqual(['problem', 'horizon', 'methods']);
    expect(published.properties.problem.required).toEqual(['dimension']);
  });

  it('describes every field', () => {
    const undescribed: string[] = [];
    const visit = (node: Record<string, unknown>, path: string) => {
      if (node.properties)
        for (const [name, field] of Object.entries(node.properties as Record<string, Record<string, unknown>>)) {
          if (!field.description) undescribed.push(`${path}.${name}`);
          visit(field, `${path}.${name}`);
        }
      for (const key of ['oneOf', 'anyOf'])
        ((node[key] ?? []) as Record<string, unknown>[]).forEach((option, i) => {
          visit(option, `${path}/${i}`);
        });
      if (node.items) visit(node.items as Record<string, unknown>, `${path}[]`);
    };
    visit(published, '');
    expect(undescribed).toEqual([]);
  });
});

function reversed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(reversed);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, entry]) => [key, reversed(entry)]),
  );
}
