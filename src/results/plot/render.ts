/** Vega-Lite specification → SVG text, without a DOM. The one place that loads Vega, and only when something is drawn. */
import type { TopLevelSpec } from 'vega-lite';

export interface Accessible {
  /** Short: what the picture is. */
  readonly title: string;
  /** What it shows, in a few sentences, for readers who cannot see it. */
  readonly description: string;
}

/** XML 1.0 has no way to write these at all. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

export function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(FORBIDDEN, '').replace(/[&<>"]/g, (c) => entities[c]);
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
    return `${svg.replace(FORBIDDEN, '').replace(/^<svg([^>]*)>/, `<svg$1 role="img" aria-labelledby="title description">${labels}`)}\n`;
  } finally {
    view.finalize();
  }
}
