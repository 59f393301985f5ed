/** What a measurement was taken on and with: written into every benchmark file. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import type { BenchFile } from './record.ts';

/** `loadAverage`: of the last 1, 5 and 15 minutes, taken when the run starts: whether the machine was quiet. */
export function describeMachine(): BenchFile['machine'] {
  return {
    cpu: cpus()[0]?.model.trim() || 'unknown',
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    system: `${type()} ${release()} ${process.arch}`,
    loadAverage: loadavg(),
  };
}

const manifest = (path: string): { version: string } =>
  JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));

export function describeVersions(): Record<string, string> {
  const versions: Record<string, string> = {
    diagflow: manifest('../../package.json').version,
    node: process.versions.node,
    v8: process.versions.v8,
  };
  try {
    versions.webgpu = manifest('../../node_modules/webgpu/package.json').version;
  } catch {
    // optional: no binary fits this machine
  }
  return versions;
}

/** The commit, with "+changes" where tracked files differ from it; null outside a repository. */
export function describeCommit(): string | null {
  const git = (...words: string[]) =>
    execFileSync('git', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    return git('rev-parse', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+changes');
  } catch {
    return null;
  }
}
