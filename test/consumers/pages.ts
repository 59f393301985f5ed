/** Pages of consumers in Chromium: what they load, from where, and what they compute. */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import type { Browser } from 'playwright';
import type { Answer } from './numbers.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
};

/** A server of files without headers of its own, as any host of static pages; `texts`: scripts by path that are no files. */
export async function serve(
  folder: string,
  page: string,
  texts: Readonly<Record<string, string>> = {},
): Promise<{ readonly url: string; close(): void }> {
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url!, 'http://localhost').pathname);
    const file = join(folder, path);
    if (path === '/') return void response.setHeader('Content-Type', 'text/html').end(page);
    if (path in texts) return void response.setHeader('Content-Type', 'text/javascript').end(texts[path]);
    if (!existsSync(file) || !statSync(file).isFile()) return void response.writeHead(404).end();
    response.setHeader('Content-Type', TYPES[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, close: () => server.close() };
}

export interface Visit {
  /** By backend. */
  readonly answers: Readonly<Record<'cpu' | 'gpu', Answer>>;
  /** Addresses of the workers that ran, and of everything that was asked of a server. */
  readonly workers: readonly string[];
  readonly requests: readonly string[];
  /** Errors and warnings on the console, and failed requests. */
  readonly complaints: readonly string[];
}

/** Runs the experiment on both engines in a page that has put its `simulate` on the global object. */
export async function visit(browser: Browser, url: string, input: unknown): Promise<Visit> {
  const page = await browser.newPage();
  const workers: string[] = [];
  const requests: string[] = [];
  const complaints: string[] = [];
  page.on('worker', (worker) => workers.push(worker.url()));
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  try {
    await page.goto(url);
    await page.waitForFunction(() => 'simulate' in globalThis);
    const run = (backend: string) =>
      page.evaluate(
        ([input, backend]) =>
          (globalThis as unknown as { simulate(...args: unknown[]): Promise<Answer> }).simulate(input, backend),
        [input, backend] as const,
      );
    return { answers: { cpu: await run('cpu'), gpu: await run('gpu') }, workers, requests, complaints };
  } finally {
    await page.close();
  }
}
