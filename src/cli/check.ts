/** `diagflow check`: validates an experiment, or a sweep, and prints it with every default written out. */
import { ExperimentError, LONGEST_TEXT, parseSweepText } from '../problem/index.ts';
import { parseJson } from '../problem/json.ts';
import { parseExperimentText } from '../run/parse.ts';
import { checkExpression } from '../statistics/index.ts';
import { ExitStatus, Failure } from './failure.ts';
import { readSource } from './source.ts';

/** Whether the text is meant as a sweep: it has axes, which no experiment has. */
function isSweep(text: string): boolean {
  try {
    const value = parseJson(text);
    return typeof value === 'object' && value !== null && Object.hasOwn(value, 'axes');
  } catch {
    return false;
  }
}

export async function check(file: string): Promise<void> {
  const { label, text } = await readSource(file, LONGEST_TEXT);
  try {
    const resolved = isSweep(text) ? parseSweepText(text, { checkExpression }).sweep : parseExperimentText(text);
    process.stdout.write(`${JSON.stringify(resolved, null, 2)}\n`);
  } catch (error) {
    if (error instanceof ExperimentError) throw new Failure(ExitStatus.input, `${label}: ${error.message}`);
    throw error;
  }
}
