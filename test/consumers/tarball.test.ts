/** What is packed, looked at file by file: nothing imports what is not declared, nothing names a file that is not there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { init, parse } from 'es-module-lexer';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command, pack, workplace } from './packed.ts';

const { folder: place, remove } = workplace();
const root = join(place, 'package');
let files: string[];

beforeAll(async () => {
  await command(place, 'tar', '-xzf', await pack(place));
  await init;
  files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)));
}, 60_000);
afterAll(remove);

interface Named {
  readonly relative: readonly string[];
  readonly bare: readonly string[];
}

/** What a module of JavaScript names: imports, dynamic ones of a fixed name, and files beside it. */
function namedIn(source: string): Named {
  const [imports] = parse(source);
  const names = imports.flatMap((one) => ('specifier' in one && one.specifier ? [one.specifier] : []));
  const beside = [...source.matchAll(/new URL\(\s*(["'`])([^"'`]+)\1\s*,\s*import\.meta\.url/g)].map(
    ([, , path]) => path,
  );
  return sorted([...names, ...beside]);
}

/** What a declaration file names. */
const namedInTypes = (source: string): Named =>
  sorted([
    ...[...source.matchAll(/(?:from|import)\s*\(?\s*["']([^"'\s]+)["']/g)].map(([, name]) => name),
    ...[...source.matchAll(/<reference (?:types|path)="([^"]+)"/g)].map(([, name]) => name),
  ]);

function sorted(names: readonly string[]): Named {
  return {
    relative: names.filter((name) => name.startsWith('.')),
    bare: names.filter((name) => !/^(?:\.|node:|data:)/.test(name) && !builtinModules.includes(name)),
  };
}

/** Faults of one file. */
function faultsOf(
  file: string,
  { relative: paths, bare }: Named,
  declared: readonly string[],
  isThere: (path: string) => boolean,
): string[] {
  const packageOf = (name: string) => /^(?:@[^/]+\/)?[^/]+/.exec(name)![0];
  return [
    ...paths
      .filter((path) => !isThere(join(root, dirname(file), path)))
      .map((path) => `${file} names ${path}, which is not there`),
    ...bare
      .filter((name) => !declared.includes(packageOf(name)))
      .map((name) => `${file} imports ${name}, which is not declared`),
  ];
}

const declarations = (path: string) => existsSync(path.replace(/\.ts$/, '.d.ts')) || existsSync(path);

describe('the tarball', () => {
  test('has what it is for', () => {
    for (const file of [
      'LICENSE',
      'README.md',
      'dist/index.js',
      'dist/cli.js',
      'dist/worker.js',
      'dist/browser.js',
      'dist/lab/index.html',
    ])
      expect(files).toContain(file);
    expect(files.filter((file) => /^(?:src|test|bench)\//.test(file))).toEqual([]);
    const licences = ['dist', 'dist/cli']
      .map((folder) => readFileSync(join(root, folder, 'third-party-licenses.md'), 'utf8'))
      .join();
    for (const built of ['zod', 'fflate']) expect(licences).toContain(built);
  });

  test('imports nothing that it does not declare and names no file that it does not have', () => {
    const { dependencies = {}, optionalDependencies = {} } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    );
    const declared = [...Object.keys(dependencies), ...Object.keys(optionalDependencies)];
    // The lab is a page that is built whole; its own tests load it.
    const scripts = files.filter((file) => /^dist\/(?!lab\/).*\.js$/.test(file));
    const types = files.filter((file) => file.endsWith('.d.ts'));
    expect(scripts.length).toBeGreaterThan(10);
    expect(types.length).toBeGreaterThan(10);
    const text = (file: string) => readFileSync(join(root, file), 'utf8');
    const named = scripts.map((file) => namedIn(text(file)));
    expect(named.flatMap((names) => names.relative)).toContain('./worker.js');
    const faults = [
      ...scripts.flatMap((file, i) => faultsOf(file, named[i], declared, existsSync)),
      ...types.flatMap((file) => faultsOf(file, namedInTypes(text(file)), declared, declarations)),
    ];
    expect(faults).toEqual([]);
  });

  test('that check tells what is undeclared and what is missing', () => {
    const source = `import 'mathjs'; import { x } from './nowhere.js'; import('zod/v4');
      new Worker(new URL('./worker.ts', import.meta.url)); import('node:fs');`;
    expect(faultsOf('dist/index.js', namedIn(source), ['zod'], existsSync)).toEqual([
      'dist/index.js names ./nowhere.js, which is not there',
      'dist/index.js names ./worker.ts, which is not there',
      'dist/index.js imports mathjs, which is not declared',
    ]);
  });

  test('has a library without any import from outside, for pages without a bundler', () => {
    const seen = new Set<string>();
    const open = ['dist/index.js', 'dist/plot.js', 'dist/browser.js', 'dist/worker.js'];
    for (let file = open.pop(); file !== undefined; file = open.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      const source = readFileSync(join(root, file), 'utf8');
      const { relative: paths, bare } = namedIn(source);
      expect(bare, file).toEqual([]);
      expect(source, file).not.toMatch(/(?:from|import)\s*\(?\s*["']node:/);
      for (const path of paths) open.push(join(dirname(file), path));
    }
    expect(seen.size).toBeGreaterThan(8);
    for (const alone of ['dist/browser.js', 'dist/worker.js'])
      expect(
        parse(readFileSync(join(root, alone), 'utf8'))[0].filter((one) => 'specifier' in one && one.specifier),
      ).toEqual([]);
    // A worker's program starts a worker where it is run: nothing imports it.
    for (const file of seen) {
      const [imports] = parse(readFileSync(join(root, file), 'utf8'));
      expect(
        imports.filter((one) => 'specifier' in one && one.specifier?.endsWith('/worker.js')),
        file,
      ).toEqual([]);
    }
  });

  test('is found without fault by publint', { timeout: 60_000 }, async () => {
    const { messages, pkg } = await publint({ pkgDir: root, pack: false, strict: true });
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
  });
});
