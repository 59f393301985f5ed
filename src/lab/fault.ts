/** A sentence in the page whatever throws, so that nobody looks at a blank or a frozen one and wonders. */

/** Whether the page itself has been drawn. */
let isShown = false;

/** The advice that goes with what went wrong. */
const START =
  'Reload the page; if that does not help, use a current Chrome, Edge, Firefox or Safari, and a page that comes from a web server.';
const LATER = 'What is shown may be out of date: save the results that you need, then reload the page.';

export function tellFault(error: unknown): void {
  const place = document.getElementById('fault');
  if (place === null || !place.hidden) return; // the first one: what follows comes of it
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  place.textContent = isShown
    ? `Something went wrong in this page (${reason}). ${LATER}`
    : `The lab could not start (${reason}). ${START}`;
  place.hidden = false;
  document.getElementById('loading')?.remove();
}

/** From now on everything that nobody catches is told. */
export function watchFaults(): void {
  addEventListener('error', ({ error, message }) => {
    // Browsers call it an error that an observer's answer came a frame late.
    if (!/^ResizeObserver loop/.test(message)) tellFault(error ?? message);
  });
  addEventListener('unhandledrejection', ({ reason }) => tellFault(reason));
}

/** The page is there; takes the sentence away that stands in its place until then. */
export function pageShown(): void {
  isShown = true;
  document.getElementById('loading')?.remove();
}

/**
 * Where the browser's language is none ("C", of a system without one), numbers are written as in English: what formats them at load
 * throws otherwise.
 */
export function mendLanguage(): void {
  try {
    Intl.getCanonicalLocales(navigator.language);
  } catch {
    Object.defineProperty(navigator, 'language', { value: 'en', configurable: true });
  }
}
