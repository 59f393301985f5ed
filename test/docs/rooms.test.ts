/** Imports inside src/ are those that the table in docs/architecture.md allows, and there are no circles. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');

/** Room → rooms it may import, from the table: each row may name rooms above it. */
function allowedImports(): Map<string, Set<string>> {
  const allowed = new Map<string, Set<string>>();
  const table = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  for (const [, folder, may] of table.matchAll(/^\| `(?:src\/)?([a-z]+)\/` +\|.*\| ([^|]+?) +\|$/gm)) {
    const above = [...allowed.keys()];
    const named = may.startsWith('all above but ')
      ? above.filter((room) => !may.slice(14).split(', ').includes(room))
      : may === '–'
        ? []
        : may.split(', ');
    for (const room of named)
      if (!above.includes(room)) throw new Error(`${folder} may not import ${room}: it is not above`);
    allowed.set(folder, new Set(named));
  }
  return allowed;
}

/** File → the files of the repository it imports, types too. AssemblyScript has its own rules. */
function importsOf(...folders: string[]): Map<string, string[]> {
  const imports = new Map<string, string[]>();
  for (const folder of folders)
    for (const entry of readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/\.tsx?$/.test(entry.name) || entry.name.endsWith('.d.ts')) continue;
      if (entry.parentPath.endsWith('assembly')) continue;
      const file = join(entry.parentPath, entry.name);
      const targets = [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'(\.[^']*)'/g)].map(([, path]) =>
        path.replace(/\?.*$/, ''),
      );
      imports.set(
        relative(ROOT, file),
        targets.map((path) => relative(ROOT, join(dirname(file), path))),
      );
    }
  return imports;
}

const roomOf = (file: string) => file.match(/^src\/([a-z]+)\//)?.[1] ?? file.match(/^([a-z]+)\//)?.[1] ?? '';

describe('imports', () => {
  const imports = importsOf('src');
  const allowed = allowedImports();

  it('only go up the table of rooms', () => {
    const bad: string[] = [];
    let seen = 0;
    for (const [file, targets] of imports) {
      const room = roomOf(file);
      // The entry of the library, and files of src/ itself, gather rooms.
      if (!allowed.has(room) || dirname(file) === 'src') continue;
      for (const target of targets) {
        const other = roomOf(target);
        seen++;
        // JSON files, examples, and files at the root of the repository have no room.
        if (other === room || !allowed.has(other) || !/\.(tsx?|wgsl)$/.test(target)) continue;
        if (!allowed.get(room)?.has(other)) bad.push(`${file} → ${target}`);
      }
    }
    expect(allowed.size).toBe(17);
    expect(seen).toBeGreaterThan(200);
    expect(bad).toEqual([]);
  });

  it('carry an extension and lead to files that exist', () => {
    const bad = [...imports].flatMap(([file, targets]) =>
      targets
        .filter((target) => !existsSync(join(ROOT, target)) || !/\.\w+$/.test(target))
        .map((target) => `${file} → ${target}`),
    );
    expect(bad).toEqual([]);
  });

  it('have no circles, of types or of anything else, in src, bench and test', () => {
    const circles: string[] = [];
    const done = new Set<string>();
    const open: string[] = [];
    const all = importsOf('src', 'bench', 'test');
    expect(all.size).toBeGreaterThan(500);
    const visit = (file: string) => {
      if (done.has(file)) return;
      const at = open.indexOf(file);
      if (at >= 0) {
        circles.push([...open.slice(at), file].join(' → '));
        return;
      }
      open.push(file);
      for (const target of all.get(file) ?? []) visit(target);
      open.pop();
      done.add(file);
    };
    for (const file of all.keys()) visit(file);
    expect(circles).toEqual([]);
  });
});
