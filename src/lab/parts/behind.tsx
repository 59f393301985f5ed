/** The data table behind a plot. */
import { useSignal } from '@preact/signals';
import { readable } from '../../results/plot/axis.ts';
import type { Table } from '../plot/table.ts';

const MOST_ROWS = 200;

/** The numbers behind a plot; made only while it is open. */
export function Behind({ title, numbers }: { title: string; numbers: () => Table }) {
  const open = useSignal(false);
  const table = open.value ? numbers() : null;
  const stride = table ? Math.ceil(table.rows.length / MOST_ROWS) : 1;
  return (
    <details
      class="behind"
      onToggle={(event) => {
        open.value = event.currentTarget.open;
      }}
    >
      <summary>Data table</summary>
      {table && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section class="table-box" tabIndex={0} aria-label={`Numbers behind: ${title}`}>
          <table>
            <caption>
              {title}
              {stride > 1 ? ` (every ${stride}th of ${table.rows.length} rows; CSV has all)` : ''}
            </caption>
            <thead>
              <tr>
                {table.columns.map((column) => (
                  <th scope="col" key={column}>
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {table.rows
                .filter((_, i) => i % stride === 0)
                .map((row) => (
                  <tr key={row[0]}>
                    {row.map((value, k) =>
                      k === 0 ? (
                        <th scope="row" key={table.columns[k]}>
                          {readable(value)}
                        </th>
                      ) : (
                        <td key={table.columns[k]}>{readable(value)}</td>
                      ),
                    )}
                  </tr>
                ))}
            </tbody>
          </table>
        </section>
      )}
    </details>
  );
}
