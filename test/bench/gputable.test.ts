/** docs/gpu-throughput.md from a bench file: the device, the date, every figure; and nothing from a software adapter. */
import { describe, expect, it } from 'vitest';
import { gpuPage } from '../../bench/gputable.ts';
import { exact, measured } from '../../bench/kit/statistics.ts';
import type { Row } from '../../bench/suite.ts';
import { benchFile, sixTimes } from './fixture.ts';

const engine: Row = {
  table: 'GPU engine',
  labels: { what: 'SGD', kernel: 'sgd-streamed', dimension: 1_000_000, replicas: 1 },
  foreign: false,
  quantities: {
    rate: measured(sixTimes(5e10), 'coordinate-steps/s', 'higher'),
    dispatchesPerStep: exact(1, '1'),
    bytesPerCoordinateStep: exact(32, 'B'),
    shareOfNormals: exact(0.41, '1'),
    shareOfCopy: exact(0.62, '1'),
  },
};
const peer: Row = {
  table: 'SGD on the GPU beside other programs',
  labels: { dimension: 1000, replicas: 1000, contestant: 'CuPy' },
  foreign: true,
  quantities: { rate: measured(sixTimes(1e9), 'coordinate-steps/s', 'higher'), firstTimesAsFast: exact(7.5, '1') },
};
const fileWith = (software: boolean, rows: readonly Row[] = [engine, peer]) => {
  const [section] = benchFile(rows).sections;
  const adapter = { name: 'Test GPU 9000', software } as never;
  return benchFile([], { adapter, sections: [{ ...section, name: 'gpu', rows }] });
};

describe('the table of a GPU', () => {
  it('names device, date and source, and shows every figure', () => {
    const page = gpuPage('bench/recorded/x.json', fileWith(false));
    expect(page).toMatch(/^# Throughput on Test GPU 9000\n/);
    expect(page).toContain('2026-11-26');
    expect(page).toContain('[bench/recorded/x.json](../bench/recorded/x.json)');
    expect(page).toMatch(/\| SGD \| sgd-streamed \| 1000000 \| 1 \| .*coordinate-steps\/s \| 1 \| 32 \| 41% \| 62% \|/);
    expect(page).toMatch(/\| 1000 \| 1000 \| CuPy \| .* \| 7.5 \|/);
  });

  it('is refused for a software adapter and for a run that failed', () => {
    expect(() => gpuPage('x.json', fileWith(true))).toThrow(/hardware.*software adapter, Test GPU 9000/);
    const failed = { ...fileWith(false), failures: [{ section: 'gpu', message: 'no' }] };
    expect(() => gpuPage('x.json', failed)).toThrow(/did not run to its end/);
  });
});
