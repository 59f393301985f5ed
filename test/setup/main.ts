/**
 * Run before the tests by `npm test`: makes sure of Chromium, of a WebGPU adapter in Node and in Chromium, and of a fresh build for
 * the tests of the command and of the lab. Installs system packages on Debian and Ubuntu when run as root; otherwise says which one command would.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { askChromium, askNode } from './adapter.ts';
import { BROWSER_PACKAGES, missingBrowsers } from './browsers.ts';
import { findChromium } from './chromium.ts';
import { PYTHON_PACKAGES, pythonWith } from './python.ts';
import { installRuntimes } from './runtimes.ts';

const say = (line: string) => process.stderr.write(`${line}\n`);

/** Debian packages a working Chromium; Ubuntu's is a snap, so there Playwright's build is taken. */
function installCommands(): string[] | undefined {
  if (!existsSync('/usr/bin/apt-get')) return undefined;
  const ubuntu = /^ID=ubuntu$/m.test(readFileSync('/etc/os-release', 'utf8'));
  const browsers = ubuntu
    ? BROWSER_PACKAGES.webkit
    : ['chromium', ...BROWSER_PACKAGES.firefox, ...BROWSER_PACKAGES.webkit];
  const packages = ['libvulkan1', 'mesa-vulkan-drivers', ...browsers, ...PYTHON_PACKAGES].join(' ');
  const commands = ['apt-get update', `apt-get install -y --no-install-recommends ${packages}`];
  if (ubuntu) commands.push('npx playwright install --with-deps chromium');
  return commands;
}

/** What is missing, in words; empty when the tests can run. */
async function missing(): Promise<string[]> {
  if (findChromium() === undefined) {
    const named = process.env.DIAGFLOW_CHROMIUM;
    return [named === undefined ? 'no Chromium was found' : `DIAGFLOW_CHROMIUM names ${named}, which does not exist`];
  }
  const found = missingBrowsers();
  if (pythonWith() === null) found.push(`no Python with the modules of ${PYTHON_PACKAGES.join(', ')}`);
  for (const [where, ask] of [
    ['Node', askNode],
    ['Chromium', askChromium],
  ] as const) {
    try {
      say(`WebGPU adapter in ${where}: ${await ask()}`);
    } catch (error) {
      const lines = String(error instanceof Error ? error.message : error).split('\n');
      found.push(
        `no WebGPU adapter in ${where} (${lines.find((line) => /Error|no adapter/.test(line))?.trim() ?? lines[0]})`,
      );
    }
  }
  return found;
}

function run(command: string): boolean {
  say(`$ ${command}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return spawnSync(command, { shell: true, stdio: ['ignore', 2, 2], env }).status === 0;
}

let problems = await missing();
if (problems.length > 0) {
  const commands = installCommands();
  if (commands !== undefined && process.getuid?.() === 0) {
    say(`${problems.join('; ')}: installing the system packages`);
    // A stale package list is no reason to stop: the installation itself decides.
    run(commands[0]);
    if (commands.slice(1).every(run)) problems = await missing();
  }
  if (problems.length > 0) {
    say(
      `The tests need Chromium, Firefox and WebKitGTK, a WebGPU adapter (a software one will do) and Python for the notebook: ${problems.join('; ')}.`,
    );
    const command = commands?.map((line) => `sudo ${line}`).join(' && ') ?? 'npx playwright install chromium';
    say(`Run: ${command}`);
    process.exit(1);
  }
}

try {
  installRuntimes();
} catch (error) {
  say(`The tests need other JavaScript runtimes, from the registry: ${(error as Error).message}`);
  process.exit(1);
}

if (!run('npm run --silent build:node') || !run('npm run --silent build:lab')) process.exit(1);
