/** What to expect of features whose law converges slowly to the limit: measured, docs/theory.md §2.3 (bench/universality.ts). */
import type { Experiment } from '../../problem/index.ts';

/** By degrees of Student t, at most so many: what was seen at d = 100, 1000 and 4000. */
const SEEN: readonly { readonly degrees: number; readonly words: string }[] = [
  {
    degrees: 3,
    words:
      'With 3 degrees the risk at $t=1$ was 8% above the limit at $d=1000$ and 3% at $d=4000$, some replicas diverge, and at $d=100$ single huge steps carry the mean.',
  },
  {
    degrees: 4,
    words:
      'With 4 degrees the risk at $t=1$ was 1% above the limit at $d=1000$; at $d=100$ single huge steps carry the mean, and one replica of 4096 diverged.',
  },
  { degrees: 5, words: 'With 5 degrees the risk at $t=1$ was 2% above the limit at $d=100$ and 0.5% at $d=1000$.' },
];

/** A sentence for laws with heavy tails; null where nothing but d matters. */
export function universalityHint({ features, dimension }: Experiment['problem']): string | null {
  if (typeof features === 'string' || features.kind !== 'student-t') return null;
  const seen = SEEN.find(({ degrees }) => features.degrees <= degrees);
  if (seen === undefined) return null;
  return `Heavy tails reach the limit slowly. ${seen.words} Here $d=${dimension}$.`;
}
