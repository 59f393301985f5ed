/**
 * Other JavaScript runtimes than the one that runs the tests, each at one version, from the registry: some hundred megabytes, so they are
 * installed when the tests are first run and not with the project.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../node_modules/.cache/diagflow-runtimes/', import.meta.url));
const { platform, arch } = process;
const system = platform === 'win32' ? 'win' : platform;
const bunSystem = `${platform === 'win32' ? 'windows' : platform}-${arch === 'arm64' ? 'aarch64' : arch}`;

/** The packages that hold the binary of this system alone: nothing is run to install them. */
export const RUNTIMES = {
  'Node 22': { alias: 'node22', package: `node-${system}-${arch}@22.23.3`, binary: 'bin/node' },
  'Node 24': { alias: 'node24', package: `node-${system}-${arch}@24.21.0`, binary: 'bin/node' },
  'Bun 1.4': { alias: 'bun', package: `@oven/bun-${bunSystem}@1.4.5`, binary: 'bin/bun' },
} as const;

export type RuntimeName = keyof typeof RUNTIMES;

/** Path of a runtime's program, whether it is there or not. */
export function runtimePath(name: RuntimeName): string {
  const { alias, binary } = RUNTIMES[name];
  return join(FOLDER, 'node_modules', alias, binary + (platform === 'win32' ? '.exe' : ''));
}

/** Installs what is missing; throws what npm says where that cannot be done. */
export function installRuntimes(): void {
  const names = Object.keys(RUNTIMES) as RuntimeName[];
  const answers = (name: RuntimeName) => {
    const { status, stdout } = spawnSync(runtimePath(name), ['--version'], { encoding: 'utf8' });
    return status === 0 && RUNTIMES[name].package.endsWith(stdout.trim().replace(/^v/, ''));
  };
  if (names.every((name) => existsSync(runtimePath(name)) && answers(name))) return;
  mkdirSync(FOLDER, { recursive: true });
  const wanted = names.map((name) => `${RUNTIMES[name].alias}@npm:${RUNTIMES[name].package}`);
  const flags = ['--prefix', FOLDER, '--ignore-scripts', '--no-package-lock', '--no-audit', '--no-fund'];
  const { status, stderr } = spawnSync('npm', ['install', ...flags, ...wanted], {
    encoding: 'utf8',
    shell: platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm could not install ${wanted.join(', ')}: ${stderr.slice(-500)}`);
}
