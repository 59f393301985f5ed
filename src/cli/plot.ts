/** `diagflow plot`: results and sweeps drawn again, as a figure for a page, a slide or a paper. */
import { readFile, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Figure, PlotOptions, Result, SweepResult } from '../results/index.ts';
import { LONGEST_RESULT, PlotError, parseResultText, ResultError } from '../results/index.ts';
import { drawFigure, figureSvg } from '../results/plot/figure.ts';
import { resultsFigure } from '../results/plot/figures.ts';
import { sweepFigure } from '../results/plot/sweep.ts';
import { parseSweepResultText } from '../run/index.ts';
import { withBytes } from './bytes.ts';
import { CHECKPOINT } from './checkpoint.ts';
import { ExitStatus, Failure } from './failure.ts';
import { type Content, writeFiles, wrote } from './output.ts';
import { packageRoot } from './package.ts';
import { SHARD } from './shard.ts';
import { isThere, readSource } from './source.ts';

export interface PlotFlags extends PlotOptions {
  readonly out?: string;
}

export const FORMATS = ['svg', 'png', 'pdf'] as const;
type Format = (typeof FORMATS)[number];

type Read =
  | { readonly of: 'result'; readonly name: string; readonly result: Result }
  | { readonly of: 'sweep'; readonly name: string; readonly sweep: SweepResult };

const refuse = (message: string) => new Failure(ExitStatus.input, message);

/** Draws; nothing is written where anything is wrong, and then a Failure is thrown in one line. */
export async function plot(sources: readonly string[], { out, ...options }: PlotFlags): Promise<ExitStatus> {
  const format = out === undefined ? 'svg' : await formatOf(out);
  const read: Read[] = [];
  for (const source of sources) read.push(await readAny(source));
  const figure = figureOf(read, options);
  if (out === undefined) {
    process.stdout.write(figureSvg(figure));
    return ExitStatus.ok;
  }
  const content = await drawnAs(format, figure, out);
  process.stdout.write(wrote(await writeFiles(dirname(out), { [basename(out)]: content })));
  return ExitStatus.ok;
}

/** By the end of the name. Refuses others, and folders that are not there, before anything is read. */
async function formatOf(out: string): Promise<Format> {
  const end = extname(out).slice(1).toLowerCase();
  const format = FORMATS.find((one) => one === end);
  if (format === undefined) throw refuse(`--out ${out}: must end in .svg, .png or .pdf`);
  const folder = await stat(dirname(resolve(out))).catch(() => null);
  if (!folder?.isDirectory()) throw refuse(`--out ${out}: there is no folder ${dirname(out)}; make it first`);
  if ((await stat(out).catch(() => null))?.isDirectory()) throw refuse(`--out ${out}: it is a directory`);
  return format;
}

/** A result or sweep, by its file or the folder that holds it. */
async function readAny(source: string): Promise<Read> {
  const file = await fileOf(source);
  if (file !== '-') await refuseState(file);
  const { label, name, text } = await readSource(file, LONGEST_RESULT);
  // Every run writes a result.json; what it is of is the name of its folder.
  const isUsual = ['result.json', 'sweep.json'].includes(basename(file));
  const own = isUsual ? basename(dirname(resolve(file))) : name.replace(/\.result$/, '');
  try {
    if (/"format"\s*:\s*"diagflow-sweep"/.test(text.slice(0, 4096)))
      return { of: 'sweep', name: own, sweep: parseSweepResultText(text) };
    return { of: 'result', name: own, result: parseResultText(text) };
  } catch (error) {
    if (!(error instanceof ResultError)) throw error;
    throw refuse(`${label}: ${belongs(text, file) ?? error.message}`);
  }
}

async function fileOf(source: string): Promise<string> {
  const isFolder = await stat(source).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return source;
  for (const name of ['result.json', 'sweep.json']) if (await isThere(join(source, name))) return join(source, name);
  if (await isThere(join(source, SHARD)))
    throw refuse(`${source}: holds a shard, not a result; put all shards together with: diagflow merge`);
  if (await isThere(join(source, CHECKPOINT)))
    throw refuse(`${source}: holds an unfinished run; go on with it: diagflow run --resume ${source}`);
  throw refuse(`${source}: holds neither result.json nor sweep.json`);
}

/** Files that hold a state are told what they are for. */
async function refuseState(file: string): Promise<void> {
  if (!(await stat(file).catch(() => null))?.isFile()) return;
  const start = await withBytes(file, ({ size, read }) => read(0, Math.min(size, 64)));
  const [, word] = /^(diagflow-[a-z-]+) /.exec(new TextDecoder('latin1').decode(start)) ?? [];
  if (word === undefined) return;
  throw refuse(
    word === 'diagflow-checkpoint'
      ? `${file}: is a checkpoint, not a result; go on with it: diagflow run --resume ${dirname(file)}`
      : `${file}: is a shard, not a result; put all shards together with: diagflow merge`,
  );
}

/** What a JSON file is, if it is another of ours. */
function belongs(text: string, file: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null || 'format' in value) return null;
  if ('axes' in value) return `is a sweep file, not its result; run it first: diagflow sweep ${file}`;
  return 'methods' in value ? `is an experiment, not a result; run it first: diagflow run ${file}` : null;
}

function figureOf(read: readonly Read[], options: PlotOptions): Figure {
  const results = read.flatMap((one) => (one.of === 'result' ? [one] : []));
  const sweeps = read.flatMap((one) => (one.of === 'sweep' ? [one] : []));
  if (results.length > 0 && sweeps.length > 0)
    throw refuse(`plot: ${results[0].name} is a result and ${sweeps[0].name} a sweep; draw them apart`);
  try {
    if (results.length > 0) return resultsFigure(results, options);
    if (options.show) throw refuse('--show: is for results; a sweep is drawn as it is, by --statistic');
    const [first, ...others] = sweeps.map(({ name, sweep }) => ({ name, figure: sweepFigure(sweep, options) }));
    if (others.length === 0) return first.figure;
    const all = [first, ...others];
    return {
      ...first.figure,
      subtitle: all.flatMap(({ name, figure }) => figure.subtitle.map((line) => `${name}: ${line}`)),
      description: all.map(({ name, figure }) => `${name}: ${figure.description}`).join(' '),
      series: all.flatMap(({ figure }) => figure.series),
      cells: all.flatMap(({ name, figure }) =>
        figure.cells.map((cell) => ({ ...cell, title: `${name}: ${cell.title}` })),
      ),
      caption: all.flatMap(({ name, figure }) => figure.caption.map((line) => `${name}: ${line}`)),
      metadata: all.map(({ figure }) => figure.metadata),
    };
  } catch (error) {
    if (!(error instanceof PlotError)) throw error;
    throw refuse(`--${error.message}`);
  }
}

const font = (weight: '' | '-Bold') => join(packageRoot(), 'fonts', `DejaVuSans${weight}-subset.ttf`);

async function drawnAs(format: Format, figure: Figure, out: string): Promise<Content> {
  if (format === 'svg') return figureSvg(figure);
  const [regular, bold] = (await Promise.all([readFile(font('')), readFile(font('-Bold'))])).map(
    (bytes) => new Uint8Array(bytes),
  );
  if (format === 'png') return [await pngOf(figure, [regular, bold], out)];
  const [{ figurePdf }, { readFont }] = await Promise.all([
    import('../results/plot/pdf.ts'),
    import('../results/plot/font.ts'),
  ]);
  const fonts = { regular: readFont(regular, 'DejaVuSans'), bold: readFont(bold, 'DejaVuSans-Bold') };
  return [await figurePdf(figure, fonts)];
}

/** Dots an inch on paper, and dots a pixel on the screen. */
const PRINTED = 300;
const SCREEN = 2;
/** Dots of a picture at most: what a reader's program, and this one, have memory for. */
const MOST_DOTS = 2 ** 27;

async function pngOf(figure: Figure, fonts: readonly Uint8Array[], out: string): Promise<Uint8Array> {
  const library = await import('@resvg/resvg-wasm').catch(() => null);
  if (library === null)
    throw refuse(
      `--out ${out}: PNG needs the package @resvg/resvg-wasm, which is not installed; npm install @resvg/resvg-wasm, or take .svg or .pdf`,
    );
  const { millimetres, ...onScreen } = figure;
  const zoom = millimetres === undefined ? SCREEN : PRINTED / 96;
  const svg = figureSvg(onScreen);
  const size = sizeOf(onScreen);
  if (size.width * size.height * zoom ** 2 > MOST_DOTS)
    throw refuse(`--out ${out}: the picture would have more than ${MOST_DOTS} dots; take .svg or .pdf, or draw less`);
  await library.initWasm(await readFile(fileURLToPath(import.meta.resolve('@resvg/resvg-wasm/index_bg.wasm'))));
  const picture = new library.Resvg(svg, {
    fitTo: { mode: 'zoom', value: zoom },
    font: { fontBuffers: [...fonts], defaultFontFamily: 'DejaVu Sans', sansSerifFamily: 'DejaVu Sans' },
  });
  const { withResolution, withText } = await import('../results/plot/pngchunks.ts');
  const png = withText(picture.render().asPng(), 'Comment', JSON.stringify(figure.metadata ?? null));
  return millimetres === undefined ? png : withResolution(png, PRINTED);
}

const NOWHERE = { path() {}, rect() {}, circle() {}, text() {}, clipped() {} };
const sizeOf = (figure: Figure) => drawFigure(figure, NOWHERE);
