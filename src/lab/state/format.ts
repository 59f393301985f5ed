/** JSON text as people write it. */

const WIDTH = 100;

/** JSON as the examples are written: two spaces, short objects and arrays on one line. */
export function format(value: unknown): string {
  return write(value, '');
}

function write(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const flat = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ');
  const isLeaf = Object.values(value).every((entry) => typeof entry !== 'object' || entry === null);
  if (isLeaf && indent.length + flat.length <= WIDTH && indent !== '')
    return flat.replace(/^\[ (.*) \]$/, '[$1]').replace(/^\[ \]$/, '[]');
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    // Long lists of numbers are wrapped, not one a line.
    const items = value.map((entry) => write(entry, inner));
    if (isLeaf) return `[\n${wrap(items, inner)}\n${indent}]`;
    return `[\n${items.map((item) => inner + item).join(',\n')}\n${indent}]`;
  }
  const lines = Object.entries(value).map(([key, entry]) => `${inner}${JSON.stringify(key)}: ${write(entry, inner)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

function wrap(items: readonly string[], indent: string): string {
  const lines: string[] = [];
  let line = indent;
  items.forEach((item, i) => {
    const piece = i < items.length - 1 ? `${item}, ` : item;
    if (line.length + piece.length > WIDTH && line !== indent) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += piece;
  });
  lines.push(line.trimEnd());
  return lines.join('\n');
}
