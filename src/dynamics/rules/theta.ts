/** θ of every momentum. */
import { real } from '../../schema/fields.ts';

export const thetaField = real(
  'θ: what a step keeps of the movement before it; the memory is 1/(1 − θ) steps, and the limit moves with γ/(1 − θ).',
  { min: 0, max: 0.99999 },
).default(0.9);
