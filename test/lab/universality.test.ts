/** What the lab says of features with heavy tails: the nearest case that was measured, and nothing of laws that need no word. */
import { expect, test } from 'vitest';
import { universalityHint } from '../../src/lab/state/universality.ts';
import { parseExperiment } from '../../src/run/index.ts';

const hintFor = (features: 'gaussian' | 'rademacher' | 'uniform' | { kind: 'student-t'; degrees: number }) =>
  universalityHint(
    parseExperiment({ problem: { dimension: 777, features }, horizon: 1, methods: [{ kind: 'flow' }] }).problem,
  );

test('speaks of heavy tails only, by their degrees, and of the present dimension', () => {
  for (const law of ['gaussian', 'rademacher', 'uniform'] as const) expect(hintFor(law)).toBeNull();
  expect(hintFor({ kind: 'student-t', degrees: 8 })).toBeNull();
  for (const [degrees, words] of [
    [2.5, '3 degrees'],
    [3, '3 degrees'],
    [4, '4 degrees'],
    [4.5, '5 degrees'],
  ] as const) {
    expect(hintFor({ kind: 'student-t', degrees })).toContain(words);
    expect(hintFor({ kind: 'student-t', degrees })).toContain('$d=777$');
  }
});
