/** Text for a terminal: lines of bounded width. */

/** Columns of a terminal that does not say, and of files. */
export const WIDTH = 80;

/** Lines of at most `width` characters, broken between words where there are any, all but the first indented. */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let rest = text;
  for (;;) {
    const start = lines.length === 0 ? '' : indent;
    const room = Math.max(1, width - start.length);
    if (rest.length <= room) return [...lines, start + rest];
    const space = rest.lastIndexOf(' ', room);
    // Words longer than a line, or leading spaces only before it, are cut where the line ends.
    const at = space > 0 && rest.slice(0, space).trim() !== '' ? space : cutBefore(rest, room);
    lines.push((start + rest.slice(0, at)).trimEnd());
    rest = rest.slice(at).trimStart();
  }
}

/** Not within a pair of surrogates. */
function cutBefore(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return at > 1 && code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}
