/** The report of a bench file: one HTML page without scripts or outside requests; pictures are SVG inside it. */

import { escapeXml } from '../../src/results/plot/svg.ts';
import type { BenchFile, BenchSection } from '../kit/record.ts';
import { headOf, tablesOf } from '../kit/words.ts';
import { plotSpec, plotWords, pointsOf } from './plots.ts';
import { renderSvg } from './render.ts';

const STYLE = `
:root { color-scheme: light dark; font: 15px/1.5 system-ui, "Segoe UI", Helvetica, Arial, sans-serif; }
body { max-width: 1100px; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: 13px; }
th, td { padding: 2px 10px; text-align: right; border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
.scroll { overflow-x: auto; }
.plots { display: flex; flex-wrap: wrap; gap: 16px; margin: 1rem 0; }
.plots img { max-width: 100%; background: white; border-radius: 4px; }
.failed { border-left: 4px solid #D55E00; padding-left: 12px; white-space: pre-wrap; }
nav a { margin-right: 1em; }
`;

/** Cost: some 50 ms a plot. */
export async function reportHtml(file: BenchFile): Promise<string> {
  const sections: string[] = [];
  for (const section of file.sections) sections.push(await sectionHtml(section));
  const failures = file.failures.map(
    ({ section, message }) =>
      `<p class="failed"><strong>${escapeXml(section)} failed</strong>: ${escapeXml(message)}</p>`,
  );
  const links = file.sections.map(({ name }) => `<a href="#${escapeXml(name)}">${escapeXml(name)}</a>`);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>diagflow bench, ${escapeXml(file.date.slice(0, 10))}</title>
<style>${STYLE}</style>
<h1>diagflow: accuracy and throughput</h1>
<ul>${headOf(file)
    .map((line) => `<li>${escapeXml(line)}</li>`)
    .join('')}</ul>
<p>A number in brackets is an interval for the number before it: for medians of repetitions the widest order statistics that cover 95% (fewer than six repetitions cover less; the JSON file says how much), for fits 95%. Raw samples are in the JSON file.</p>
${failures.join('\n')}
<nav>${links.join('')}</nav>
${sections.join('\n')}
</html>
`;
}

async function sectionHtml({ suite, name, title, seconds, rows, plots, notes }: BenchSection): Promise<string> {
  const images: string[] = [];
  for (const plot of plots) {
    if (pointsOf(plot, rows).length === 0) continue;
    const description = plotWords(plot, rows);
    const svg = await renderSvg(plotSpec(plot, rows), { title: plot.title, description });
    const data = Buffer.from(svg).toString('base64');
    images.push(`<img alt="${escapeXml(`${plot.title}: ${description}`)}" src="data:image/svg+xml;base64,${data}">`);
  }
  const tables = tablesOf(rows).map(({ name: table, head, body }) => {
    const cells = (tag: string, row: readonly string[]) =>
      `<tr>${row.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join('')}</tr>`;
    return `<h3>${escapeXml(table)}</h3>
<div class="scroll"><table><thead>${cells('th', head)}</thead><tbody>${body.map((row) => cells('td', row)).join('\n')}</tbody></table></div>`;
  });
  return `<section id="${escapeXml(name)}">
<h2>${escapeXml(suite)} / ${escapeXml(title)}</h2>
<p>${seconds.toFixed(1)} s</p>
<div class="plots">${images.join('\n')}</div>
${tables.join('\n')}
<ul>${notes.map((note) => `<li>${escapeXml(note)}</li>`).join('')}</ul>
</section>`;
}
