/** The documents: their links and the sections that the code cites exist, their formulas are TeX, and the README's example runs. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import katex from 'katex';
import { describe, expect, it, vi } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

function filesIn(folder: string, ending: RegExp): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ending.test(entry.name) && !/\bnode_modules\b/.test(entry.parentPath))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const documents = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...filesIn('docs', /\.md$/),
  ...filesIn('examples', /\.md$/),
];
const withoutCode = (text: string) => text.replace(/```[\s\S]*?```/g, '').replace(/`[^`\n]*`/g, '');

/** Anchors of a document as GitHub makes them, and those set by hand. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...headings, ...[...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id)]);
}

describe.each(documents)('%s', (document) => {
  const text = read(document);

  it('links to files and anchors that exist', () => {
    const broken = [...withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path, anchor] = target.split('#');
        const file = path === '' ? document : relative(ROOT, join(ROOT, dirname(document), path));
        if (!existsSync(join(ROOT, file))) return true;
        return anchor !== undefined && !anchorsOf(read(file)).has(anchor);
      });
    expect(broken).toEqual([]);
  });

  it('wraps its prose at 120 columns', () => {
    // What cannot be wrapped stays: tables, formulas, addresses, and the README's generated blocks.
    const prose = withoutCode(text)
      .replace(/<!-- (result|measured) -->[\s\S]*?<!-- \/\1 -->/g, '')
      .replace(/\$\$[\s\S]*?\$\$|\$[^$\n]*\$/g, (formula) => formula.replaceAll(/\s/g, ''))
      .split('\n')
      .filter((line) => !/^\s*\|/.test(line) && / /.test(line.trim().replace(/^[-*>] /, '')));
    expect(prose.filter((line) => line.length > 120)).toEqual([]);
  });

  it('has formulas that typeset', () => {
    const bad: string[] = [];
    const check = (tex: string, displayMode: boolean) => {
      try {
        katex.renderToString(tex, { displayMode, throwOnError: true, strict: 'ignore' });
      } catch (error) {
        bad.push(`${tex}: ${error instanceof Error ? error.message : error}`);
      }
      return '';
    };
    const inline = withoutCode(text).replace(/\$\$([\s\S]*?)\$\$/g, (_, tex: string) => check(tex, true));
    const rest = inline.replace(/\$([^$\n]+)\$/g, (_, tex: string) => check(tex, false));
    expect(bad).toEqual([]);
    // A dollar left over is a formula that was cut.
    expect(rest.match(/.*\$.*/g) ?? []).toEqual([]);
  });
});

describe('the code', () => {
  it('cites sections of the documents that exist', () => {
    const sources = [
      ...filesIn('src', /\.(ts|tsx)$/),
      ...filesIn('shaders', /\.wgsl$/),
      ...filesIn('test', /\.ts$/),
      ...filesIn('bench', /\.ts$/),
    ];
    const names = new Map<string, string[]>();
    const namesOf = (file: string) => {
      // Headings, and terms in bold: the named parts of a section.
      const found =
        names.get(file) ??
        [...read(file).matchAll(/^#+ (.*)$|\*\*([^*]+)\*\*/gm)].map((m) => (m[1] ?? m[2]).toLowerCase());
      names.set(file, found);
      return found;
    };
    const missing: string[] = [];
    let cited = 0;
    for (const source of sources) {
      // Comments as running text.
      const text = read(source).replace(/\n\s*(\*|\/\/+)?\s*/g, ' ');
      for (const [, file, list] of text.matchAll(/(docs\/[a-z]+\.md)((?:,?(?: and)? "[^"]{1,80}")*)/g)) {
        if (!existsSync(join(ROOT, file))) {
          missing.push(`${source}: ${file}`);
          continue;
        }
        for (const [, name] of list.matchAll(/"([^"]+)"/g)) {
          cited++;
          if (!namesOf(file).some((heading) => heading.includes(name.toLowerCase())))
            missing.push(`${source}: ${file}, "${name}"`);
        }
      }
    }
    expect(cited).toBeGreaterThan(30);
    expect(missing).toEqual([]);
  });
});

/** Runs the JavaScript of a document, taking 'diagflow' from the sources; what it printed, a row a call. */
async function runExample(document: string): Promise<unknown[][]> {
  const [, code] = read(document).match(/```js\n([\s\S]*?)```/) ?? [];
  expect(code).toContain("from 'diagflow'");
  const folder = mkdtempSync(join(ROOT, 'test/docs/.example-'));
  const log = vi.spyOn(console, 'log').mockImplementation(() => {});
  try {
    const file = join(folder, 'example.js');
    writeFileSync(file, code.replace("from 'diagflow'", `from ${JSON.stringify(join(ROOT, 'src/index.ts'))}`));
    await import(/* @vite-ignore */ file);
    return log.mock.calls;
  } finally {
    log.mockRestore();
    rmSync(folder, { recursive: true });
  }
}

describe('examples run as printed', () => {
  it('README.md: the two curves agree', async () => {
    const rows = (await runExample('README.md')) as number[][];
    expect(rows).toHaveLength(9);
    // 16 replicas: 6 standard errors, 8 comparisons, and 1/d = 0.1% for finite d.
    for (const [, mean, , error, , limit] of rows)
      expect(Math.abs(mean - limit)).toBeLessThan(6 * error + 2e-3 * limit);
  });

  it('docs/fluctuations.md: a spread of the risk, narrower for SGD late', async () => {
    const rows = (await runExample('docs/fluctuations.md')) as number[][];
    expect(rows).toHaveLength(3);
    const [, risk, , sgd, , sde] = rows[2];
    // Case A at t = 4 (docs/theory.md, "Reference values"), to one unit of the last digit; d = 1024.
    expect(risk).toBeCloseTo(0.0087675, 6);
    expect((sgd * 32) / 0.02312).toBeCloseTo(1, 2);
    expect((sde * 32) / 0.02606).toBeCloseTo(1, 2);
  });
});
