/** The curves as CSV. */
import type { Result } from './format.ts';

const HEADER = 'method,index,statistic,time,mean,standardError,q10,q90,count,error,floor';

/** RFC 4180: quoted where it holds a comma, a quote or a line break; quotes doubled. */
function cell(value: string | number | null | undefined): string {
  if (value === null || value === undefined) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * One row a (method, index, statistic, time), lines ended by \n. Numbers in as many digits as name the double; empty where there
 * is no value. `count` is the number of replicas that the mean at that time is over,
 * `error` the estimated numerical error of a PDE's value, `floor` the rounding floor of the curve.
 */
export function toCsv(result: Pick<Result, 'curves'>): string {
  const lines = [HEADER];
  for (const curve of result.curves) {
    curve.times.forEach((time, k) => {
      const row = [
        curve.method,
        curve.index,
        curve.statistic,
        time,
        curve.mean[k],
        curve.standardError?.[k],
        curve.quantiles?.['0.1'][k],
        curve.quantiles?.['0.9'][k],
        curve.counts?.[k] ?? curve.count,
        curve.error?.[k],
        curve.floor,
      ];
      lines.push(row.map(cell).join(','));
    });
  }
  return `${lines.join('\n')}\n`;
}
