/** The generated pages of the library's interface: all of it is documented, and has a page. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const at = (path: string) => new URL(`../../${path}`, import.meta.url);

it('npm run docs finds a docstring on everything that is exported, and gives it a page', () => {
  const { status, stderr } = spawnSync('npm', ['run', '--silent', 'docs'], { cwd: at(''), encoding: 'utf8' });
  expect(stderr).not.toMatch(/does not have any documentation/);
  expect(status).toBe(0);
  const entry = readFileSync(at('src/index.ts'), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
  const lists = [...entry.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, names]) => names.split(','));
  const names = lists
    .map((item) =>
      item
        .trim()
        .replace(/^type /, '')
        .replace(/^\w+ as /, ''),
    )
    .filter(Boolean);
  expect(names.length).toBeGreaterThan(80);
  const kinds = ['classes', 'functions', 'interfaces', 'types', 'variables'];
  const missing = names.filter((name) => !kinds.some((kind) => existsSync(at(`dist/api/${kind}/index.${name}.html`))));
  expect(missing).toEqual([]);
}, 180_000);
