/** On paper stand the pictures alone, drawn as files are: light, sharp, with what the numbers come from under them. */

/** What draws each picture of the page, in their order. */
const drawings = new Map<object, () => string>();
const PLACE = 'print';

/** Until the returned function is called, `draw` is what is printed of a plot. */
export function printed(plot: object, draw: () => string): () => void {
  drawings.set(plot, draw);
  return () => void drawings.delete(plot);
}

function place(): HTMLElement {
  const found = document.getElementById(PLACE);
  if (found) return found;
  const made = document.createElement('div');
  made.id = PLACE;
  document.body.append(made);
  return made;
}

/** Begins to answer the browser's wish to print. */
export function watchPrint(): void {
  addEventListener('beforeprint', () => {
    place().innerHTML = [...drawings.values()].map((draw) => draw()).join('');
  });
  addEventListener('afterprint', () => {
    place().innerHTML = '';
  });
}
