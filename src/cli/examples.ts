/** The examples that come with the package, by name: `diagflow run quickstart` works without the repository. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './package.ts';

/** Folder of the examples of a kind, below the package's root. */
const FOLDERS = { experiment: 'examples', sweep: join('examples', 'sweeps') } as const;

export type ExampleKind = keyof typeof FOLDERS;

/** Names in alphabetical order; none where the examples were not installed. */
export function exampleNames(kind: ExampleKind): string[] {
  const folder = join(packageRoot(), FOLDERS[kind]);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

/** The file of an example of either kind; null where the name is none. */
export function exampleFile(name: string): string | null {
  for (const kind of ['experiment', 'sweep'] as const)
    if (exampleNames(kind).includes(name)) return join(packageRoot(), FOLDERS[kind], `${name}.json`);
  return null;
}
