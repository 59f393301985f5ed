/** Paths, texts and rectangles → SVG text. */

export type Point = readonly [number, number];

export interface Style {
  readonly fill?: string;
  readonly stroke?: string;
  readonly width?: number;
  readonly dash?: readonly number[];
  readonly opacity?: number;
}

export interface TextStyle {
  /** In pixels; default that of the picture. */
  readonly size?: number;
  readonly bold?: boolean;
  readonly fill?: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  /** Read from below. */
  readonly turned?: boolean;
}

export interface Words {
  /** Short: what the picture is. */
  readonly title: string;
  /** What it shows, in a few sentences, for readers who cannot see it. */
  readonly description: string;
  /** For programs: where the numbers come from. */
  readonly metadata?: unknown;
}

export interface Page {
  readonly width: number;
  readonly height: number;
  /** Width on paper in millimetres; in pixels where absent. */
  readonly millimetres?: number;
  readonly text: string;
  readonly surface: string;
}

/** XML 1.0 has no way to write these at all: control characters, halves of a pair, U+FFFE and U+FFFF. */
const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

export function escapeXml(text: string): string {
  return text.replace(FORBIDDEN, '').replace(/[&<>"]/g, (c) => ENTITIES[c]);
}

/** Hundredths of a pixel. */
const round = (x: number) => String(Math.round(x * 100) / 100 + 0);

export const FONT_SIZE = 12;

/** Of a text in the reader's sans-serif, about: the room that is kept for it. */
export function textWidth(text: string, size = FONT_SIZE): number {
  let width = 0;
  for (const c of text) {
    if ('⁰¹²³⁴⁵⁶⁷⁸⁹⁻'.includes(c)) width += 0.4;
    else if (" .,:;|!'il·()[]".includes(c)) width += 0.34;
    else if ('mwMW—…'.includes(c)) width += 0.9;
    else width += c >= 'A' && c <= 'Z' ? 0.68 : 0.58;
  }
  return width * size;
}

/** A text in lines of at most `width` pixels, broken at spaces. */
export function wrapped(text: string, width: number, size = FONT_SIZE): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && textWidth(`${last} ${word}`, size) <= width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** What pictures are drawn on: an SVG text, or a page of a PDF. */
export type Sheet = Pick<Svg, 'path' | 'rect' | 'circle' | 'text' | 'clipped'>;

export class Svg {
  readonly #parts: string[] = [];
  #clips = 0;

  /** `ids` begins every id: pictures that stand in one page must not share them. */
  constructor(readonly ids = '') {}

  path(pieces: readonly (readonly Point[])[], style: Style, closed = false): void {
    const d = pieces
      .map(
        (points) =>
          points.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`).join('') + (closed ? 'Z' : ''),
      )
      .join('');
    if (d !== '') this.#parts.push(`<path d="${d}" ${attributes(style)}/>`);
  }

  rect(x: number, y: number, width: number, height: number, style: Style): void {
    this.#parts.push(
      `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${round(height)}" ${attributes(style)}/>`,
    );
  }

  circle(x: number, y: number, radius: number, style: Style): void {
    this.#parts.push(`<circle cx="${round(x)}" cy="${round(y)}" r="${radius}" ${attributes(style)}/>`);
  }

  text(x: number, y: number, words: string, style: TextStyle = {}): void {
    const { size, bold, fill, anchor, turned } = style;
    const place = turned
      ? `transform="translate(${round(x)} ${round(y)}) rotate(-90)"`
      : `x="${round(x)}" y="${round(y)}"`;
    const own = [
      place,
      size ? `font-size="${size}"` : '',
      bold ? 'font-weight="600"' : '',
      fill ? `fill="${fill}"` : '',
      anchor && anchor !== 'start' ? `text-anchor="${anchor}"` : '',
    ];
    this.#parts.push(`<text ${own.filter(Boolean).join(' ')}>${escapeXml(words)}</text>`);
  }

  /** An image by its data URL. */
  image(x: number, y: number, width: number, height: number, href: string): void {
    this.#parts.push(`<image x="${x}" y="${y}" width="${width}" height="${height}" href="${href}"/>`);
  }

  /** What `draw` draws is seen inside the rectangle only. */
  clipped(x: number, y: number, width: number, height: number, draw: () => void): void {
    const id = `${this.ids}clip${this.#clips++}`;
    this.#parts.push(
      `<clipPath id="${id}"><rect x="${round(x)}" y="${round(y)}" width="${round(Math.max(0, width))}" height="${round(Math.max(0, height))}"/></clipPath><g clip-path="url(#${id})">`,
    );
    draw();
    this.#parts.push('</g>');
  }

  /** The whole file: self-contained, in the reader's own sans-serif. */
  toString(page: Page, { title, description, metadata }: Words): string {
    const { width, height, millimetres, text, surface } = page;
    const [w, h] =
      millimetres === undefined
        ? [round(width), round(height)]
        : [`${round(millimetres)}mm`, `${round((millimetres * height) / width)}mm`];
    return (
      `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" viewBox="0 0 ${round(width)} ${round(height)}" role="img" aria-labelledby="${this.ids}title ${this.ids}description" font-family="system-ui, 'Segoe UI', Helvetica, Arial, 'DejaVu Sans', sans-serif" font-size="${FONT_SIZE}" fill="${text}">` +
      `<title id="${this.ids}title">${escapeXml(title)}</title><desc id="${this.ids}description">${escapeXml(description)}</desc>` +
      (metadata === undefined ? '' : `<metadata>${escapeXml(JSON.stringify(metadata))}</metadata>`) +
      `<rect width="${round(width)}" height="${round(height)}" fill="${surface}"/>${this.#parts.join('')}</svg>\n`
    );
  }
}

function attributes({ fill, stroke, width, dash, opacity }: Style): string {
  return [
    `fill="${fill ?? 'none'}"`,
    stroke ? `stroke="${stroke}" stroke-width="${width ?? 1}" stroke-linejoin="round"` : '',
    dash && dash.length > 0 ? `stroke-dasharray="${dash.join(' ')}"` : '',
    opacity !== undefined && opacity !== 1 ? `opacity="${round(opacity)}"` : '',
  ]
    .filter(Boolean)
    .join(' ');
}
