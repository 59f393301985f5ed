/**
 * Other people's programs, with the package as it is packed: installed from the registry into folders of their own, built, loaded, run;
 * everywhere with the numbers of the repository's own sources. What can wait side by side does.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Browser, chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adapterEnvironment } from '../setup/adapter.ts';
import { launchOptions } from '../setup/chromium.ts';
import { type Answer, expectSame, input, own } from './numbers.ts';
import { command, consumer, install, pack, workplace } from './packed.ts';
import { serve, type Visit, visit } from './pages.ts';

const VITE = 'vite@8.3.8';
const BUNDLERS = [VITE, 'webpack@5.113.0', 'rollup@4', '@rollup/plugin-node-resolve@16', 'esbuild@0.28.2'];
const COMPILERS = ['typescript@5.9', 'typescript-now@npm:typescript@7.0.2'];
const PNPM = ['--yes', '--prefer-offline', 'pnpm@10.34.8'];
const YARN = ['--yes', '--prefer-offline', '-p', '@yarnpkg/cli-dist@4.18.1', 'yarn'];
/** In the place of the optional package webgpu, 130 MB that only Node's GPU engine needs. */
const WITHOUT_GPU = { webgpu: 'file:./nothing' };

const { folder: place, remove } = workplace();
let wanted: Answer;
let browser: Browser;
/** What is prepared side by side; each test awaits its own. */
let ready: Record<'node' | 'tools' | 'pnpm' | 'yarn', Promise<string>>;

function without(folder: string): string {
  mkdirSync(join(folder, 'nothing'));
  writeFileSync(join(folder, 'nothing/package.json'), '{ "name": "webgpu", "version": "0.0.0" }');
  return folder;
}

beforeAll(async () => {
  Object.assign(process.env, adapterEnvironment());
  const tarball = await pack(place);
  const copied = (folder: string) => {
    copyFileSync(tarball, join(folder, 'diagflow.tgz'));
    return folder;
  };
  const dependencies = { diagflow: 'file:./diagflow.tgz' };
  const node = async () => {
    const folder = consumer(place, 'node');
    await install(folder, tarball);
    return folder;
  };
  const tools = async () => {
    const folder = without(consumer(place, 'tools', { overrides: WITHOUT_GPU }));
    await install(folder, tarball, ...BUNDLERS, ...COMPILERS);
    return folder;
  };
  const pnpm = async () => {
    const folder = without(copied(consumer(place, 'pnpm', { dependencies, pnpm: { overrides: WITHOUT_GPU } })));
    await command(folder, 'npx', ...PNPM, 'install', '--prefer-offline');
    return folder;
  };
  const yarn = async () => {
    const folder = without(copied(consumer(place, 'yarn', { dependencies, resolutions: WITHOUT_GPU })));
    const registry = (await command(folder, 'npm', 'config', 'get', 'registry')).trim();
    const settings = {
      nodeLinker: 'pnp',
      npmRegistryServer: registry,
      unsafeHttpWhitelist: ['*'],
      enableTelemetry: false,
    };
    writeFileSync(join(folder, '.yarnrc.yml'), JSON.stringify({ ...settings, enableImmutableInstalls: false }));
    writeFileSync(join(folder, 'yarn.lock'), '');
    await command(folder, 'npx', ...YARN, 'install');
    return folder;
  };
  ready = { node: node(), tools: tools(), pnpm: pnpm(), yarn: yarn() };
  for (const one of Object.values(ready)) one.catch(() => {}); // told by the test that awaits it
  wanted = await own();
  browser = await chromium.launch(launchOptions());
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await Promise.allSettled(Object.values(ready ?? {}));
  remove();
}, 120_000);

function sizeOf(path: string): number {
  const found = statSync(path);
  return found.isDirectory() ? readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0) : found.size;
}

describe('in Node', () => {
  test('the library runs on the default, the cpu and the gpu backend', { timeout: 180_000 }, async () => {
    const folder = await ready.node;
    const answer = JSON.parse(await command(folder, process.execPath, 'imported.mjs'));
    // Which one the default is depends on the machine.
    expectSame(answer.default, wanted, answer.default.backend);
    expectSame(answer.cpu, wanted, 'cpu');
    expectSame(answer.gpu, wanted, 'gpu');
    expect(answer.titles).toEqual(['diagflow experiment', 'diagflow sweep']);
    expect(answer.plots).toBe('function');
  });

  test('require gives it too', { timeout: 60_000 }, async () => {
    const told = await command(await ready.node, process.execPath, '--no-warnings', 'required.cjs');
    expectSame(JSON.parse(told), wanted, 'cpu');
  });

  test('it weighs at most 40 packages and 30 MB without what is optional', { timeout: 120_000 }, async () => {
    const folder = await ready.node;
    const listed = (await command(folder, 'npm', 'ls', '--all', '--parseable')).trim().split('\n').slice(1);
    const packages = listed.filter((path) => !path.endsWith('/webgpu'));
    expect(packages.length).toBeGreaterThan(1);
    expect(packages.length).toBeLessThanOrEqual(40);
    const modules = join(folder, 'node_modules');
    const entries = readdirSync(modules).filter((name) => name !== 'webgpu');
    expect(entries).toContain('diagflow');
    expect(entries.reduce((sum, name) => sum + sizeOf(join(modules, name)), 0)).toBeLessThan(30e6);
  });

  for (const [manager, runner] of [
    ['node', ['--no']],
    ['pnpm', [...PNPM, 'exec']],
    ['yarn', [...YARN, 'run']],
  ] as const) {
    const name = { node: 'npx', pnpm: 'pnpm', yarn: 'Yarn, Plug’n’Play' }[manager];
    test(`the command runs by ${name}`, { timeout: 180_000 }, async () => {
      const folder = await ready[manager];
      const run = ['run', 'experiment.json', '--backend', 'cpu', '--out', 'out', '--quiet'];
      await command(folder, 'npx', ...runner, 'diagflow', ...run);
      const { provenance, events, curves } = JSON.parse(readFileSync(join(folder, 'out/result.json'), 'utf8'));
      const means = curves.map(({ mean }: { mean: number[] }) => mean);
      expectSame({ backend: provenance.backend, events, means }, wanted, 'cpu');
      expect(readFileSync(join(folder, 'out/plot.svg'), 'utf8')).toContain('<svg');
    });
  }
});

describe('TypeScript, strict and with skipLibCheck false', () => {
  for (const compiler of ['typescript', 'typescript-now']) {
    for (const [resolution, module] of [
      ['bundler', 'esnext'],
      ['node16', 'node16'],
      ['nodenext', 'nodenext'],
    ]) {
      test(`${compiler === 'typescript' ? '5.9' : 'today’s'}, ${resolution}`, { timeout: 180_000 }, async () => {
        const folder = await ready.tools;
        const flags = `--noEmit --strict --skipLibCheck false --target es2022 --lib es2022,dom --module ${module} --moduleResolution ${resolution}`;
        const tsc = join(folder, 'node_modules', compiler, 'bin/tsc');
        expect(await command(folder, process.execPath, tsc, ...flags.split(' '), 'program.ts')).toBe('');
      });
    }
  }
});

/** On both engines in Chromium, and nothing from elsewhere than the page's own server. */
function expectGood({ answers, workers, requests, complaints }: Visit, url: string): void {
  expect(complaints).toEqual([]);
  expectSame(answers.cpu, wanted, 'cpu');
  expectSame(answers.gpu, wanted, 'gpu');
  const { origin } = new URL(url);
  expect(workers.length).toBe(2);
  for (const address of workers) expect(new URL(address.replace(/^blob:/, '')).origin).toBe(origin);
  for (const address of requests) expect(address).toMatch(new RegExp(`^(?:blob:|data:|${origin})`));
}

const bundlers = {
  'vite build': { folder: 'vite', page: 'index.html' },
  webpack: { folder: 'webpack', page: '<script src="main.js"></script>' },
  rollup: { folder: 'rollup', page: '<script type="module" src="page.js"></script>' },
  esbuild: { folder: 'esbuild', page: '<script type="module" src="page.js"></script>' },
};
const html = (script: string) => `<!doctype html><link rel="icon" href="data:,">${script}`;

describe('a page', () => {
  for (const [tool, { folder, page }] of Object.entries(bundlers)) {
    test(`built by ${tool} runs on GPU and CPU, workers included`, { timeout: 240_000 }, async () => {
      const tools = await ready.tools;
      await command(tools, process.execPath, 'build.mjs', tool);
      const built = join(tools, folder);
      const server = await serve(built, page.endsWith('.html') ? readFileSync(join(built, page), 'utf8') : html(page));
      try {
        const seen = await visit(browser, server.url, input);
        expectGood(seen, server.url);
        // Bundlers that know the pattern copy the worker's file; the others never ask for it.
        const fromFile = seen.workers.every((address) => address.startsWith(server.url));
        expect(fromFile).toBe(tool === 'vite build' || tool === 'webpack');
      } finally {
        server.close();
      }
    });
  }

  test('loads at most 120 kB of JavaScript, compressed, before it runs SGD and the PDE', {
    timeout: 240_000,
  }, async () => {
    const tools = await ready.tools;
    await command(tools, process.execPath, 'build.mjs', 'vite build');
    const text = readFileSync(join(tools, 'vite/index.html'), 'utf8');
    const initial = [...text.matchAll(/(?:src|href)="\.?\/?(assets\/[^"]+\.js)"/g)].map(([, path]) => path);
    expect(initial.length).toBeGreaterThan(0);
    const bytes = initial.reduce((sum, path) => sum + gzipSync(readFileSync(join(tools, 'vite', path))).length, 0);
    expect(bytes).toBeGreaterThan(10_000);
    expect(bytes).toBeLessThanOrEqual(120_000);
  });

  test('of Vite’s development server runs on both', { timeout: 240_000 }, async () => {
    const tools = await ready.tools;
    const port = await freePort();
    const child = spawn(process.execPath, ['build.mjs', 'vite dev', `${port}`], {
      cwd: tools,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    try {
      await firstWord(child);
      const url = `http://127.0.0.1:${port}/`;
      expectGood(await visit(browser, url, input), url);
    } finally {
      child.stdin.end();
    }
  });

  const plain = (source: string, imports = '') =>
    html(`${imports}<script type="module">
      import { parseExperimentJson, runExperiment } from '${source}';
      import { simulate } from '/simulate.js';
      globalThis.simulate = (input, backend) => simulate({ parseExperimentJson, runExperiment }, input, backend);
    </script>`);

  test('without a bundler runs on both, from one file', { timeout: 120_000 }, async () => {
    const server = await serve(await ready.node, plain('/node_modules/diagflow/dist/browser.js'));
    try {
      const seen = await visit(browser, server.url, input);
      expectGood(seen, server.url);
      const scripts = seen.requests.filter((address) => address.startsWith('http') && address !== server.url);
      expect(scripts.map((address) => new URL(address).pathname).sort()).toEqual([
        '/node_modules/diagflow/dist/browser.js',
        '/simulate.js',
      ]);
    } finally {
      server.close();
    }
  });

  test('without a bundler runs on both, by an import map', { timeout: 120_000 }, async () => {
    const map = JSON.stringify({ imports: { diagflow: '/node_modules/diagflow/dist/index.js' } });
    const server = await serve(await ready.node, plain('diagflow', `<script type="importmap">${map}</script>`));
    try {
      const seen = await visit(browser, server.url, input);
      expectGood(seen, server.url);
      expect(seen.workers.every((address) => address === `${server.url}node_modules/diagflow/dist/worker.js`)).toBe(
        true,
      );
    } finally {
      server.close();
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function firstWord(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.stdout!.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`it ended with ${code}`)));
  });
}
