/** `npm run schema`: writes the JSON Schema of experiment files beside this script. */
import { writeFileSync } from 'node:fs';
import { experimentJsonSchema } from '../src/problem/index.ts';

const file = new URL('experiment.schema.json', import.meta.url);
writeFileSync(file, `${JSON.stringify(experimentJsonSchema(), null, 2)}\n`);
