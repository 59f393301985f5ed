import { chmodSync, readdirSync, rmSync } from 'node:fs';
import type { Plugin, UserConfig } from 'vite';
import type { ViteUserConfig } from 'vitest/config';
import manifest from './package.json' with { type: 'json' };

/** What the software calls itself in results; written once, in package.json. */
const define = { __DIAGFLOW_VERSION__: JSON.stringify(manifest.version) };

/** dist/ holds the types and the lab as well, so only the chunks of earlier builds are cleared; the command must be executable. */
const tidy: Plugin = {
  name: 'tidy',
  writeBundle(_, bundle) {
    chmodSync('dist/cli.js', 0o755);
    for (const name of readdirSync('dist/chunks')) if (!(`chunks/${name}` in bundle)) rmSync(`dist/chunks/${name}`);
  },
};

/** Library, command and CPU worker for Node. */
const node: UserConfig = {
  define,
  publicDir: false,
  plugins: [tidy],
  // Only the parser of mathjs and the part of zod in use: their many small modules take longer to find than to run.
  ssr: { noExternal: ['mathjs', 'zod'] },
  build: {
    ssr: true,
    target: 'node20',
    outDir: 'dist',
    emptyOutDir: false,
    minify: false,
    rolldownOptions: {
      input: { index: 'src/index.ts', cli: 'src/cli/main.ts', worker: 'src/cpu/workers/worker.ts' },
      output: { entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
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

/** The servers say it as a header; that of development puts styles into the page, and tells it of changes through a socket. */
const SERVED = { 'Content-Security-Policy': `${inWords(POLICY)}; frame-ancestors 'none'` };
const DEVELOPED = {
  'Content-Security-Policy': inWords({
    ...POLICY,
    'style-src': "'self' 'unsafe-inline'",
    'connect-src': "'self' ws:",
    'frame-ancestors': "'none'",
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

/** The lab as a static site that works from any path. */
async function lab(): Promise<UserConfig> {
  const { default: preact } = await import('@preact/preset-vite');
  return {
    define,
    root: 'src/lab',
    base: './',
    plugins: [preact(), policy],
    worker: { format: 'es' },
    // Transformed while the reader still copies the address.
    server: {
      host: '127.0.0.1',
      headers: DEVELOPED,
      warmup: { clientFiles: ['./main.tsx', './page.tsx', './worker/worker.ts', '../cpu/workers/worker.ts'] },
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

/** One test file can run in both projects: in Node, and in a page of headless Chromium. */
async function tests(): Promise<ViteUserConfig> {
  const { playwright } = await import('@vitest/browser-playwright');
  const { launchOptions } = await import('./test/setup/chromium.ts');
  return {
    test: {
      projects: [
        {
          define,
          test: {
            name: 'node',
            include: ['test/**/*.test.ts'],
            exclude: ['test/browser/**'],
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

export default ({ mode }: { mode: string }) => (process.env.VITEST ? tests() : mode === 'node' ? node : lab());
