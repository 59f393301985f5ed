/** `diagflow check`: validates an experiment and prints it with every default written out. */
import { readExperiment } from './input.ts';

export async function check(file: string): Promise<void> {
  const { experiment } = await readExperiment(file);
  process.stdout.write(`${JSON.stringify(experiment, null, 2)}\n`);
}
