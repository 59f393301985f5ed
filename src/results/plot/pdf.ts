/**
 * Paths, texts and rectangles → a page of a PDF 1.7 with its letters inside. Libraries that do this bring a page layout, a font engine and
 * some twenty packages along; what our pictures are made of is five operators and one kind of font.
 */
import { drawFigure, type Figure } from './figure.ts';
import type { Font } from './font.ts';
import { FONT_SIZE, type Point, type Sheet, type Style, type TextStyle } from './svg.ts';

/** Points a millimetre, and a pixel (1/96 inch). */
const PER_MILLIMETRE = 72 / 25.4;
const PER_PIXEL = 72 / 96;

export interface Fonts {
  readonly regular: Font;
  readonly bold: Font;
}

const number = (x: number) => String(Math.round(x * 1000) / 1000 + 0);
const encoder = new TextEncoder();

/** `#rrggbb` → three shares. */
const shares = (color: string) => [1, 3, 5].map((k) => number(Number.parseInt(color.slice(k, k + 2), 16) / 255));

/** Circles are four cubic curves, good to 3e−4 of the radius. */
const ROUND = 0.5523;

class Page implements Sheet {
  readonly #operators: string[] = [];
  readonly #opacities = new Map<number, string>();
  readonly #used = { regular: new Map<number, number>(), bold: new Map<number, number>() };

  constructor(
    readonly fonts: Fonts,
    readonly color: string,
  ) {}

  get content(): string {
    return this.#operators.join('\n');
  }

  /** Names of opacities, and what they are. */
  get opacities(): ReadonlyMap<number, string> {
    return this.#opacities;
  }

  /** Glyphs that stand on the page, with their letters. */
  get used(): { readonly regular: ReadonlyMap<number, number>; readonly bold: ReadonlyMap<number, number> } {
    return this.#used;
  }

  path(pieces: readonly (readonly Point[])[], style: Style, closed = false): void {
    const lines = pieces.map(
      (points) =>
        points.map(([x, y], k) => `${number(x)} ${number(y)} ${k === 0 ? 'm' : 'l'}`).join(' ') + (closed ? ' h' : ''),
    );
    if (lines.length > 0) this.#paint(lines.join(' '), style);
  }

  rect(x: number, y: number, width: number, height: number, style: Style): void {
    this.#paint(`${[x, y, width, height].map(number).join(' ')} re`, style);
  }

  circle(x: number, y: number, radius: number, style: Style): void {
    const [r, c] = [radius, ROUND * radius];
    const curve = (...values: number[]) =>
      `${values.map((value, k) => number(value + (k % 2 === 0 ? x : y))).join(' ')} c`;
    const parts = [
      `${number(x + r)} ${number(y)} m`,
      curve(r, c, c, r, 0, r),
      curve(-c, r, -r, c, -r, 0),
      curve(-r, -c, -c, -r, 0, -r),
      curve(c, -r, r, -c, r, 0),
    ];
    this.#paint(`${parts.join(' ')} h`, style);
  }

  text(x: number, y: number, words: string, { size = FONT_SIZE, bold, fill, anchor, turned }: TextStyle = {}): void {
    const which = bold ? 'bold' : 'regular';
    const font = this.fonts[which];
    let [codes, width] = ['', 0];
    for (const letter of words) {
      const codePoint = letter.codePointAt(0)!;
      const glyph = font.glyph(codePoint);
      this.#used[which].set(glyph, codePoint);
      codes += glyph.toString(16).padStart(4, '0');
      width += (font.advance(glyph) * size) / 1000;
    }
    if (codes === '') return;
    const before = anchor === 'middle' ? width / 2 : anchor === 'end' ? width : 0;
    // The page's y grows downwards; letters stand on their feet all the same.
    const place = turned
      ? `0 -1 -1 0 ${number(x)} ${number(y + before)}`
      : `1 0 0 -1 ${number(x - before)} ${number(y)}`;
    const color = shares(fill ?? this.color).join(' ');
    this.#operators.push(`BT ${color} rg /${which} ${number(size)} Tf ${place} Tm <${codes}> Tj ET`);
  }

  clipped(x: number, y: number, width: number, height: number, draw: () => void): void {
    this.#operators.push(`q ${[x, y, Math.max(0, width), Math.max(0, height)].map(number).join(' ')} re W n`);
    draw();
    this.#operators.push('Q');
  }

  #paint(shape: string, { fill, stroke, width = 1, dash = [], opacity = 1 }: Style): void {
    const how = fill && stroke ? 'B' : fill ? 'f' : stroke ? 'S' : 'n';
    const state: string[] = [];
    if (opacity !== 1) {
      const name = this.#opacities.get(opacity) ?? `o${this.#opacities.size}`;
      this.#opacities.set(opacity, name);
      state.push(`/${name} gs`);
    }
    if (fill) state.push(`${shares(fill).join(' ')} rg`);
    if (stroke) state.push(`${shares(stroke).join(' ')} RG ${number(width)} w 1 j [${dash.map(number).join(' ')}] 0 d`);
    this.#operators.push(['q', ...state, shape, how, 'Q'].join(' '));
  }
}

async function deflated(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A text of the document's properties, in UTF-16. */
const property = (text: string) =>
  `<feff${Array.from(text, (_, k) => text.charCodeAt(k).toString(16).padStart(4, '0')).join('')}>`;

/** The picture as the one page of a PDF. */
export async function figurePdf(figure: Figure, fonts: Fonts): Promise<Uint8Array<ArrayBuffer>> {
  const { palette, millimetres, title, description } = figure;
  const page = new Page(fonts, palette.text);
  const { width, height } = drawFigure(figure, page);
  const scale = millimetres === undefined ? PER_PIXEL : (millimetres * PER_MILLIMETRE) / width;
  const [w, h] = [width * scale, height * scale];
  const ground = `${shares(palette.surface).join(' ')} rg 0 0 ${number(width)} ${number(height)} re f`;
  const content = `${[scale, 0, 0, -scale, 0, h].map(number).join(' ')} cm\n${ground}\n${page.content}`;
  const file = new File();
  const catalog = file.reserve();
  const pages = file.reserve();
  const own = file.reserve();
  // One after the other: objects are numbered as they come.
  const regular = await file.font(fonts.regular, page.used.regular);
  const bold = await file.font(fonts.bold, page.used.bold);
  const states = [...page.opacities].map(([value, name]) => `/${name} << /ca ${number(value)} /CA ${number(value)} >>`);
  const drawing = await file.stream(encoder.encode(content) as Uint8Array<ArrayBuffer>);
  const info = file.add(`<< /Title ${property(title)} /Subject ${property(description)} /Producer (diagflow) >>`);
  file.set(catalog, `<< /Type /Catalog /Pages ${pages} 0 R /Lang (en) >>`);
  file.set(pages, `<< /Type /Pages /Kids [${own} 0 R] /Count 1 >>`);
  file.set(
    own,
    `<< /Type /Page /Parent ${pages} 0 R /MediaBox [0 0 ${number(w)} ${number(h)}] /Contents ${drawing} 0 R ` +
      `/Resources << /Font << /regular ${regular} 0 R /bold ${bold} 0 R >> /ExtGState << ${states.join(' ')} >> >> >>`,
  );
  return file.bytes(catalog, info);
}

/** Numbered objects and the table of where they stand. */
class File {
  readonly #objects: Uint8Array<ArrayBuffer>[][] = [];

  reserve(): number {
    this.#objects.push([]);
    return this.#objects.length;
  }

  set(id: number, text: string): void {
    this.#objects[id - 1] = [encoder.encode(text) as Uint8Array<ArrayBuffer>];
  }

  add(text: string): number {
    const id = this.reserve();
    this.set(id, text);
    return id;
  }

  /** Compressed; `more`: further entries of its dictionary. */
  async stream(bytes: Uint8Array<ArrayBuffer>, more = ''): Promise<number> {
    const id = this.reserve();
    const small = await deflated(bytes);
    const head = `<< /Length ${small.length} /Filter /FlateDecode ${more}>>\nstream\n`;
    this.#objects[id - 1] = [encoder.encode(head), small, encoder.encode('\nendstream')] as Uint8Array<ArrayBuffer>[];
    return id;
  }

  /** A font whose codes are its glyphs, with what they mean, so that texts can be found and copied. */
  async font(font: Font, used: ReadonlyMap<number, number>): Promise<number> {
    const { name, ascent, descent, box, bytes } = font;
    const whole = await this.stream(bytes, `/Length1 ${bytes.length} `);
    const about = this.add(
      `<< /Type /FontDescriptor /FontName /${name} /Flags 4 /FontBBox [${box.join(' ')}] /ItalicAngle 0 ` +
        `/Ascent ${ascent} /Descent ${descent} /CapHeight ${ascent} /StemV 80 /FontFile2 ${whole} 0 R >>`,
    );
    const glyphs = [...used].sort(([a], [b]) => a - b);
    const widths = glyphs.map(([glyph]) => `${glyph} [${number(font.advance(glyph))}]`).join(' ');
    const inner = this.add(
      `<< /Type /Font /Subtype /CIDFontType2 /BaseFont /${name} /FontDescriptor ${about} 0 R /CIDToGIDMap /Identity ` +
        `/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /DW 600 /W [${widths}] >>`,
    );
    const meaning = await this.stream(encoder.encode(meaningOf(glyphs)) as Uint8Array<ArrayBuffer>);
    return this.add(
      `<< /Type /Font /Subtype /Type0 /BaseFont /${name} /Encoding /Identity-H /DescendantFonts [${inner} 0 R] /ToUnicode ${meaning} 0 R >>`,
    );
  }

  bytes(root: number, info: number): Uint8Array<ArrayBuffer> {
    const parts: Uint8Array[] = [];
    const places: number[] = [];
    let length = 0;
    const write = (part: string | Uint8Array) => {
      const bytes = typeof part === 'string' ? encoder.encode(part) : part;
      parts.push(bytes);
      length += bytes.length;
    };
    // Four bytes beyond ASCII say that the file is not text.
    write('%PDF-1.7\n%\u00e2\u00e3\n');
    this.#objects.forEach((object, k) => {
      places.push(length);
      write(`${k + 1} 0 obj\n`);
      object.forEach(write);
      write('\nendobj\n');
    });
    const table = length;
    const entries = places.map((place) => `${String(place).padStart(10, '0')} 00000 n \n`);
    const count = places.length + 1;
    write(`xref\n0 ${count}\n0000000000 65535 f \n${entries.join('')}`);
    write(`trailer\n<< /Size ${count} /Root ${root} 0 R /Info ${info} 0 R >>\nstartxref\n${table}\n%%EOF\n`);
    const out = new Uint8Array(length);
    let at = 0;
    for (const part of parts) {
      out.set(part, at);
      at += part.length;
    }
    return out;
  }
}

/** Glyph → letter. */
function meaningOf(glyphs: readonly (readonly [number, number])[]): string {
  const hex = (code: number) => code.toString(16).padStart(4, '0');
  const lines = glyphs.map(([glyph, letter]) => {
    const units = String.fromCodePoint(letter);
    return `<${hex(glyph)}> <${Array.from({ length: units.length }, (_, k) => hex(units.charCodeAt(k))).join('')}>`;
  });
  const blocks: string[] = [];
  // At most 100 entries stand in one block.
  for (let k = 0; k < lines.length; k += 100) {
    const block = lines.slice(k, k + 100);
    blocks.push(`${block.length} beginbfchar\n${block.join('\n')}\nendbfchar`);
  }
  return `/CIDInit /ProcSet findresource begin 12 dict begin begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def /CMapType 2 def
1 begincodespacerange <0000> <ffff> endcodespacerange
${blocks.join('\n')}
endcmap CMapName currentdict /CMap defineresource pop end end`;
}
