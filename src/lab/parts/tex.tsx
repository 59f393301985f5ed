/** A symbol set by KaTeX, which is loaded when the first one is shown; until then, and without it, plain characters. */
import { useEffect, useRef } from 'preact/hooks';

let library: Promise<typeof import('katex').default> | undefined;

/** When nothing more urgent is to be done: the first curve does not wait for letters. */
function idle(): Promise<void> {
  return new Promise((resolve) => {
    if ('requestIdleCallback' in window) requestIdleCallback(() => resolve(), { timeout: 2000 });
    else setTimeout(resolve, 500);
  });
}

function load() {
  library ??= idle()
    .then(() => Promise.all([import('katex'), import('katex/dist/katex.min.css')]))
    .then(([{ default: katex }]) => katex);
  return library;
}

export function Tex({ tex, plain }: { readonly tex: string; readonly plain: string }) {
  const place = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    let wanted = true;
    load().then(
      (katex) => {
        if (wanted && place.current) katex.render(tex, place.current, { throwOnError: false });
      },
      () => {
        // Plain characters stay.
      },
    );
    return () => {
      wanted = false;
    };
  }, [tex]);
  return (
    <span class="tex" ref={place}>
      {plain}
    </span>
  );
}
