/**
 * The documents as pages of the lab, so that it can point to them wherever it is served, without a network. Made when the site is built:
 * no page loads this. Formulas become MathML, which needs no style of its own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import katex from 'katex';
import { Marked, type Tokens } from 'marked';

export interface DocPage {
  /** As in `theory.html`. */
  readonly file: string;
  readonly text: string;
}

const FOLDER = new URL('../../../docs/', import.meta.url);

/** What anchors are made of, as the hosts of repositories do. */
export function slugOf(heading: string): string {
  return heading
    .replace(/<[^>]*>/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replace(/\s/g, '-');
}

const formula = (tex: string, displayMode: boolean) =>
  katex.renderToString(tex.trim(), { output: 'mathml', displayMode, throwOnError: true, strict: false });

/** The document's own name stays; what is no document (code, a folder) has no page, and its name alone is shown. */
function linkTo(href: string, pages: ReadonlySet<string>): string | null {
  if (/^(?:https?:|#)/.test(href)) return href;
  const [, name, anchor = ''] = /^(?:\.\/)?([\w-]+)\.md(#.*)?$/.exec(href) ?? [];
  return name && pages.has(name) ? `${name}.html${anchor}` : null;
}

function markedFor(pages: ReadonlySet<string>): Marked {
  const marked = new Marked({ gfm: true });
  const math = (name: string, level: 'block' | 'inline', pattern: RegExp) => ({
    name,
    level,
    start: (source: string) => source.indexOf('$'),
    tokenizer(source: string) {
      const found = pattern.exec(source);
      return found ? { type: name, raw: found[0], text: found[1] } : undefined;
    },
    renderer: ({ text, raw }: Tokens.Generic) => formula(text, raw.startsWith('$$')),
  });
  marked.use({
    extensions: [
      math('display', 'block', /^\$\$([\s\S]+?)\$\$/),
      math('displayed', 'inline', /^\$\$([\s\S]+?)\$\$/),
      math('formula', 'inline', /^\$(?![\s$])((?:\\[\s\S]|[^$\\])+?)\$(?!\d)/),
    ],
    renderer: {
      heading({ tokens, depth, text }) {
        return `<h${depth} id="${slugOf(text)}">${this.parser.parseInline(tokens)}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const words = this.parser.parseInline(tokens);
        const to = linkTo(href, pages);
        return to === null ? words : `<a href="${to.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}">${words}</a>`;
      },
    },
  });
  return marked;
}

/** All of them. Throws where a formula cannot be set. */
export function docPages(): DocPage[] {
  const names = readdirSync(FOLDER)
    .filter((name) => name.endsWith('.md'))
    .map((name) => name.slice(0, -3));
  const marked = markedFor(new Set(names));
  return names.map((name) => {
    const source = readFileSync(new URL(`${name}.md`, FOLDER), 'utf8');
    const title = /^# (.*)$/m.exec(source)?.[1] ?? name;
    const body = marked.parse(source, { async: false });
    return {
      file: `${name}.html`,
      text: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'self'; img-src 'self' data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title.replace(/[<&`]/g, '')} — diagflow</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs.css">
</head>
<body>
<nav><a href="../">diagflow lab</a> · ${names.map((one) => `<a href="${one}.html">${one}</a>`).join(' · ')}</nav>
<main>
${body}</main>
</body>
</html>
`,
    };
  });
}

export const DOC_STYLE = `body { margin: 0 auto; padding: 16px; max-width: 52rem; font: 16px / 1.5 system-ui, sans-serif; }
nav { font-size: 13px; }
pre { overflow: auto; padding: 8px; border: 1px solid #8886; }
code { font: 0.875em ui-monospace, Menlo, Consolas, monospace; }
table { display: block; overflow: auto; border-collapse: collapse; font-size: 14px; }
th, td { padding: 2px 12px 2px 0; text-align: left; vertical-align: top; border-bottom: 1px solid #8884; }
math[display="block"] { display: block math; overflow: auto; padding: 4px 0; }
@media (prefers-color-scheme: dark) { body { background: #14171b; color: #e8eaed; } a { color: #5ab0e6; } }
`;
