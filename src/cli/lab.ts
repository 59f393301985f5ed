/** `diagflow lab`: serves the built lab on the loopback interface, and shows results in it. */
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, dirname, join, resolve } from 'node:path';
import sirv from 'sirv';
import { LONGEST_RESULT, parseResultText, ResultError } from '../results/index.ts';
import { ExitStatus, Failure, systemReason } from './failure.ts';
import { packageRoot } from './package.ts';
import { readSource } from './source.ts';

export interface LabFlags {
  readonly port?: number;
}

interface Shown {
  /** What the lab calls it. */
  readonly name: string;
  readonly text: string;
}

/** Only this machine: a page of another host that was made to resolve to loopback reads nothing. */
const LOCAL = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/;
/** With them the page may share memory between its workers. */
const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** Serves until SIGINT or SIGTERM. Throws a Failure where there is nothing to serve, before anything is served. */
export async function lab(sources: readonly string[], { port = 0 }: LabFlags): Promise<ExitStatus> {
  const folder = join(packageRoot(), 'dist', 'lab');
  if (!existsSync(join(folder, 'index.html')))
    throw new Failure(
      ExitStatus.system,
      `${folder}: holds no built lab; in the repository make it with: npm run build:lab`,
    );
  const shown = await Promise.all(sources.map(readShown));
  const served = shown.map(({ name }, i) => `results/${i}/${encodeURIComponent(name)}.json`);
  const files = sirv(folder, { etag: true, setHeaders: (response) => setHeaders(response) });
  const server = createServer((request, response) => {
    if (!LOCAL.test(request.headers.host ?? '')) return void response.writeHead(403).end();
    const at = served.indexOf((request.url ?? '').replace(/^\/|\?.*$/g, ''));
    if (at >= 0) return send(request, response, shown[at].text);
    files(request, response, () => void response.writeHead(404).end());
  });
  await listen(server, port);
  const query = served.map((path) => `result=${encodeURIComponent(path)}`).join('&');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${query && `?${query}`}`;
  process.stdout.write(`The lab: ${address}\nCtrl-C ends it.\n`);
  await new Promise<void>((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, done);
  });
  server.close();
  server.closeAllConnections();
  return ExitStatus.ok;
}

function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  return new Promise((done, reject) => {
    server.once('error', (error) =>
      reject(
        new Failure(ExitStatus.input, `--port ${port}: ${portReason(error)}; leave --port out for one that is free`),
      ),
    );
    server.listen(port, '127.0.0.1', done);
  });
}

function portReason(error: NodeJS.ErrnoException): string {
  return error.code === 'EADDRINUSE' ? 'something else listens there' : systemReason(error);
}

function setHeaders(response: ServerResponse): void {
  for (const [name, value] of Object.entries(ISOLATED)) response.setHeader(name, value);
}

function send(request: IncomingMessage, response: ServerResponse, text: string): void {
  setHeaders(response);
  response.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8' });
  response.end(request.method === 'HEAD' ? undefined : text);
}

/** A result file, or the one in a folder of results. Throws a Failure in one line where it is none. */
async function readShown(source: string): Promise<Shown> {
  const isFolder = await stat(source).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const file = isFolder ? join(source, 'result.json') : source;
  const { label, name, text } = await readSource(file, LONGEST_RESULT);
  try {
    parseResultText(text);
  } catch (error) {
    if (error instanceof ResultError) throw new Failure(ExitStatus.input, `${label}: ${error.message}`);
    throw error;
  }
  // Every run writes a result.json; what it is of is the name of its folder.
  return { name: basename(file) === 'result.json' ? basename(dirname(resolve(file))) : name, text };
}
