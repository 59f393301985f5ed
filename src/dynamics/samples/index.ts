/** Where samples come from: one tuple. */
import { finite } from './finite.ts';
import { fresh } from './fresh.ts';

export type { FiniteData } from './finite.ts';
export { MOST_SAMPLES } from './finite.ts';
export type { Order } from './order.ts';
export const samples = [fresh, finite] as const;
