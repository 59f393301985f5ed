/** `npm run docs`: the API pages, in dist/api. Fails where something that is exported has no docstring. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const run = (command, ...options) => execFileSync(command, options, { cwd: here, stdio: 'inherit' });

if (!existsSync(`${here}node_modules/typedoc`)) {
  const npm = process.env.npm_execpath;
  const [command, ...before] = npm ? [process.execPath, npm] : ['npm'];
  run(command, ...before, 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error');
}
run(process.execPath, 'node_modules/typedoc/bin/typedoc');
