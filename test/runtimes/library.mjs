/** Run by each runtime: `library.mjs ENTRY BACKEND` reads an experiment from standard input and prints the result of the library. */
import { readFileSync } from 'node:fs';

const [entry, backend] = process.argv.slice(2);
const { parseExperimentText, runExperiment } = await import(entry);
// With two threads, and stopped once before: what was begun is cleared away.
const experiment = parseExperimentText(readFileSync(0, 'utf8'));
const controller = new AbortController();
const begun = runExperiment(experiment, { backend, workers: 2, signal: controller.signal });
await begun.next();
controller.abort(new Error('enough'));
let step = await begun.next();
while (!step.done) step = await begun.next();
const interrupted = step.value.events.some(({ kind }) => kind === 'interrupted');

const run = runExperiment(experiment, { backend, workers: 2 });
step = await run.next();
while (!step.done) step = await run.next();
const { provenance, curves } = step.value;
console.log(JSON.stringify({ interrupted, provenance, curves }));
