import { chmodSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Plugin, UserConfig } from 'vite';
import type { ViteUserConfig } from 'vitest/config';
import manifest from './package.json' with { type: 'json' };

/** What the software calls itself in results; written once, in package.json. */
const define = {
  __DIAGFLOW_VERSION__: JSON.stringify(manifest.version),
  // Its streams of Node, which would make every page ask for node:module, are left out of Papa Parse.
  PAPA_BROWSER_CONTEXT: 'true',
};

/** Found by the installation. zod is one for its types only. */
const dependencies = [
  ...Object.keys(manifest.dependencies).filter((name) => name !== 'zod'),
  ...Object.keys(manifest.optionalDependencies),
];

/**
 * What the library uses of other libraries is built in, so that no page, bundler or installation has to find it; the licences go
 * along. Only the command has dependencies.
 */
const library: UserConfig = {
  define,
  publicDir: false,
  ssr: {
    noExternal: true,
    external: dependencies,
    resolve: { conditions: ['browser', 'module', 'import', 'default'] },
  },
  build: {
    ssr: true,
    // Node 20 and the browsers of its time: both run the same files.
    target: 'es2022',
    outDir: 'dist',
    emptyOutDir: false,
    minify: false,
  },
};

/** dist/ holds the lab and other builds as well, so only the chunks of earlier builds are cleared; the command must be executable. */
const tidy = (chunks: string): Plugin => ({
  name: 'tidy',
  writeBundle(_, bundle) {
    if ('cli.js' in bundle) chmodSync('dist/cli.js', 0o755);
    for (const name of readdirSync(`dist/${chunks}`))
      if (!(`${chunks}/${name}` in bundle)) rmSync(`dist/${chunks}/${name}`);
  },
});

/** Where the sources start a thread from a file of their own, the package does by src/cpu/workers/packaged.ts, with the program as a text. */
const threads: Plugin = {
  name: 'threads',
  enforce: 'pre',
  resolveId(id, importer) {
    if (id === './program.ts' && importer?.endsWith('/thread.ts')) return this.resolve('./packaged.ts', importer);
    return id === WORKER_TEXT ? `\0${id}` : null;
  },
  load: (id) =>
    id === `\0${WORKER_TEXT}` ? `export default ${JSON.stringify(readFileSync('dist/worker.js', 'utf8'))};` : null,
};
const WORKER_TEXT = 'virtual:worker-text';

/** The layout of the kernels' parameters is reflected from their WGSL here, so that no page needs a parser of WGSL. */
const layout: Plugin = {
  name: 'layout',
  // The development server has the sources, and the reflecting library.
  apply: 'build',
  async load(id) {
    if (!id.endsWith('/src/gpu/reflected.ts')) return null;
    // What the reflecting library reads of the GPU's globals.
    Object.assign(globalThis, { GPUShaderStage: { VERTEX: 1, FRAGMENT: 2, COMPUTE: 4 } });
    const { reflect } = await import('./src/gpu/reflection.ts');
    const file = 'shaders/lib/params.wgsl';
    this.addWatchFile(file);
    return `const answer = ${JSON.stringify(reflect(readFileSync(file, 'utf8')))}; export const reflected = () => answer;`;
  },
};

/** Rules carry their part of the schema along, but a worker reads no files: it has a stand-in for zod, whatever is asked of which is itself. */
const noSchema: Plugin = {
  name: 'no-schema',
  enforce: 'pre',
  load: (id) =>
    id.endsWith('/src/schema/zod.ts')
      ? `export const z = new Proxy(() => z, {
          get: (_, key) => (key === Symbol.toPrimitive ? () => '' : key === Symbol.iterator ? [][key].bind([]) : z),
        });`
      : null,
};

/** The program of a worker: one file without imports, which any server, bundler or text can hold. Built first. */
const worker: UserConfig = {
  ...library,
  plugins: [noSchema],
  build: {
    ...library.build,
    minify: true,
    rolldownOptions: {
      input: { worker: 'src/cpu/workers/worker.ts' },
      output: { entryFileNames: '[name].js', format: 'iife' },
    },
  },
};

/** Library or command, with chunks of its own: what only the command needs, a page could not load. */
const inChunks = (input: Record<string, string>, chunks: string, workers: string, licenses: string): UserConfig => ({
  ...library,
  plugins: [tidy(chunks), threads, layout],
  build: {
    ...library.build,
    license: { fileName: licenses },
    rolldownOptions: {
      // Apart, though index.ts names them all: it only passes on what they export, so that a page loads PDE and engines when it runs them.
      input: { ...input, run: 'src/run/index.ts', theory: 'src/theory/index.ts', cpu: 'src/cpu/index.ts' },
      output: {
        entryFileNames: ({ name }) => (name in input ? '[name].js' : `${chunks}/[name].js`),
        // packaged.ts names worker.js as its neighbour.
        chunkFileNames: ({ name }) => (name === workers ? `${workers}.js` : `${chunks}/[name]-[hash].js`),
        codeSplitting: { groups: [{ name: workers, test: /\/workers\/packaged\.ts$/ }] },
      },
    },
  },
});

/** The library, in Node and for bundlers. */
const node = inChunks({ index: 'src/index.ts', plot: 'src/plot.ts' }, 'chunks', 'workers', 'third-party-licenses.md');

const command = inChunks({ cli: 'src/cli/main.ts' }, 'cli', 'cli-workers', 'cli/third-party-licenses.md');

/** The library as one file, for a page without a bundler. */
const browser: UserConfig = {
  ...library,
  plugins: [threads, layout],
  build: {
    ...library.build,
    minify: true,
    rolldownOptions: {
      input: { browser: 'src/index.ts' },
      output: { entryFileNames: '[name].js', codeSplitting: false },
    },
  },
};

/**
 * What the page may do: run its own files, compile WebAssembly, and nothing else. No inline script or style, no code from text, no
 * request to anywhere but where it came from. In the page itself, since a static site may have no say in its headers.
 */
const POLICY = {
  'default-src': "'none'",
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  'style-src': "'self'",
  'font-src': "'self'",
  'img-src': "'self' data: blob:",
  'connect-src': "'self'",
  'base-uri': "'none'",
  'form-action': "'none'",
};
const inWords = (policy: Record<string, string>) =>
  Object.entries(policy)
    .map((rule) => rule.join(' '))
    .join('; ');

/**
 * The servers say it as a header; that of development puts styles into the page, and tells it of changes through a socket. Any page may
 * show the lab in a frame: that is what #embed is for, and there is no account behind it that a frame could misuse.
 */
const SERVED = { 'Content-Security-Policy': inWords(POLICY) };
const DEVELOPED = {
  'Content-Security-Policy': inWords({
    ...POLICY,
    'style-src': "'self' 'unsafe-inline'",
    'connect-src': "'self' ws:",
  }),
};

const policy: Plugin = {
  name: 'content-security-policy',
  apply: 'build',
  transformIndexHtml: () => [
    {
      tag: 'meta',
      attrs: { 'http-equiv': 'Content-Security-Policy', content: inWords(POLICY) },
      injectTo: 'head-prepend',
    },
  ],
};

/**
 * With DIAGFLOW_ISOLATE=1, for hosts that send no headers (GitHub Pages): a service worker adds those that make the page cross-origin
 * isolated, after one reload on the first visit.
 */
const isolation: Plugin = {
  name: 'cross-origin-isolation',
  apply: () => process.env.DIAGFLOW_ISOLATE === '1',
  transformIndexHtml: () => [{ tag: 'script', attrs: { src: './coi-serviceworker.js' }, injectTo: 'head-prepend' }],
  generateBundle() {
    const source = readFileSync(fileURLToPath(import.meta.resolve('coi-serviceworker/coi-serviceworker.min.js')));
    this.emitFile({ type: 'asset', fileName: 'coi-serviceworker.js', source });
  },
};

/** The documents beside the page. */
const documents: Plugin = {
  name: 'documents',
  async configureServer({ middlewares }) {
    const { docPages, DOC_STYLE } = await import('./src/lab/docs/pages.ts');
    middlewares.use('/docs/', (request, response, next) => {
      const name = (request.url ?? '').replace(/^\/|[?#].*$/g, '');
      const text = name === 'docs.css' ? DOC_STYLE : docPages().find(({ file }) => file === name)?.text;
      if (text === undefined) return next();
      response.setHeader('Content-Type', `text/${name.endsWith('.css') ? 'css' : 'html'}; charset=utf-8`);
      response.end(text);
    });
  },
  async generateBundle() {
    const { docPages, DOC_STYLE } = await import('./src/lab/docs/pages.ts');
    const files = [...docPages(), { file: 'docs.css', text: DOC_STYLE }];
    for (const { file, text } of files) this.emitFile({ type: 'asset', fileName: `docs/${file}`, source: text });
  },
};

/** The lab as a static site that works from any path. */
async function lab(): Promise<UserConfig> {
  const { default: preact } = await import('@preact/preset-vite');
  return {
    define,
    root: 'src/lab',
    base: './',
    plugins: [preact(), policy, isolation, layout, documents],
    worker: { format: 'es' },
    // Transformed while the reader still copies the address.
    server: {
      host: '127.0.0.1',
      headers: DEVELOPED,
      warmup: {
        clientFiles: [
          './main.tsx',
          './page.tsx',
          './worker/worker.ts',
          './worker/serve.ts',
          '../cpu/workers/worker.ts',
        ],
      },
    },
    preview: { host: '127.0.0.1', headers: SERVED },
    build: {
      outDir: '../../dist/lab',
      emptyOutDir: true,
      target: 'es2022',
      // The policy allows fonts from files only, and no inline script.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
    },
  };
}

/** What `npm run test:fast` leaves out: all that needs a browser, an adapter or the built command, and what takes longer than some seconds. */
const SLOW = [
  'test/{browsers,cli,consumers,gpu,hostile,lab,naga,runtimes}/**',
  'test/bench/command.test.ts',
  'test/cpu/{backpressure,checkpoint,engine,order}.test.ts',
  'test/cpu/wasm/sgd.test.ts',
  'test/docs/{api,library,notebook}.test.ts',
  'test/dynamics/toy.test.ts',
  'test/run/{memory,numbers}.test.ts',
  'test/theory/{absolute,control,pde,regimes}.test.ts',
];

/** One test file can run in both projects: in Node, and in a page of headless Chromium. */
async function tests(): Promise<ViteUserConfig> {
  const { playwright } = await import('@vitest/browser-playwright');
  const { launchOptions } = await import('./test/setup/chromium.ts');
  return {
    test: {
      // A file on each core: much of a file's time is waiting for browsers and processes.
      maxWorkers: availableParallelism(),
      projects: [
        {
          define,
          test: {
            name: 'node',
            include: ['test/**/*.test.ts'],
            exclude: ['test/browser/**', ...(process.env.npm_lifecycle_event === 'test:fast' ? SLOW : [])],
            pool: 'forks',
            testTimeout: 60_000,
          },
        },
        {
          define,
          test: {
            name: 'browser',
            include: ['test/gpu/**/*.test.ts', 'test/browser/**/*.test.ts'],
            testTimeout: 60_000,
            browser: {
              enabled: true,
              headless: true,
              screenshotFailures: false,
              provider: playwright({ launchOptions: launchOptions() }),
              instances: [{ browser: 'chromium' }],
            },
          },
        },
      ],
    },
  };
}

export default ({ mode }: { mode: string }) => {
  if (process.env.VITEST) return tests();
  return { worker, node, command, browser }[mode] ?? lab();
};
