/** What a PDF must know of a TrueType font: which glyph a letter is, and how wide. */

export interface Font {
  /** All of the file. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly name: string;
  /** In thousandths of the size of the letters. */
  readonly ascent: number;
  readonly descent: number;
  readonly box: readonly [number, number, number, number];
  /** Of a Unicode code point; 0, the glyph of what the font lacks. */
  glyph(codePoint: number): number;
  /** Of a glyph, in thousandths. */
  advance(glyph: number): number;
  readonly glyphs: number;
}

/** Spaces that the font has only one of. */
const SAME: Readonly<Record<number, number>> = { 8239: 0xa0, 8201: 0xa0 };

/** Of a TrueType file with a character map of format 4, as those in `fonts/`. */
export function readFont(bytes: Uint8Array<ArrayBuffer>, name: string): Font {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const tables = new Map<string, number>();
  for (let k = 0; k < view.getUint16(4); k++) {
    const at = 12 + 16 * k;
    tables.set(String.fromCharCode(...bytes.subarray(at, at + 4)), view.getUint32(at + 8));
  }
  const table = (tag: string) => {
    const at = tables.get(tag);
    if (at === undefined) throw new Error(`${name}: the font has no table ${tag}`);
    return at;
  };
  const [head, hhea, hmtx, maxp, cmap] = ['head', 'hhea', 'hmtx', 'maxp', 'cmap'].map(table);
  const unit = 1000 / view.getUint16(head + 18);
  const scaled = (at: number) => Math.round(view.getInt16(at) * unit);
  const metrics = view.getUint16(hhea + 34);
  const glyphs = view.getUint16(maxp + 4);
  const found = mapOf(view, cmap, name);
  return {
    bytes,
    name,
    ascent: scaled(hhea + 4),
    descent: scaled(hhea + 6),
    box: [scaled(head + 36), scaled(head + 38), scaled(head + 40), scaled(head + 42)],
    glyph: (codePoint) => found.get(codePoint) ?? found.get(SAME[codePoint]) ?? 0,
    advance: (glyph) => view.getUint16(hmtx + 4 * Math.min(glyph, metrics - 1)) * unit,
    glyphs,
  };
}

function mapOf(view: DataView, cmap: number, name: string): Map<number, number> {
  const map = new Map<number, number>();
  for (let k = 0; k < view.getUint16(cmap + 2); k++) {
    const at = cmap + view.getUint32(cmap + 8 + 8 * k);
    if (view.getUint16(at) !== 4) continue;
    const segments = view.getUint16(at + 6) / 2;
    const [ends, starts] = [at + 14, at + 16 + 2 * segments];
    const [deltas, offsets] = [starts + 2 * segments, starts + 4 * segments];
    for (let s = 0; s < segments; s++) {
      const offset = view.getUint16(offsets + 2 * s);
      for (let code = view.getUint16(starts + 2 * s); code <= view.getUint16(ends + 2 * s) && code < 0xffff; code++) {
        const own = offset && view.getUint16(offsets + 2 * s + offset + 2 * (code - view.getUint16(starts + 2 * s)));
        const glyph = (offset === 0 ? code : own) + (offset === 0 || own !== 0 ? view.getUint16(deltas + 2 * s) : 0);
        if ((glyph & 0xffff) !== 0) map.set(code, glyph & 0xffff);
      }
    }
    return map;
  }
  throw new Error(`${name}: the font has no character map of format 4`);
}
