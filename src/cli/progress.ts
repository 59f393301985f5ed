/** Progress of a run on stderr: bars on a terminal, a line now and then elsewhere, with the time left once it can be known. */
import { MultiBar, type SingleBar } from 'cli-progress';
import { oneLine } from '../problem/errors.ts';
import { wrap } from '../results/index.ts';
import type { RunEvent } from '../run/events.ts';
import type { MethodName } from '../run/name.ts';
import { costLines } from './cost.ts';
import { columnsOf } from './terminal.ts';
import { TimeLeft } from './timeleft.ts';

/** Seconds between two lines of one method where there is no terminal. */
const LINE_EVERY = 10;

export interface Reporter {
  event(event: RunEvent): void;
  /** Prints a line between or below the bars. */
  line(text: string): void;
  stop(): void;
}

/** Some messages have lines, such as a shader's source; a file's name may hold anything. */
const harmless = (text: string) => text.split('\n').map(oneLine).join('\n');

const name = ({ method, index }: MethodName) => `${method}[${index}]`;

/** 90 → "1 min 30 s"; never more than two units. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

type Unit = Extract<RunEvent, { type: 'method-start' }>['unit'];

/** Speed in words; PDE and flow have none worth reading. */
function speed(rate: number, unit: Unit): string {
  if (unit !== 'coordinate-steps' || !(rate > 0)) return '';
  const [scale, prefix] = rate >= 1e9 ? [1e9, 'G'] : rate >= 1e6 ? [1e6, 'M'] : [1e3, 'k'];
  return `${(rate / scale).toPrecision(3)} ${prefix} coordinate-steps/s`;
}

/** One method as it goes on. */
class Track {
  readonly #unit: Unit;
  readonly #timeLeft = new TimeLeft();

  constructor(unit: Unit) {
    this.#unit = unit;
  }

  /** What is known of the rest: the time left and the speed. */
  words({ done, total, rate }: { readonly done: number; readonly total: number; readonly rate: number }) {
    const left = this.#timeLeft.at(performance.now() / 1000, done, total);
    return { left: left === null ? '' : `${duration(left)} left`, speed: speed(rate, this.#unit) };
  }

  ended({ outcome, seconds }: Extract<RunEvent, { type: 'method-end' }>, total: number) {
    const rate = outcome === 'finished' ? total / seconds : 0;
    return { left: `${outcome} in ${duration(seconds)}`, speed: speed(rate, this.#unit) };
  }
}

const phaseOf = ({ what, done }: Extract<RunEvent, { type: 'phase' }>) => `${what}: ${percentOf(done, 1)}%`;

const percentOf = (done: number, total: number) => Math.floor((100 * Math.min(done, total)) / total);

export interface Bar {
  readonly name: string;
  /** 0 … 1. */
  readonly progress: number;
  readonly left: string;
  readonly speed: string;
}

const LONGEST_BAR = 30;
const SHORTEST_BAR = 8;

/** A bar and its words on one line of at most `width` characters: a shorter bar first, then no speed, then what fits. */
export function barLine({ name, progress, left, speed }: Bar, width: number): string {
  const start = `${name.padEnd(7)} [`;
  const percent = `] ${String(percentOf(progress, 1)).padStart(3)}%`;
  const endings = [[left, speed], [left]].map((words) => [percent, ...words.filter(Boolean)].join('  '));
  for (const end of endings) {
    const room = Math.min(LONGEST_BAR, width - start.length - end.length);
    if (room >= SHORTEST_BAR) return start + '='.repeat(Math.round(progress * room)).padEnd(room, '-') + end;
  }
  return `${name} ${percentOf(progress, 1)}%  ${left}`.trimEnd().slice(0, width);
}

function bars(stream: NodeJS.WriteStream): Reporter {
  const multi = new MultiBar({
    stream,
    format: (_, { progress }, payload) => barLine({ ...payload, progress } as Bar, columnsOf(stream)),
    hideCursor: true,
    linewrap: false,
    gracefulExit: false, // the command itself answers Ctrl-C
    emptyOnZero: true,
    fps: 8,
  });
  const tracks = new Map<number, { readonly bar: SingleBar; readonly track: Track }>();
  const log = (text: string) => {
    // The terminal cuts what is longer.
    for (const line of harmless(text).split('\n')) multi.log(`${wrap(line, columnsOf(stream), '  ').join('\n')}\n`);
  };
  return {
    event(event) {
      if (event.type === 'costs') {
        for (const text of costLines(event.costs)) log(text);
      } else if (event.type === 'method-start') {
        const bar = multi.create(event.total, 0, { name: name(event), left: '', speed: '' });
        tracks.set(event.index, { bar, track: new Track(event.unit) });
      } else if (event.type === 'progress') {
        const { bar, track } = tracks.get(event.index)!;
        // An ensemble that runs to a precision finds out on the way how much there is to do.
        if (event.total !== bar.getTotal()) bar.setTotal(event.total);
        bar.update(Math.min(event.done, event.total), track.words(event));
      } else if (event.type === 'phase') {
        tracks.get(event.index)!.bar.update({ left: phaseOf(event), speed: '' });
      } else if (event.type === 'method-end') {
        const { bar, track } = tracks.get(event.index)!;
        const total = bar.getTotal();
        const done = event.outcome === 'finished' ? total : bar.getProgress() * total;
        bar.update(done, track.ended(event, total));
        bar.stop();
      } else if (event.type === 'failure') {
        log(`${name(event.event)}: ${event.event.message}`);
      } else if (event.type === 'notice') {
        log(`${name(event)}: ${event.message}`);
      }
    },
    line: log,
    stop: () => multi.stop(),
  };
}

function lines(stream: NodeJS.WriteStream): Reporter {
  const tracks = new Map<number, { last: number; readonly track: Track }>();
  const line = (text: string) => void stream.write(`${harmless(text)}\n`);
  return {
    event(event) {
      if (event.type === 'costs') {
        for (const text of costLines(event.costs)) line(text);
      } else if (event.type === 'method-start') {
        tracks.set(event.index, { last: performance.now(), track: new Track(event.unit) });
        line(`${name(event)}: started`);
      } else if (event.type === 'progress') {
        const own = tracks.get(event.index)!;
        const { left, speed } = own.track.words(event);
        if (performance.now() - own.last < 1000 * LINE_EVERY) return;
        own.last = performance.now();
        const words = [`${percentOf(event.done, event.total)}%`, left, speed];
        line(`${name(event)}: ${words.filter(Boolean).join(', ')}`);
      } else if (event.type === 'phase') {
        const own = tracks.get(event.index)!;
        if (performance.now() - own.last < 1000 * LINE_EVERY) return;
        own.last = performance.now();
        line(`${name(event)}: ${phaseOf(event)}`);
      } else if (event.type === 'method-end') {
        line(`${name(event)}: ${event.outcome} in ${duration(event.seconds)}`);
      } else if (event.type === 'failure') {
        line(`${name(event.event)}: ${event.event.message}`);
      } else if (event.type === 'notice') {
        line(`${name(event)}: ${event.message}`);
      }
    },
    line,
    stop() {},
  };
}

const silent: Reporter = { event() {}, line() {}, stop() {} };

export function createReporter(stream: NodeJS.WriteStream, quiet: boolean): Reporter {
  return quiet ? silent : stream.isTTY ? bars(stream) : lines(stream);
}
