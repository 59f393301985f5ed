/** A page of headless Chromium that holds one program, bundled, and runs its SGD when asked. */
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright';
import { build, type Rolldown } from 'vite';

/** What a program under bench/peers/browser exports. */
export interface Program {
  readonly name: string;
  /** Backends that it may have. */
  readonly ways: readonly string[];
  use(way: string): Promise<boolean>;
  sgd(request: SgdTask): Promise<{ seconds: number; risks: number[] }>;
}

export interface SgdTask {
  readonly dimension: number;
  readonly steps: number;
  readonly replicas: number;
  readonly gamma: number;
  readonly seed: number;
  /** x of every step; default: drawn by the program. */
  readonly features?: readonly (readonly number[])[];
}

export interface BrowserProgram {
  readonly name: string;
  /** Backends that work here. */
  readonly ways: readonly string[];
  use(way: string): Promise<void>;
  sgd(task: SgdTask): Promise<{ seconds: number; risks: number[] }>;
  close(): Promise<void>;
}

/** WebGPU wants a secure context: localhost is one, and what it serves comes from here. */
const ADDRESS = 'http://localhost/';

/** Null where what the program imports is not installed. Cost: bundling, some seconds. */
export async function openProgram(browser: Browser, script: string): Promise<BrowserProgram | null> {
  const entry = fileURLToPath(new URL(script, import.meta.url));
  const code = await bundle(entry);
  if (code === null) return null;
  const page = await (await browser.newContext()).newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  // Isolated, so that programs may use threads.
  const headers = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
  await page.route(`${ADDRESS}**`, (route) => {
    const isScript = new URL(route.request().url()).pathname === '/program.js';
    const body = isScript ? code : '<!doctype html><meta charset="utf-8"><title>bench</title>';
    return route.fulfill({ body, contentType: isScript ? 'text/javascript' : 'text/html', headers });
  });
  await page.goto(ADDRESS);
  const of = await call(
    page,
    errors,
    async () => {
      const { name, ways } = (await import(/* @vite-ignore */ `${location.origin}/program.js`)) as Program;
      return { name, ways: [...ways] };
    },
    null,
  );
  const use = (way: string) =>
    call(
      page,
      errors,
      async (wanted) => (await import(/* @vite-ignore */ `${location.origin}/program.js`)).use(wanted) as boolean,
      way,
    );
  const ways: string[] = [];
  for (const way of of.ways) if (await use(way).catch(() => false)) ways.push(way);
  return {
    ...of,
    ways,
    use: async (way) => {
      if (!(await use(way))) throw new Error(`${of.name} does not run on ${way} here`);
    },
    sgd: (task) =>
      call(
        page,
        errors,
        async (request) => (await import(/* @vite-ignore */ `${location.origin}/program.js`)).sgd(request),
        task,
      ),
    close: () => page.context().close(),
  };
}

async function call<Argument, Result>(
  page: Page,
  errors: string[],
  work: (argument: Argument) => Promise<Result>,
  argument: Argument,
): Promise<Result> {
  const result = await page.evaluate(work as never, argument as never);
  if (errors.length > 0) throw new Error(`in the page: ${errors.splice(0).join('; ')}`);
  return result as Result;
}

async function bundle(entry: string): Promise<string | null> {
  try {
    const output = (await build({
      configFile: false,
      logLevel: 'silent',
      define: { __DIAGFLOW_VERSION__: '"bench"', 'process.env.NODE_ENV': '"production"' },
      build: {
        write: false,
        target: 'es2022',
        minify: false,
        lib: { entry, formats: ['es'], fileName: 'program' },
        rolldownOptions: { output: { codeSplitting: false } },
      },
      worker: { format: 'es' },
    })) as Rolldown.RolldownOutput[];
    return output[0].output[0].code;
  } catch (error) {
    if (/failed to resolve import|Could not resolve|UNRESOLVED_IMPORT/i.test(String(error))) return null;
    throw error;
  }
}
