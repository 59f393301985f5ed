import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BenchFile, readBench } from '../../bench/kit/record.ts';
import { readmeWith, sourceOf } from '../../bench/readme.ts';

const ROOT = join(import.meta.dirname, '../..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

describe('the numbers of README.md', () => {
  const path = sourceOf(readme)!;
  let file: BenchFile;
  beforeAll(() => {
    file = readBench(join(ROOT, path));
  });

  it('are those of the bench file that it names', () => {
    expect(readmeWith(path, file, readme).readme).toBe(readme);
  });

  it('come from a run of every section, none of which failed', () => {
    expect(file.failures).toEqual([]);
    expect(file.sections.map(({ name }) => name)).toEqual(file.parameters.sections);
    expect(new Set(file.sections.map(({ suite }) => suite))).toEqual(new Set(['accuracy', 'throughput', 'pde']));
  });

  it('would be seen to differ, whichever is changed', () => {
    // The first number of each block: a risk, and a slope.
    for (const block of ['result', 'measured']) {
      const changed = readme.replace(
        new RegExp(`(<!-- ${block} -->[\\s\\S]*?\\n\\|[^\\n]*0\\.\\d*)(\\d)`),
        (_, head, digit) => `${head}${(Number(digit) + 1) % 10}`,
      );
      expect(changed).not.toBe(readme);
      expect(readmeWith(path, file, changed).readme).not.toBe(changed);
    }
    const other = JSON.parse(JSON.stringify(file)) as BenchFile;
    const [row] = other.sections.find(({ name }) => name === 'quickstart')!.rows;
    Object.assign(row.quantities.risk, { value: row.quantities.risk.value * 1.01, low: 0, high: 1 });
    expect(readmeWith(path, other, readme).readme).not.toBe(readme);
  });

  it('refuses a run that failed, and a README without its marks', () => {
    const failed = { ...file, failures: [{ section: 'gpu', message: 'x' }] };
    expect(() => readmeWith(path, failed, readme)).toThrow(/failed in gpu/);
    expect(() => readmeWith(path, file, '# nothing')).toThrow(/no line/);
    expect(() => readmeWith(path, file, readme.replace('<!-- /measured -->', ''))).toThrow(/no block/);
  });
});
