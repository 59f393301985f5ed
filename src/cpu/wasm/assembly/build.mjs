/**
 * Compiles every kernel beside this file, and the elementary functions of src/elementary, to WebAssembly and writes each, as base64 in a
 * TypeScript module, to ../generated, so that Node, a bundler, a browser and a worker all load it alike. Run by `npm run build:wasm`.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Kernels; those with `shared` are built a second time for a memory that several workers share. */
const kernels = [
  { name: 'random', shared: false },
  { name: 'sgd-plain', shared: false },
  { name: 'sgd-bridge', shared: true },
  { name: 'sgd-generic', shared: true },
  { name: 'sgd-s-step', shared: true },
  { name: 'sde-interacting', shared: true },
  { name: 'sde-mean-field', shared: true },
];

const here = dirname(fileURLToPath(import.meta.url));
// What every build begins with: Vite takes these for parts of an address, and fails before it has read its configuration.
if (/[#?%]/.test(here)) {
  console.error(`diagflow: the path of the project must not hold #, ? or %, which Vite cannot read; found ${join(here, '../../../..')}; move it`);
  process.exit(1);
}
const elementary = join(here, '../../../elementary/assembly');
const plain = '--runtime stub --noExportMemory -O3 --noAssert --use abort='.split(' ');
const flags = [...plain, ...'--importMemory --enable simd --enable bulk-memory'.split(' ')];
const sharing = '--enable threads --sharedMemory --maximumMemory 65536'.split(' ');

/** What the outputs depend on: the sources with this file, and the compiler. Compiling takes seconds, most runs change nothing. */
function fingerprint() {
  const hash = createHash('sha256').update(createRequire(import.meta.url)('assemblyscript/package.json').version);
  for (const folder of [here, elementary])
    for (const name of readdirSync(folder).sort()) hash.update(name).update(readFileSync(join(folder, name)));
  return hash.digest('hex');
}

async function compile(folder, name, flags) {
  let binary;
  const { error, stderr } = await asc.main([`${name}.ts`, '--outFile', 'out.wasm', ...flags], {
    readFile: (file) => {
      try {
        return readFileSync(join(folder, file), 'utf8');
      } catch {
        return null;
      }
    },
    writeFile: (_file, contents) => {
      binary = contents;
    },
    listFiles: () => [],
  }, {});
  if (error || !binary) throw new Error(`${name}.ts did not compile:\n${stderr?.toString() ?? ''}${error?.message ?? ''}`);
  return Buffer.from(binary).toString('base64');
}

function write(folder, name, lines) {
  const target = join(folder, '..', 'generated');
  mkdirSync(target, { recursive: true });
  const text = `/** Built from assembly/${name}.ts by \`npm run build:wasm\`. */\n${lines.join('\n')}\n`;
  const file = join(target, `${name}.ts`);
  // Left alone when nothing changed, so that watchers and running tests are not disturbed.
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}

const outputs = [
  ...kernels.map(({ name }) => join(here, '../generated', `${name}.ts`)),
  join(elementary, '../generated/elementary.ts'),
];
const stamp = join(here, '../generated/.stamp');
const now = fingerprint();
if (outputs.every(existsSync) && existsSync(stamp) && readFileSync(stamp, 'utf8') === now) process.exit(0);
const { default: asc } = await import('assemblyscript/asc');

for (const { name, shared } of kernels) {
  const lines = [`export const binary: string =\n  '${await compile(here, name, flags)}';`];
  if (shared) {
    const binary = await compile(here, name, [...flags, ...sharing]);
    lines.push('/** The same for a shared memory. */', `export const sharedBinary: string =\n  '${binary}';`);
  }
  write(here, name, lines);
}
write(elementary, 'elementary', [`export const binary: string =\n  '${await compile(elementary, 'elementary', plain)}';`]);
writeFileSync(stamp, now);
