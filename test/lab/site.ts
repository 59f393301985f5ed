/** The built lab, served below a path of some depth: a static site must work from any. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILT = fileURLToPath(new URL('../../dist/lab', import.meta.url));
const BELOW = '/some/where/';

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.ttf': 'font/ttf',
};

export interface Site {
  readonly address: string;
  /** Paths asked for that do not exist. */
  readonly missing: string[];
  /** Script put before every worker's own: what a browser without some ability, or a failing device, would do. */
  prelude: string;
  /** Script put before the page's own. */
  before: string;
  close(): Promise<void>;
}

export interface SiteOptions {
  /** Sent with every file. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The folder that is served; by default the built lab. */
  readonly root?: string;
}

/** Which make a page cross-origin isolated, so that its workers can share memory. */
export const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
} as const;

/** Serves dist/lab on a free port of the loopback interface. Throws, with the command that makes it, where there is no build. */
export async function serveSite({ headers = {}, root: ROOT = BUILT }: SiteOptions = {}): Promise<Site> {
  if (!existsSync(join(ROOT, 'index.html'))) throw new Error('dist/lab is missing: run `npx vite build` first');
  const server: Server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    const inside = path.startsWith(BELOW) ? path.slice(BELOW.length) || 'index.html' : '';
    const script = inside === 'before.js' ? site.before : inside.endsWith('/prelude.js') ? site.prelude : null;
    if (script !== null) {
      response.writeHead(200, { ...headers, 'content-type': TYPES['.js'] }).end(script);
      return;
    }
    const file = normalize(join(ROOT, inside));
    if (inside === '' || !file.startsWith(ROOT) || !existsSync(file) || !statSync(file).isFile()) {
      site.missing.push(path);
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { ...headers, 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
    const body = readFileSync(file);
    // As files of their own, so that the security policy lets them run, and before anything that the page's own scripts import.
    if (inside === 'index.html')
      response.end(`${body}`.replace('<script', '<script src="./before.js"></script><script'));
    else response.end(/^worker-.*\.js$/.test(basename(file)) ? `import './prelude.js';\n${body}` : body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const site: Site = {
    address: `http://127.0.0.1:${port}${BELOW}`,
    missing: [],
    prelude: '',
    before: '',
    close: () => new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve()))),
  };
  return site;
}
