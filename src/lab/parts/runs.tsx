/** Kept runs: which is current, which are laid over it, their names and files, and what differs in their settings. */
import { batch, useComputed, useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import { ExperimentError } from '../../problem/index.ts';
import { parseResultText, ResultError, toCsv } from '../../results/index.ts';
import { differences } from '../../results/plot/differences.ts';
import { symbolOf } from '../../results/plot/fieldnames.ts';
import { colorOf } from '../../results/plot/palette.ts';
import { runStyle } from '../../results/plot/series.ts';
import { parseExperiment } from '../../run/index.ts';
import { paletteNow } from '../plot/ink.ts';
import { told } from '../state/drawn.ts';
import { loadExperiment } from '../state/experiment.ts';
import { earlier, forgetEarlier, notKept, openEarlier } from '../state/keptruns.ts';
import { getAt } from '../state/paths.ts';
import { textOf } from '../state/resultfile.ts';
import {
  addResult,
  currentId,
  discard,
  drawn,
  goOn,
  isActive,
  type Run,
  remove,
  resultOf,
  runs,
  start,
  unfinished,
} from '../state/runs.ts';
import { say } from '../state/voice.ts';
import { download, fileName } from './download.ts';

const STATE_WORDS = {
  starting: 'starting',
  running: 'running',
  paused: 'paused',
  finished: 'finished',
  stopped: 'stopped early',
  failed: 'failed',
} as const;

export function Runs() {
  return (
    <>
      <h2>Runs</h2>
      <Unfinished />
      <OverlayAll />
      <ul class="runs">
        {runs.value.map((run) => (
          <Item run={run} key={run.id} />
        ))}
      </ul>
      <Earlier />
      <Import />
      <Differences />
    </>
  );
}

/** Runs of an earlier visit: a page that was closed or reloaded, a browser or machine that stopped. */
function Unfinished() {
  if (unfinished.value.length === 0) return null;
  return (
    <section aria-labelledby="unfinished" class="unfinished">
      <h3 id="unfinished">Left unfinished</h3>
      <ul class="runs">
        {unfinished.value.map((left) => (
          <li class="run" key={left.key}>
            <p class="run-facts">
              {left.name}: {Math.floor(100 * left.share)}% done, kept {new Date(left.saved).toLocaleString()}
            </p>
            <div class="run-tools">
              <button
                type="button"
                class="small"
                aria-label={`Go on with ${left.name}`}
                onClick={() => {
                  loadExperiment(left.experiment);
                  goOn(left);
                }}
              >
                Go on
              </button>
              <button type="button" class="small" aria-label={`Discard ${left.name}`} onClick={() => discard(left)}>
                Discard
              </button>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Runs of other tabs and earlier visits. */
function Earlier() {
  const all = earlier.value;
  return (
    <>
      {all.length > 0 && (
        <details class="earlier">
          <summary>Earlier runs ({all.length})</summary>
          <ul>
            {all.map((about) => (
              <li key={about.key}>
                <button
                  type="button"
                  class="small"
                  aria-label={`Open ${about.name} of ${new Date(about.ended).toLocaleString()}`}
                  onClick={async () => {
                    const run = await openEarlier(about);
                    if (run) loadExperiment(run.experiment);
                  }}
                >
                  Open
                </button>{' '}
                {about.name}
                <span class="quiet"> {new Date(about.ended).toLocaleString()}</span>
              </li>
            ))}
          </ul>
          <button type="button" class="small" onClick={forgetEarlier}>
            Discard all
          </button>
        </details>
      )}
      {notKept.value !== '' && (
        <p class="quiet">This browser keeps no runs ({notKept.value}): they are gone after a reload.</p>
      )}
    </>
  );
}

function Item({ run }: { readonly run: Run }) {
  const isCurrent = run.id === currentId.value;
  const result = run.data.value.ending !== null;
  const place = drawn.value.indexOf(run);
  const name = run.name.value;
  const { shade } = told(run);
  const { dash, opacity } = runStyle(Math.max(0, place), shade);
  const color = shade === undefined ? '' : colorOf(paletteNow(), { ink: 'muted', shade });
  const save = (kind: 'json' | 'csv') => {
    const data = resultOf(run);
    if (data === null) return;
    const file = fileName('diagflow', name);
    if (kind === 'json') download(`${file}.result.json`, `${JSON.stringify(data, null, 2)}\n`, 'application/json');
    else download(`${file}.curves.csv`, toCsv(data), 'text/csv');
  };
  return (
    <li class={isCurrent ? 'run current' : 'run'}>
      <div class="run-head">
        <input
          type="text"
          class="run-name"
          aria-label={`Name of the run ${name}`}
          value={name}
          maxLength={80}
          onInput={(event) => {
            run.name.value = event.currentTarget.value;
          }}
        />
        <button
          type="button"
          class="small"
          aria-label={`Remove ${name}`}
          title="Remove"
          disabled={isCurrent && isActive(run)}
          onClick={() => remove(run)}
        >
          ✕
        </button>
      </div>
      <p class="run-facts">
        <svg class="swatch" width="24" height="12" aria-hidden="true" style={{ color }}>
          {place >= 0 && <path d="M0 6H24" stroke-dasharray={dash.join(' ')} opacity={opacity} />}
        </svg>
        {STATE_WORDS[run.data.value.state]}
        {run.choice === null ? ', from a file' : ''}
      </p>
      <div class="run-tools">
        <button
          type="button"
          class="small"
          aria-pressed={isCurrent}
          aria-label={`Show ${name}`}
          onClick={() => {
            currentId.value = run.id;
            loadExperiment(run.experiment);
          }}
        >
          Show
        </button>
        <label class="check">
          <input
            type="checkbox"
            checked={isCurrent || run.overlaid.value}
            disabled={isCurrent}
            aria-label={`Overlay ${name}`}
            onChange={(event) => {
              run.overlaid.value = event.currentTarget.checked;
            }}
          />
          overlay
        </label>
        <button
          type="button"
          class="small"
          disabled={!result}
          aria-label={`Save result.json of ${name}`}
          onClick={() => save('json')}
        >
          JSON
        </button>
        <button
          type="button"
          class="small"
          disabled={!result}
          aria-label={`Save curves.csv of ${name}`}
          onClick={() => save('csv')}
        >
          CSV
        </button>
      </div>
    </li>
  );
}

/** What a file that is no result is, and where it belongs; null where that cannot be told. */
function belongs(text: string): string | null {
  if (text.startsWith('diagflow'))
    return 'is a checkpoint or a shard: go on with “diagflow run --resume FOLDER”, or “diagflow merge”';
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return null;
    if ('axes' in value || getAt(value, ['format']) === 'diagflow-sweep')
      return 'is a sweep: run it with “diagflow sweep FILE”; its picture is sweep.svg';
    return null;
  } catch {
    return null;
  }
}

/** Whether a text is meant as an experiment. */
function isExperiment(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return getAt(value, ['problem']) !== undefined && getAt(value, ['curves']) === undefined;
  } catch {
    return false;
  }
}

/** Opens results and experiments; what is wrong with a file is said, the others are taken. */
export async function importFiles(files: Iterable<File>, tell: (message: string) => void): Promise<void> {
  for (const file of files) {
    try {
      const text = await textOf(file);
      const elsewhere = belongs(text);
      if (elsewhere !== null) {
        tell(`${file.name} ${elsewhere}`);
        continue;
      }
      if (isExperiment(text)) {
        const { $schema: _, ...value } = JSON.parse(text);
        const parsed = parseExperiment(value);
        loadExperiment(value);
        start(parsed, file.name.replace(/\.json$/i, ''));
        tell(`${file.name}: an experiment, running`);
        continue;
      }
      const run = addResult(parseResultText(text), file.name.replace(/(\.result)?\.json$/i, ''));
      loadExperiment(run.experiment);
      tell(`${file.name}: ${run.data.value.curves.length} curves read`);
    } catch (error) {
      if (!(error instanceof ResultError || error instanceof ExperimentError)) throw error;
      tell(`${file.name} cannot be read: ${error.message}`);
    }
  }
}

export const importMessage = (() => {
  let set: ((message: string) => void) | null = null;
  return {
    connect(own: (message: string) => void) {
      set = own;
    },
    tell(message: string) {
      set?.(message);
      say(message);
    },
  };
})();

function Import() {
  const input = useRef<HTMLInputElement>(null);
  const message = useSignal('');
  importMessage.connect((text) => {
    message.value = text;
  });
  return (
    <div class="import">
      <button type="button" onClick={() => input.current?.click()}>
        Open a file
      </button>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        multiple
        class="off-screen"
        tabIndex={-1}
        aria-label="Results or experiments to open"
        onChange={async (event) => {
          const { files } = event.currentTarget;
          if (files) await importFiles([...files], importMessage.tell);
          if (input.current) input.current.value = '';
        }}
      />
      <p class="import-message" data-testid="import-message">
        {message.value}
      </p>
    </div>
  );
}

/** From three runs on one press shows all of them, or the current one alone. */
function OverlayAll() {
  const all = runs.value;
  if (all.length < 3) return null;
  const set = (isOverlaid: boolean) =>
    batch(() => {
      for (const run of all) run.overlaid.value = isOverlaid;
    });
  return (
    <div class="buttons">
      <button type="button" class="small" disabled={drawn.value.length === all.length} onClick={() => set(true)}>
        Overlay all {all.length}
      </button>
      <button type="button" class="small" disabled={drawn.value.length === 1} onClick={() => set(false)}>
        Only the current one
      </button>
    </div>
  );
}

/** What differs between all runs: a row a run, a column a field. */
function Differences() {
  const all = runs.value;
  const columns = useComputed(() => differences(runs.value.map(({ experiment }) => experiment)));
  if (all.length < 2) return null;
  return (
    <section aria-labelledby="differences">
      <h3 id="differences">What differs</h3>
      {columns.value.length === 0 ? (
        <p class="quiet">Nothing: the same experiment.</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section class="table-box" tabIndex={0} aria-label="Settings that differ">
          <table>
            <thead>
              <tr>
                <th scope="col">run</th>
                {columns.value.map(({ path }) => (
                  <th scope="col" key={path} title={path}>
                    {symbolOf(path)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {all.map((run, k) => (
                <tr key={run.id}>
                  <th scope="row">{run.name.value}</th>
                  {columns.value.map(({ path, values }) => (
                    <td key={path}>{values[k]}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </section>
  );
}
