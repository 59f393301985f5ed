/** Vega-Lite specification → SVG text, without a DOM. */
import type { TopLevelSpec } from 'vega-lite';
import { escapeXml } from '../../src/results/plot/svg.ts';

export interface Accessible {
  /** Short: what the picture is. */
  readonly title: string;
  /** What it shows, in a few sentences, for readers who cannot see it. */
  readonly description: string;
}

/** A self-contained SVG with title and description; the fonts are the reader's own sans-serif. */
export async function renderSvg(spec: TopLevelSpec, { title, description }: Accessible): Promise<string> {
  const [{ compile }, vega] = await Promise.all([import('vega-lite'), import('vega')]);
  const silent = {
    level: () => silent,
    error: () => silent,
    warn: () => silent,
    info: () => silent,
    debug: () => silent,
  };
  const runtime = vega.parse(compile(spec, { logger: silent as never }).spec);
  const view = new vega.View(runtime, { renderer: 'none', logLevel: vega.Error });
  try {
    // Names inside the file count from 0, so that the same result gives the same bytes.
    vega.resetSVGDefIds();
    const svg = await view.toSVG();
    const labels = `<title id="title">${escapeXml(title)}</title><desc id="description">${escapeXml(description)}</desc>`;
    return `${svg.replace(/^<svg([^>]*)>/, `<svg$1 role="img" aria-labelledby="title description">${labels}`)}\n`;
  } finally {
    view.finalize();
  }
}
