/** `npm run schema`: writes the JSON Schemas of experiment, sweep and result files beside this script. */
import { writeFileSync } from 'node:fs';
import { experimentJsonSchema, sweepJsonSchema } from '../src/problem/index.ts';
import { resultJsonSchema } from '../src/results/index.ts';

const schemas = {
  'experiment.schema.json': experimentJsonSchema(),
  'sweep.schema.json': sweepJsonSchema(),
  'result.schema.json': resultJsonSchema(),
};
for (const [name, schema] of Object.entries(schemas)) {
  writeFileSync(new URL(name, import.meta.url), `${JSON.stringify(schema, null, 2)}\n`);
}
