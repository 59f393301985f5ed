import preact from '@preact/preset-vite';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { version } from './package.json';

/** What the software calls itself in results; written once, in package.json. */
const define = { __DIAGFLOW_VERSION__: JSON.stringify(version) };

/** Library, command and CPU worker for Node. */
const node = {
  define,
  publicDir: false as const,
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

/** The lab as a static site that works from any path. */
const lab = {
  define,
  root: 'src/lab',
  base: './',
  plugins: [preact()],
  worker: { format: 'es' as const },
  server: { host: '127.0.0.1' },
  preview: { host: '127.0.0.1' },
  build: { outDir: '../../dist/lab', emptyOutDir: true, target: 'es2022' },
};

/** WebGPU in headless Chromium on its software driver; the flags are needed as soon as a WebGPU canvas is drawn. */
const launchOptions = {
  executablePath: process.env.DIAGFLOW_CHROMIUM ?? '/usr/bin/chromium',
  chromiumSandbox: false,
  args: [
    '--enable-unsafe-webgpu',
    '--use-angle=swiftshader',
    '--enable-features=Vulkan',
    '--use-vulkan=swiftshader',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ],
};

const test = {
  projects: [
    {
      define,
      test: {
        name: 'node',
        include: ['test/**/*.test.ts'],
        exclude: ['test/browser/**'],
        pool: 'forks' as const,
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
          provider: playwright({ launchOptions }),
          instances: [{ browser: 'chromium' as const }],
        },
      },
    },
  ],
};

export default defineConfig(({ mode }) => (process.env.VITEST ? { test } : mode === 'node' ? node : lab));
