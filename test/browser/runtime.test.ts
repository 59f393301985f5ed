/** What a page says of itself in a result. */
import { expect, it } from 'vitest';
import { parseExperiment, runExperiment } from '../../src/run/index.ts';

it('names the browser with its full version, V8, the system and the processors', async () => {
  const experiment = parseExperiment({ problem: { dimension: 4 }, horizon: 1, methods: [{ kind: 'flow' }] });
  const events = runExperiment(experiment, { backend: 'reference', workers: 0 });
  let step = await events.next();
  while (!step.done) step = await events.next();
  const { runtime } = step.value.provenance;
  const [, major] = /Chrome\/(\d+)/.exec(navigator.userAgent)!;
  expect(runtime?.name).toMatch(/Chrom/);
  expect(runtime?.version).toMatch(new RegExp(`^${major}\\.\\d+\\.\\d+\\.\\d+$`));
  expect(runtime?.engine).toBe(`V8 of Chromium ${runtime?.version}`);
  expect(runtime?.system).toMatch(/^(Linux|macOS|Windows)/);
  expect(runtime?.processor).toMatch(new RegExp(`^${navigator.hardwareConcurrency} × `));
});
