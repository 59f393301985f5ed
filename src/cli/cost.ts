/** What methods will take, in words. */

import type { Experiment } from '../problem/index.ts';
import { type MethodCost, methodCosts } from '../run/index.ts';

/** Seconds below which a time is no cost. */
const NOTHING = 1;

/** "3 min", "2.5 h", "12 days": two digits, which is more than is known. */
export function roughly(seconds: number): string {
  const units = [
    [86400, 'days'],
    [3600, 'h'],
    [60, 'min'],
  ] as const;
  const [size, unit] = units.find(([least]) => seconds >= 1.5 * least) ?? [1, 's'];
  return `${Number((seconds / size).toPrecision(2))} ${unit}`;
}

/** 1.2e8 → "120 MB". */
export function memory(bytes: number): string {
  const [size, unit] = bytes >= 1e9 ? [1e9, 'GB'] : bytes >= 1e6 ? [1e6, 'MB'] : [1e3, 'kB'];
  return `${Number((bytes / size).toPrecision(2))} ${unit}`;
}

/** "sgd[0]: about 3 min (2 min to 6 min), 120 MB", one line each. */
export function costLines(costs: readonly MethodCost[]): string[] {
  return costs.map(({ method, index, seconds, range: [low, high], bytes }) => {
    const time =
      high < NOTHING ? 'less than a second' : `about ${roughly(seconds)} (${roughly(low)} to ${roughly(high)})`;
    return `${method}[${index}]: ${time}, ${memory(bytes)} of memory`;
  });
}

/** On stderr, so that what is printed stays a file: the costs of an experiment on the engine that would run it. */
export async function tellCosts(experiment: Experiment): Promise<void> {
  const { backend, costs } = await methodCosts(experiment);
  if (costs.length === 0) return;
  const lines = [
    `estimated cost with the backend ${backend} on this machine:`,
    ...costLines(costs).map((line) => `  ${line}`),
  ];
  process.stderr.write(`${lines.join('\n')}\n`);
}
