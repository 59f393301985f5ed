/** The plots of the example scripts: panels side by side with bands and lines, drawn by Vega-Lite. */
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

export interface Row {
  readonly panel: string;
  readonly series: string;
  readonly time: number;
  readonly value: number | null;
  /** Ends of the band; null where the series has none. */
  readonly low: number | null;
  readonly high: number | null;
}

/** Panels that share their vertical axis. */
export interface Strip {
  readonly rows: readonly Row[];
  readonly y: string;
  /** Vertical axis; default 'log'. */
  readonly scale?: 'log' | 'linear';
  readonly height?: number;
}

export interface Look {
  readonly title: string;
  readonly subtitle: string;
  readonly x: string;
  /** Series from the bottom layer to the top one, and their colours. */
  readonly order: readonly string[];
  readonly colors: readonly string[];
}

type Panel = Extract<TopLevelSpec, { vconcat: unknown }>['vconcat'][number];

/** Strips from top to bottom. One layer of bands and one of lines a series, so that the last series of `order` lies on top. */
export async function renderSvg(strips: readonly Strip[], look: Look): Promise<string> {
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: look.title, subtitle: look.subtitle, anchor: 'start', offset: 12 },
    background: 'white',
    vconcat: strips.map((strip, i) => facet(strip, look, i === strips.length - 1)),
    config: { axis: { labelFontSize: 11, titleFontSize: 12, grid: true, gridOpacity: 0.5 } },
  };
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

function facet({ rows, y: title, scale = 'log', height = 260 }: Strip, look: Look, isLast: boolean): Panel {
  const panels = [...new Set(rows.map((row) => row.panel))];
  const x = { field: 'time', type: 'quantitative', title: isLast ? look.x : null } as const;
  const y = {
    type: 'quantitative',
    title,
    scale: scale === 'log' ? ({ type: 'log', nice: false } as const) : { zero: false },
    axis: { tickCount: 5 },
  } as const;
  const color = {
    field: 'series',
    type: 'nominal',
    scale: { domain: [...look.order], range: [...look.colors] },
    legend: { title: null, symbolType: 'stroke', symbolStrokeWidth: 3, symbolOpacity: 1 },
  } as const;
  const only = (series: string) => [{ filter: { field: 'series', equal: series } }];
  const banded = look.order.filter((series) => rows.some((row) => row.series === series && row.low !== null));
  return {
    data: { values: rows as Row[] },
    facet: { column: { field: 'panel', type: 'nominal', title: null, sort: panels, header: { labelFontSize: 12 } } },
    spec: {
      width: panels.length > 1 ? 190 : 460,
      height,
      layer: [
        ...banded.map((series) => ({
          transform: only(series),
          mark: { type: 'area', opacity: 0.3 } as const,
          encoding: { x, y: { ...y, field: 'low' }, y2: { field: 'high' }, color },
        })),
        ...look.order.map((series) => ({
          transform: only(series),
          mark: { type: 'line', strokeWidth: 1.4 } as const,
          encoding: { x, y: { ...y, field: 'value' }, color },
        })),
      ],
    },
  };
}
