/** What ran the program: digits that come from `Math` depend on it (docs/architecture.md, "Why the same file gives the same numbers everywhere"). */
import { record } from '../schema/fields.ts';
import { z } from '../schema/zod.ts';
import { text } from './fields.ts';

export const runtimeSchema = record(
  'What ran the program; PDE, gradient flow and predictions repeat bit for bit on it.',
  {
    name: text('Program: Node.js, Deno, Bun, or the browser.'),
    version: text('Its version, as far as it tells.'),
    engine: text('JavaScript engine, with its version where that is not the program’s.'),
    system: text('Operating system, with its version where it is told.'),
    processor: text('Logical processors and their kind, as far as they are told.'),
  },
);

/** JavaScript engine and version, operating system and processor, on which digits of the limits depend. */
export type Runtime = Readonly<z.output<typeof runtimeSchema>>;

/** At most as many as a run has shards. */
const MOST_RUNTIMES = 10_000;

/** Fields of a provenance; older results have none of them. */
export const runtimeFields = {
  runtime: runtimeSchema.describe('What computed the limits, and an undivided run all of it.').optional(),
  otherRuntimes: z
    .array(runtimeSchema, { error: 'must be an array of runtimes' })
    .max(MOST_RUNTIMES, { error: `must have at most ${MOST_RUNTIMES} entries` })
    .describe('What computed other parts: shards, or the run before it was resumed; only those that differ.')
    .optional(),
};

export interface Runtimes {
  readonly runtime?: Runtime;
  readonly otherRuntimes?: readonly Runtime[];
}

/** The first with its fields, and what differs from it among those of `parts`, each once. */
export function withOthers(runtime: Runtime | undefined, parts: readonly Runtimes[]): Runtimes {
  const others = new Map<string, Runtime>();
  const own = runtime && keyOf(runtime);
  for (const part of parts) {
    for (const one of [part.runtime, ...(part.otherRuntimes ?? [])]) {
      if (one && keyOf(one) !== own) others.set(keyOf(one), one);
    }
  }
  return { ...(runtime && { runtime }), ...(others.size > 0 && { otherRuntimes: [...others.values()] }) };
}

function keyOf({ name, version, engine, system, processor }: Runtime): string {
  return JSON.stringify([name, version, engine, system, processor]);
}
