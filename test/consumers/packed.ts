/** The package as its users get it: packed once, then installed into folders of their own, from the registry. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const ROOT = join(import.meta.dirname, '../..');
const FIXTURES = join(import.meta.dirname, 'fixtures');

/** What npm tells its scripts is not for those of others. */
const environment = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_(?!config_registry)|VITEST|NODE_ENV)/.test(name)),
  );

/** Runs a command to its end; throws what it has said where it fails. */
export async function command(cwd: string, file: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(file, args, { cwd, env: environment(), maxBuffer: 2 ** 26 });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`${file} ${args.join(' ')}: ${(error as Error).message}\n${stdout}\n${stderr}`);
  }
}

/** A folder with the fixtures in it, and a space in its path. */
export function consumer(parent: string, name: string, manifest: object = {}): string {
  const folder = join(parent, name);
  cpSync(FIXTURES, folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, private: true, type: 'module', ...manifest }));
  return folder;
}

export function workplace(): { readonly folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'diagflow consumers-'));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }) };
}

/** The tarball of what is built now. */
export async function pack(into: string): Promise<string> {
  const told = await command(ROOT, 'npm', 'pack', '--json', '--ignore-scripts', '--pack-destination', into);
  return join(into, JSON.parse(told.slice(told.indexOf('[')))[0].filename);
}

export const install = (folder: string, ...packages: string[]) =>
  command(folder, 'npm', 'install', '--no-audit', '--no-fund', '--prefer-offline', ...packages);
