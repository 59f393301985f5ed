/** `diagflow check`: validates an experiment, or a sweep, and prints it with every default written out. */
import type { Experiment } from '../problem/index.ts';
import { type InputFlags, readResolved } from './input.ts';

export async function check(file: string, flags: InputFlags): Promise<void> {
  const resolved = await readResolved(file, flags);
  process.stdout.write(`${JSON.stringify(resolved, null, 2)}\n`);
  if (resolved !== null && typeof resolved === 'object' && 'methods' in resolved)
    await (await import('./cost.ts')).tellCosts(resolved as Experiment);
}
