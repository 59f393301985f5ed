/** The numbers that every browser must give. */
import { parseExperimentText, runExperiment } from '../../src/index.ts';
import { SMALL } from '../lab/page.ts';

/** What the cpu engine gives in Node, which docs/cpu.md promises of every engine to the bit. */
export async function numbersHere(experiment: object = SMALL): Promise<Record<string, number[]>> {
  const run = runExperiment(parseExperimentText(JSON.stringify(experiment)), { backend: 'cpu' });
  let step = await run.next();
  while (!step.done) step = await run.next();
  const curves = step.value.curves.filter(({ statistic }) => statistic === SMALL.statistics.at(-1));
  return Object.fromEntries(curves.map(({ method, mean }) => [method, mean as number[]]));
}
