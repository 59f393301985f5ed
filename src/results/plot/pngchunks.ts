/** What is put into a PNG beside its pixels: where the numbers come from, and how large it is on paper. */

function crcTable(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, n) => {
    let c = n;
    for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
    return c >>> 0;
  });
}

function crc(bytes: Uint8Array): number {
  const table = crcTable();
  let c = 0xffffffff;
  for (const byte of bytes) c = table[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

/** Signature and header of a PNG: the first chunk, IHDR, has a fixed length. */
const AFTER_HEADER = 8 + 25;

/** Adds a chunk after the header; `body` begins with its four letters. */
function withChunk(png: Uint8Array, body: Uint8Array): Uint8Array<ArrayBuffer> {
  const chunk = new Uint8Array(body.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, body.length - 4);
  chunk.set(body, 4);
  view.setUint32(4 + body.length, crc(body));
  const out = new Uint8Array(png.length + chunk.length);
  out.set(png.subarray(0, AFTER_HEADER));
  out.set(chunk, AFTER_HEADER);
  out.set(png.subarray(AFTER_HEADER), AFTER_HEADER + chunk.length);
  return out;
}

/** With an international text chunk (iTXt, UTF-8). */
export function withText(png: Uint8Array, keyword: string, text: string): Uint8Array<ArrayBuffer> {
  return withChunk(png, new TextEncoder().encode(`iTXt${keyword}\0\0\0\0\0${text}`));
}

/** With its resolution (pHYs), in dots an inch. */
export function withResolution(png: Uint8Array, dotsAnInch: number): Uint8Array<ArrayBuffer> {
  const body = new Uint8Array(4 + 9);
  body.set(new TextEncoder().encode('pHYs'));
  const view = new DataView(body.buffer);
  const dotsAMetre = Math.round(dotsAnInch / 0.0254);
  view.setUint32(4, dotsAMetre);
  view.setUint32(8, dotsAMetre);
  body[12] = 1;
  return withChunk(png, body);
}
