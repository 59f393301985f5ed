/** `diagflow doctor`, as users run it. */
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { CLI } from './command.ts';

function doctor(args: string[], env: NodeJS.ProcessEnv = {}) {
  return spawnSync(process.execPath, [CLI, 'doctor', ...args], {
    cwd: tmpdir(),
    env: { ...process.env, ...env },
    encoding: 'utf8',
    timeout: 60_000,
  });
}

it('says which adapter passes, and exits by itself with 0', () => {
  // Variables of the Vulkan loader that choose no driver leave the choice as it is.
  const { status, stdout } = doctor([], { VK_LOADER_DEBUG: 'none', VK_DIAGFLOW: '1' });
  expect(status).toBe(0);
  expect(stdout).toMatch(/passes the self-test/);
  expect(stdout).toMatch(/ok {3}generator: threefry4x32-20: 12 published words/);
  expect(stdout).toMatch(/maxBufferSize \d+/);
});

it('--json gives the same as one object', () => {
  const { status, stdout } = doctor(['--json']);
  expect(status).toBe(0);
  const report = JSON.parse(stdout);
  expect(report.passed).toBe(true);
  expect(report.adapters[0].checks.every((check: { passed: boolean }) => check.passed)).toBe(true);
  expect(report.adapters[0].limits.maxBufferSize).toBeGreaterThan(0);
});

it('--json says without an adapter that there is none, and exits with 1', () => {
  const { status, stdout } = doctor(['--json'], {
    VK_DRIVER_FILES: '/nowhere/driver.json',
    VK_ICD_FILENAMES: '/nowhere/driver.json',
  });
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toEqual({
    passed: false,
    problem: expect.stringMatching(/no adapter.*VK_DRIVER_FILES=\/nowhere\/driver.json.*without them/),
    refused: ['/nowhere/driver.json: there is no such file'],
    adapters: [],
  });
});

it('exits with 1 and says what stands in the way where there is no adapter', () => {
  const { status, stdout } = doctor([], {
    VK_DRIVER_FILES: '/nowhere/driver.json',
    VK_ICD_FILENAMES: '/nowhere/driver.json',
  });
  expect(status).toBe(1);
  expect(stdout).toMatch(
    /no adapter: the environment chooses the drivers \(VK_DRIVER_FILES=\/nowhere\/driver.json, VK_ICD/,
  );
  expect(stdout).toMatch(/refused: \/nowhere\/driver.json: there is no such file/);
  // Which is installed, or these tests would not run.
  expect(stdout).not.toMatch(/apt-get install/);
  expect(stdout).toMatch(/--backend cpu needs none/);
});

it('names a driver that is there and refused, with the reason', () => {
  // Mesa's software driver lacks what Dawn needs on Debian 12, and is taken on later systems.
  const driver = '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json';
  const { status, stdout } = doctor([], { VK_DRIVER_FILES: driver });
  if (status === 0) expect(stdout).toMatch(/llvmpipe/);
  else expect(stdout).toMatch(/refused: \/usr\/share\/vulkan\/icd.d\/lvp_icd.x86_64.json: .*required/);
});
