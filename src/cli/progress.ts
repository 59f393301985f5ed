/** Progress of a run on stderr: bars with the time left on a terminal, a line now and then elsewhere. */
import { MultiBar, type SingleBar } from 'cli-progress';
import { oneLine } from '../problem/errors.ts';
import type { MethodName, RunEvent } from '../run/events.ts';

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

const left = (done: number, total: number, rate: number) => (rate > 0 ? duration((total - done) / rate) : '?');

function bars(stream: NodeJS.WriteStream): Reporter {
  const multi = new MultiBar({
    stream,
    format: '{name} [{bar}] {percent}%  {left}  {speed}',
    barsize: 30,
    hideCursor: true,
    linewrap: false,
    gracefulExit: false, // the command itself answers Ctrl-C
    emptyOnZero: true,
    fps: 8,
  });
  let current: SingleBar | undefined;
  let unit: Unit = 'percent';
  const show = (done: number, total: number, left: string, rate: number) => {
    // An ensemble that runs to a precision finds out on the way how much there is to do.
    if (current !== undefined && total !== current.getTotal()) current.setTotal(total);
    current?.update(Math.min(done, total), {
      percent: String(Math.floor((100 * Math.min(done, total)) / total)).padStart(3),
      left,
      speed: speed(rate, unit),
    });
  };
  return {
    event(event) {
      if (event.type === 'method-start') {
        unit = event.unit;
        current = multi.create(event.total, 0, { name: name(event).padEnd(7), percent: '  0', left: '', speed: '' });
      } else if (event.type === 'progress') {
        show(event.done, event.total, `${left(event.done, event.total, event.rate)} left`, event.rate);
      } else if (event.type === 'method-end' && current !== undefined) {
        const total = current.getTotal();
        const done = event.outcome === 'finished' ? total : current.getProgress() * total;
        show(
          done,
          total,
          `${event.outcome} in ${duration(event.seconds)}`,
          event.outcome === 'finished' ? total / event.seconds : 0,
        );
        current.stop();
      } else if (event.type === 'failure') {
        multi.log(`${name(event.event)}: ${harmless(event.event.message)}\n`);
      } else if (event.type === 'notice') {
        multi.log(`${name(event)}: ${harmless(event.message)}\n`);
      }
    },
    line: (text) => multi.log(`${harmless(text)}\n`),
    stop: () => multi.stop(),
  };
}

function lines(stream: NodeJS.WriteStream): Reporter {
  let last = 0;
  let unit: Unit = 'percent';
  const line = (text: string) => void stream.write(`${harmless(text)}\n`);
  return {
    event(event) {
      if (event.type === 'method-start') {
        unit = event.unit;
        last = performance.now();
        line(`${name(event)}: started`);
      } else if (event.type === 'progress') {
        if (performance.now() - last < 1000 * LINE_EVERY) return;
        last = performance.now();
        const percent = Math.floor((100 * event.done) / event.total);
        const words = [`${percent}%`, `${left(event.done, event.total, event.rate)} left`, speed(event.rate, unit)];
        line(`${name(event)}: ${words.filter(Boolean).join(', ')}`);
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
