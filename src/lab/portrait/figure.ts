/** The portrait as a self-contained SVG: the picture of the GPU, and words, caption and metadata around it. */
import type { Palette } from '../../results/plot/palette.ts';
import { escapeXml } from '../../results/plot/svg.ts';
import type { Label } from './protocol.ts';

export interface FigureOptions {
  /** A data URL. */
  readonly picture: string;
  /** Of the picture, in CSS pixels. */
  readonly width: number;
  readonly height: number;
  readonly labels: readonly Label[];
  readonly title: string;
  /** Lines under the picture. */
  readonly caption: readonly string[];
  readonly palette: Palette;
  readonly metadata: unknown;
}

const LEFT = 48;
const TOP = 40;
const RIGHT = 16;
const LINE = 18;

function figureSize(width: number, height: number, lines: number): { width: number; height: number } {
  return { width: width + LEFT + RIGHT, height: height + TOP + 40 + LINE * lines };
}

export function figureOf(options: FigureOptions): string {
  const { picture, width, height, labels, title, caption, palette, metadata } = options;
  const size = figureSize(width, height, caption.length);
  const text = (x: number, y: number, words: string, attributes = '') =>
    `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" ${attributes}>${escapeXml(words)}</text>`;
  const words = labels.map(({ x, y, text: label, place }) => {
    const [px, py] = [LEFT + x * width, TOP + y * height];
    if (place === 'below') return text(px, py + 16, label, 'text-anchor="middle"');
    return place === 'beside'
      ? text(px - 6, py + 4, label, 'text-anchor="end"')
      : text(px, py, label, 'text-anchor="middle"');
  });
  const foot = caption.map((line, k) =>
    text(LEFT, TOP + height + 40 + LINE * k, line, `fill="${palette.quiet}" font-size="11"`),
  );
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" viewBox="0 0 ${size.width} ${size.height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${palette.text}">` +
    `<title>${escapeXml(title)}</title><metadata>${escapeXml(JSON.stringify(metadata))}</metadata>` +
    `<rect width="${size.width}" height="${size.height}" fill="${palette.surface}"/>` +
    `<image x="${LEFT}" y="${TOP}" width="${width}" height="${height}" href="${picture}"/>` +
    text(LEFT, 24, title, 'font-size="15" font-weight="600"') +
    `${words.join('')}${foot.join('')}</svg>\n`
  );
}
