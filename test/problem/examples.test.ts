import { readdirSync, readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { buildProblem, experimentJsonSchema, parseExperimentText } from '../../src/problem/index.ts';
import { checkExpression } from '../../src/statistics/index.ts';

const folder = new URL('../../examples/', import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
const validate = new Ajv2020({ allErrors: true }).compile(experimentJsonSchema());
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');

describe('examples', () => {
  it('hold every file the README names, and the README names every file', () => {
    const named = read('README.md');
    const unnamed = files.filter(
      (name) => !named.includes(name) && !/^concentration-d(64|256|1024|4096)\.json$/.test(name),
    );
    expect(files.length).toBeGreaterThan(10);
    expect(unnamed).toEqual([]);
  });

  it.each(files)('%s is a valid experiment of the schema it points to', (name) => {
    const experiment = parseExperimentText(read(name), { checkExpression });
    const problem = buildProblem(experiment);
    expect(problem.lambda.length).toBe(experiment.problem.dimension);
    const input = JSON.parse(read(name));
    expect(input.$schema).toBe('../schema/experiment.schema.json');
    expect(validate(input), JSON.stringify(validate.errors)).toBe(true);
  });

  it('the quickstart runs all four methods', () => {
    const kinds = parseExperimentText(read('quickstart.json')).methods.map((method) => method.kind);
    expect(kinds).toEqual(['sgd', 'sde', 'pde', 'flow']);
  });
});
