/** In which order the samples of finite data are taken. */
import { word } from '../../schema/fields.ts';

export const ORDERS = ['with-replacement', 'shuffled', 'cyclic'] as const;
export type Order = (typeof ORDERS)[number];

export const orderField = word(
  'Which samples a step takes: with-replacement, independent draws; shuffled, a new random permutation each epoch; cyclic, in order. A batch of all n takes each once.',
  ORDERS,
).default('with-replacement');
