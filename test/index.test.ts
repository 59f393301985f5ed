/** The package as others see it: what it exports, what importing it does, what is in the tarball's exports map. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}/package.json`, 'utf8'));

/** Runs a module in a Node of its own, in the repository: `diagflow` is then the built package itself. */
function node(script: string, ...flags: string[]): string {
  return execFileSync(process.execPath, [...flags, '--input-type=module', '--eval', script], {
    cwd: root,
    encoding: 'utf8',
  });
}

describe('the package', () => {
  test('every file that the manifest names exists, and the command can be executed', () => {
    const exported = Object.values<string | Record<string, string>>(manifest.exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry),
    );
    for (const path of [...exported, manifest.bin.diagflow, manifest.types]) {
      expect(existsSync(`${root}/${path}`), path as string).toBe(true);
    }
    const first = readFileSync(`${root}/${manifest.bin.diagflow}`, 'utf8').split('\n')[0];
    expect(first).toBe('#!/usr/bin/env node');
    expect(execFileSync(`${root}/${manifest.bin.diagflow}`, ['--version'], { encoding: 'utf8' }).trim()).toBe(
      manifest.version,
    );
  });

  test('importing it has no side effects: no output, no globals, no threads, nothing that keeps Node alive', () => {
    const script = `
      const before = new Set(Reflect.ownKeys(globalThis));
      const environment = JSON.stringify(process.env);
      const { parseExperiment, VERSION } = await import('diagflow');
      const added = Reflect.ownKeys(globalThis).filter((key) => !before.has(key)).map(String)
        .filter((name) => !name.startsWith('__zod_')); // the schema library's registry of its own schemas
      const handles = process.getActiveResourcesInfo().filter((name) => !/Pipe|TTY|FS|File|Close/.test(name));
      process.on('exit', () => process.stdout.write(JSON.stringify({ added, handles, same: environment === JSON.stringify(process.env), version: VERSION, type: typeof parseExperiment })));`;
    expect(JSON.parse(node(script))).toEqual({
      added: [],
      handles: [],
      same: true,
      version: manifest.version,
      type: 'function',
    });
  });

  test('runs an experiment, on threads, where the optional package webgpu is absent', () => {
    const script = `
      import { register } from 'node:module';
      register('data:text/javascript,' + encodeURIComponent(\`
        export async function resolve(name, context, next) {
          if (name === 'webgpu') throw new Error('Cannot find package webgpu');
          return next(name, context);
        }\`));
      const { parseExperiment, runExperiment } = await import('diagflow');
      const experiment = parseExperiment({ problem: { dimension: 500 }, horizon: 4, samples: 2, methods: [{ kind: 'sgd', replicas: 4 }, { kind: 'pde' }] });
      const run = runExperiment(experiment, { workers: 2 });
      let step = await run.next();
      while (!step.done) step = await run.next();
      const { curves, events, provenance } = step.value;
      process.stdout.write(JSON.stringify({ events, backend: provenance.backend, counts: curves.map(({ mean }) => mean.filter(Number.isFinite).length) }));`;
    expect(JSON.parse(node(script))).toEqual({ events: [], backend: 'cpu', counts: [3, 3] });
  });
});
