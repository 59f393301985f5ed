/** The self-test that `diagflow doctor` shows: passes on a working adapter, and can fail. */
import { expect, it } from 'vitest';
import { examine, examineAdapters, type ListedAdapter, listAdapters } from '../../src/gpu/index.ts';
import { shortRuns } from '../../src/gpu/selftest.ts';
import { referencePaths } from './twin.ts';

it('passes on every adapter here, and there is one', async () => {
  const reports = await examineAdapters();
  expect(reports.length).toBeGreaterThan(0);
  for (const { checks, passed, probes, limits } of reports) {
    expect(checks.map(({ name }) => name)).toEqual(['generator', 'normals', 'expm1', 'paths']);
    expect(checks.filter((check) => !check.passed)).toEqual([]);
    expect(passed).toBe(true);
    expect(probes.map(({ name }) => name)).toEqual([
      'two-sum',
      'multiply-add',
      'built-in sin',
      'built-in cos',
      'built-in log',
    ]);
    expect(limits.maxBufferSize).toBeGreaterThan(0);
  }
});

it('fails where the adapter gives no device', async () => {
  const [listed] = await listAdapters();
  const adapter = { features: new Set(), requestDevice: () => Promise.reject(new Error('the driver said no')) };
  const report = await examine({ ...listed, adapter } as unknown as ListedAdapter);
  expect(report.passed).toBe(false);
  expect(report.checks).toEqual([
    { name: 'device', passed: false, detail: expect.stringContaining('the driver said no') },
  ]);
});

it('fails where the adapter computes wrongly', async () => {
  const [listed] = await listAdapters();
  const { adapter } = listed;
  const spoiled = {
    features: adapter.features,
    async requestDevice(descriptor: GPUDeviceDescriptor) {
      const device = await adapter.requestDevice(descriptor);
      const create = device.createShaderModule.bind(device);
      // One rotation of the generator is wrong, and one coefficient of the cosine.
      device.createShaderModule = ({ code, label }) =>
        create({ label, code: code.replace('10u, 26u', '10u, 25u').replace('4.166664568', '4.166') });
      return device;
    },
  };
  const report = await examine({ ...listed, adapter: spoiled } as unknown as ListedAdapter);
  expect(report.passed).toBe(false);
  expect(report.checks.map(({ name, passed }) => [name, passed])).toEqual([
    ['generator', false],
    ['normals', false],
    ['expm1', true],
    ['paths', false],
  ]);
});

it.each(shortRuns)('knows what the f64 reference finds: $name', async ({ request, risk }) => {
  const { values } = await referencePaths(request());
  expect(Math.abs(values[0][1][0] / risk - 1)).toBeLessThanOrEqual(1e-12);
});
