/**
 * A script that reads a run of the library for some events. `abandon`: takes three and ends, without a word to the iterator. `pause`: goes
 * on after a pause, to the end.
 */
import { parseExperiment, runExperiment } from '../../dist/index.js';

const [what, backend, experiment, options] = process.argv.slice(2);
const run = runExperiment(parseExperiment(JSON.parse(experiment)), { backend, ...JSON.parse(options) });
let events = 0;
let step = await run.next();
while (++events < 3) step = await run.next();
if (what === 'abandon') console.log(`${events} events`);
else {
  await new Promise((resolve) => setTimeout(resolve, 300));
  while (!step.done) step = await run.next();
  console.log(step.value.curves.every(({ mean }) => mean.every((value) => value !== null)) ? 'whole' : 'in part');
}
