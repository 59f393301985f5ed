/** Saving a plot: CSV, SVG, PNG, with what the numbers come from inside each file. */
import { useSignal } from '@preact/signals';
import { figureSvg, plotCell } from '../../results/plot/figure.ts';
import type { PlotModel, Zoom } from '../../results/plot/model.ts';
import { THEMES } from '../../results/plot/palette.ts';
import { captionOf, metadataOf } from '../plot/provenance.ts';
import { csvOf, type Table } from '../plot/table.ts';
import { describe, type Run } from '../state/runs.ts';
import { hidden } from '../state/view.ts';
import { say } from '../state/voice.ts';
import { download, fileName } from './download.ts';

/** Paper is white: files are drawn in the light theme whatever the page is in. */
export function svgOfPlot(
  model: PlotModel,
  gap: PlotModel | null,
  runs: readonly Run[],
  zoom: Zoom | null,
  ids = '',
): string {
  const palette = THEMES.light;
  const series = model.series.filter(({ id, x }) => !hidden.value.has(id) && x.length > 0);
  return figureSvg({
    title: model.title,
    subtitle: [],
    description: `${model.title}. ${series.map((one) => `${one.label}: ${ends(one.y)}`).join('; ')}.`,
    series,
    cells: [plotCell('', model, gap ? 400 : 440, palette, gap, { zoom, hidden: hidden.value })],
    columns: 1,
    columnWidth: 928,
    caption: captionOf(runs),
    palette,
    metadata: metadataOf(runs),
    ids,
  });
}

function ends(y: ArrayLike<number>): string {
  const values = Array.from(y).filter(Number.isFinite);
  if (values.length === 0) return 'no values';
  return `from ${values[0].toPrecision(3)} to ${values[values.length - 1].toPrecision(3)}`;
}

interface ExportProps {
  readonly title: string;
  readonly runs: readonly Run[];
  readonly disabled: boolean;
  readonly table: () => Table | Promise<Table>;
  readonly svg: () => string | Promise<string>;
}

export function Export({ title, runs, disabled, table, svg }: ExportProps) {
  const name = () =>
    fileName(
      'diagflow',
      ...runs.slice(0, 1).map(({ experiment }) => describe(experiment).replace(/, seed.*$/, '')),
      title,
      ...runs.slice(0, 1).map(({ experiment }) => `seed=${experiment.seed}`),
    );
  const message = useSignal('');
  const tell = (words: string) => {
    message.value = words;
    say(words);
  };
  const kinds = {
    CSV: async () => download(`${name()}.csv`, csvOf(await table(), [title, ...captionOf(runs)]), 'text/csv'),
    SVG: async () => download(`${name()}.svg`, await svg(), 'image/svg+xml'),
    PNG: async () => {
      const [{ pngOf }, { canReadPixels, HIDDEN_PIXELS }] = await Promise.all([
        import('../plot/png.ts'),
        import('../plot/pixels.ts'),
      ]);
      const picture = await svg();
      if (!canReadPixels()) {
        download(`${name()}.svg`, picture, 'image/svg+xml');
        tell(`A PNG would be noise: ${HIDDEN_PIXELS}. The SVG was saved instead.`);
        return;
      }
      download(`${name()}.png`, await pngOf(picture, JSON.stringify(metadataOf(runs))));
    },
  };
  return (
    <fieldset class="buttons" aria-label="Save this plot">
      {Object.entries(kinds).map(([kind, save]) => (
        <button
          type="button"
          key={kind}
          disabled={disabled}
          aria-label={`Save this plot as ${kind}`}
          onClick={() => {
            message.value = '';
            save().catch((error) => tell(error instanceof Error ? error.message : String(error)));
          }}
        >
          {kind}
        </button>
      ))}
      {message.value !== '' && <span class="export-message">{message.value}</span>}
    </fieldset>
  );
}
