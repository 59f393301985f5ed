/** Files given to the reader, and text to the clipboard. */

export function download(name: string, content: Blob | string, type = 'text/plain'): void {
  const blob = typeof content === 'string' ? new Blob([content], { type }) : content;
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The download has its own hold on the data once it has begun.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** False where the browser does not let the page write to the clipboard. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}

/** Symbols in names, in letters that every file system has. */
const LETTERS: Readonly<Record<string, string>> = {
  γ: 'gamma',
  σ: 'sigma',
  λ: 'lambda',
  β: 'beta',
  α: 'alpha',
  ρ: 'rho',
  ℓ: 'l',
  '−': 'minus',
};

/** A name that every file system takes. */
export function fileName(...parts: readonly string[]): string {
  return parts
    .map((part) =>
      part
        .replace(/[γσλβαρℓ−]/g, (symbol) => LETTERS[symbol])
        .normalize('NFKD')
        .replace(/[^\w.=-]+/g, '-')
        .replace(/^-+|-+$/g, ''),
    )
    .filter(Boolean)
    .join('-');
}
