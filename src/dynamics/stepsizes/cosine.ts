/** γ(t) = final + (initial − final)(1 + cos(πt/T))/2, and `final` from the horizon T on. */
import { cos, sin } from '../../elementary/index.ts';
import { POSITIVE, real, record, tag } from '../../schema/fields.ts';
import type { ScheduleRule } from './types.ts';

export interface Cosine {
  readonly kind: 'cosine';
  readonly initial: number;
  readonly final: number;
}

export const cosine = {
  kind: 'cosine',
  label: 'half a cosine',
  schema: record('γ(t) = final + (initial − final)(1 + cos(πt/T))/2, T the horizon.', {
    kind: tag('cosine', 'Half a cosine from the start to the horizon.'),
    initial: real('γ(0).', POSITIVE).default(0.5),
    final: real('γ at the horizon.', POSITIVE).default(0.05),
  }),
  at: ({ initial, final }, t, horizon) =>
    t >= horizon ? final : final + ((initial - final) * (1 + cos((Math.PI * t) / horizon))) / 2,
  integral({ initial, final }, t, horizon) {
    const inside = Math.min(t, horizon);
    const wave = inside + (horizon / Math.PI) * sin((Math.PI * inside) / horizon);
    return final * t + ((initial - final) * wave) / 2;
  },
} as const satisfies ScheduleRule<Cosine>;
