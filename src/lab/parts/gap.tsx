/** The measured gap between ensemble and limit, with its error, where the eye is. */
import { readable } from '../plot/axis.ts';
import { gapsOf } from '../plot/residual.ts';
import type { Run } from '../state/runs.ts';

export function GapLine({
  run,
  statistic,
  time,
}: {
  readonly run: Run;
  readonly statistic: string;
  readonly time: number;
}) {
  const gaps = gapsOf(run, statistic, time);
  if (gaps.length === 0) return <p class="gap" />;
  return (
    <p class="gap" data-testid="gap">
      {gaps.map(({ method, title, time: at, gap, error, limit }) => {
        const relative = (100 * gap) / Math.abs(limit);
        const spread = (100 * error) / Math.abs(limit);
        return (
          <span key={title} class={`gap-item ink-${method}`}>
            <span class="gap-name">{title} − PDE</span> at t = {readable(at, 3)}:{' '}
            <strong>
              {relative > 0 ? '+' : ''}
              {readable(relative, 2)}%
            </strong>{' '}
            {Number.isFinite(spread) ? `± ${readable(spread, 2)}%` : '(one replica: no error)'}
          </span>
        );
      })}
    </p>
  );
}
