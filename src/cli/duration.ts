/** Lengths of time as people write them. */
import { InvalidArgumentError } from 'commander';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;
/** A year. */
const MOST_HOURS = 8760;

/** "500ms", "60s", "5m", "1.5h" → milliseconds, from 1 ms to a year. Throws InvalidArgumentError in one line. */
export function parseInterval(text: string): number {
  const [, number, unit] = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)$/.exec(text) ?? [];
  const time = number === undefined ? 0 : Number(number) * UNITS[unit as keyof typeof UNITS];
  if (!(time >= 1 && time <= MOST_HOURS * UNITS.h)) {
    throw new InvalidArgumentError(
      `It must be a number and a unit, ms, s, m or h, from 1ms to ${MOST_HOURS}h, for instance 500ms, 60s, 5m or 1h.`,
    );
  }
  return time;
}
