/** γ(t) = initial·(1 + t/time)^(−exponent). */
import { expm1, log1p, pow } from '../../elementary/index.ts';
import { POSITIVE, real, record, tag } from '../../schema/fields.ts';
import type { ScheduleRule } from './types.ts';

export interface Power {
  readonly kind: 'power';
  readonly initial: number;
  readonly exponent: number;
  readonly time: number;
}

export const power = {
  kind: 'power',
  label: 'power of time',
  schema: record('γ(t) = initial·(1 + t/time)^(−exponent).', {
    kind: tag('power', 'A power of time.'),
    initial: real('γ(0).', POSITIVE).default(0.5),
    exponent: real('The exponent p; negative if γ grows. Magnitude at most 16.', { min: -16, max: 16 }).default(0.5),
    time: real('The time scale t₀.', POSITIVE).default(1),
  }),
  at: (s, t) => s.initial * pow(1 + t / s.time, -s.exponent),
  integral({ initial, exponent, time }, t) {
    // ∫ (1 + x)^(−p) dx = (e^{(1−p)L} − 1)/(1 − p) with L = log(1 + x), and L at p = 1; expm1 keeps p near 1 accurate.
    const log = log1p(t / time);
    const rest = 1 - exponent;
    return initial * time * (rest === 0 ? log : expm1(rest * log) / rest);
  },
} as const satisfies ScheduleRule<Power>;
