/** `diagflow check`: validates an experiment, or a sweep, and prints it with every default written out. */
import { type InputFlags, readResolved } from './input.ts';

export async function check(file: string, flags: InputFlags): Promise<void> {
  process.stdout.write(`${JSON.stringify(await readResolved(file, flags), null, 2)}\n`);
}
