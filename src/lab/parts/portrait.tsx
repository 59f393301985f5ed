/** The phase portrait. */
import type { Run } from '../state/runs.ts';

export function Portrait(_: { readonly run: Run }) {
  return (
    <div class="ask">
      <p>The phase portrait is drawn from the GPU’s memory; this version of the page does not reach it yet.</p>
    </div>
  );
}
