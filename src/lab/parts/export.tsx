/** Saving a plot: CSV, SVG, PNG, with what the numbers come from inside each file. */
import { type Palette, paletteNow } from '../plot/ink.ts';
import type { PlotModel } from '../plot/model.ts';
import { captionOf, metadataOf } from '../plot/provenance.ts';
import { csvOf, type Table } from '../plot/table.ts';
import type { Run } from '../state/runs.ts';
import { hidden, type Zoom } from '../state/view.ts';
import { say } from '../state/voice.ts';
import { download, fileName } from './download.ts';

/** Of exported pictures of plots. */
export const EXPORT_SIZE = { width: 960, height: 600 } as const;

/** Paper is white: files are drawn in the light theme whatever the page is in. */
function paper(): Palette {
  const probe = document.createElement('div');
  probe.dataset.theme = 'light';
  document.body.append(probe);
  const palette = paletteNow(probe);
  probe.remove();
  return palette;
}

export async function svgOfPlot(model: PlotModel, runs: readonly Run[], zoom: Zoom | null): Promise<string> {
  const { svgOf } = await import('../plot/svg.ts');
  return svgOf(model, {
    ...EXPORT_SIZE,
    palette: paper(),
    zoom,
    hidden: hidden.value,
    caption: captionOf(runs),
    metadata: metadataOf(runs),
  });
}

interface ExportProps {
  readonly title: string;
  readonly runs: readonly Run[];
  readonly disabled: boolean;
  readonly table: () => Table | Promise<Table>;
  readonly svg: () => Promise<string>;
  /** Of the picture, in CSS pixels. */
  readonly size: () => { readonly width: number; readonly height: number };
}

export function Export({ title, runs, disabled, table, svg, size }: ExportProps) {
  const name = () => fileName('diagflow', title, ...runs.slice(0, 1).map((run) => `seed=${run.experiment.seed}`));
  const kinds = {
    CSV: async () => download(`${name()}.csv`, csvOf(await table(), [title, ...captionOf(runs)]), 'text/csv'),
    SVG: async () => download(`${name()}.svg`, await svg(), 'image/svg+xml'),
    PNG: async () => {
      const { pngOf } = await import('../plot/png.ts');
      const picture = await svg();
      const { width, height } = size();
      download(`${name()}.png`, await pngOf(picture, width, height, JSON.stringify(metadataOf(runs))));
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
          onClick={() => save().catch((error) => say(error instanceof Error ? error.message : String(error)))}
        >
          {kind}
        </button>
      ))}
    </fieldset>
  );
}
