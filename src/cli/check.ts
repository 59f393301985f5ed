/** `diagflow check`: validates an experiment, or a sweep, and prints it with every default written out. */
import { ExperimentError, FILE_LIMITS, LONGEST_TEXT, parseSweep } from '../problem/index.ts';
import { JsonSyntaxError, parseJson } from '../problem/json.ts';
import { parseExperiment } from '../run/parse.ts';
import { checkExpression } from '../statistics/index.ts';
import { ExitStatus, Failure } from './failure.ts';
import { readSource } from './source.ts';

/** Whether it is meant as a sweep: it has axes, which no experiment has. */
function isSweep(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'axes');
}

export async function check(file: string): Promise<void> {
  const { label, text } = await readSource(file, LONGEST_TEXT, FILE_LIMITS);
  try {
    const value = parseJson(text, FILE_LIMITS);
    const resolved = isSweep(value) ? parseSweep(value, { checkExpression }).sweep : parseExperiment(value);
    process.stdout.write(`${JSON.stringify(resolved, null, 2)}\n`);
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw new Failure(ExitStatus.input, `${label}: not valid JSON: ${error.message}`);
    if (error instanceof ExperimentError) throw new Failure(ExitStatus.input, `${label}: ${error.message}`);
    throw error;
  }
}
