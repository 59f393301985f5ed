/** A small bench file that is right in every part. */
import { type BenchFile, FORMAT, parseBench, VERSION } from '../../bench/kit/record.ts';
import { exact, measured } from '../../bench/kit/statistics.ts';
import type { Row } from '../../bench/suite.ts';

export const rate = (samples: readonly number[], labels: Row['labels'], foreign = false): Row => ({
  table: 'SGD',
  labels,
  foreign,
  quantities: { rate: measured(samples, 'steps/s', 'higher'), replicas: exact(4, '1') },
});

export const sixTimes = (value: number) => [1, 0.99, 1.01, 0.98, 1.02, 1.005].map((factor) => value * factor);

export function benchFile(rows: readonly Row[], changes: Partial<BenchFile> = {}): BenchFile {
  const file: BenchFile = {
    format: FORMAT,
    version: VERSION,
    date: '2026-11-26T12:00:00.000Z',
    seconds: 12.5,
    commit: 'abc',
    machine: { cpu: 'Test CPU', cores: 2, memoryBytes: 2 ** 33, system: 'Linux', loadAverage: [0.1, 0.1, 0.1] },
    adapter: null,
    versions: { diagflow: '0.1.0', node: '20.0.0' },
    parameters: { quick: true, sections: ['cpu'] },
    peers: [{ name: 'NumPy', state: 'skipped', detail: 'not here; install: apt-get install python3-numpy' }],
    sections: [
      {
        suite: 'throughput',
        name: 'cpu',
        title: 'SGD <fast> & well',
        seconds: 3,
        rows,
        plots: [
          {
            table: 'SGD',
            title: 'Speed',
            x: 'dimension',
            y: 'rate',
            series: ['contestant'],
            scales: ['log', 'log'],
            guide: { slope: -0.5 },
          },
        ],
        notes: ['a note with "quotes" & <tags>'],
      },
    ],
    failures: [],
    ...changes,
  };
  // As it comes out of a file.
  return parseBench(JSON.parse(JSON.stringify(file)), 'fixture');
}
