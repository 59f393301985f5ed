/** The quiet line under the plot: what goes on, how far, how fast, on what; and what went wrong. */
import { METHOD_LABEL } from '../../results/plot/palette.ts';
import { current, isActive, type MethodProgress, type Run, surroundings } from '../state/runs.ts';
import { murmur } from '../state/voice.ts';

export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}

export function speed(rate: number): string {
  if (!(rate > 0)) return '';
  const [scale, prefix] = rate >= 1e9 ? [1e9, 'G'] : rate >= 1e6 ? [1e6, 'M'] : [1e3, 'k'];
  return `${(rate / scale).toPrecision(3)} ${prefix} coordinate-steps/s`;
}

/** The fastest ensemble of a run: what it was able to. */
function best(methods: readonly MethodProgress[]): number {
  return Math.max(0, ...methods.filter(({ unit }) => unit === 'coordinate-steps').map(({ rate }) => rate));
}

export function engineName(run: Run): string {
  const { backend, adapter } = run.data.value;
  if (backend === 'gpu') {
    const words = [adapter?.vendor, adapter?.architecture, adapter?.device, adapter?.description]
      .filter(Boolean)
      .join(' ');
    return `GPU: ${words || 'unnamed adapter'}${adapter?.software ? ' (software)' : ''}`;
  }
  const threads = surroundings.value?.threads;
  const own = run.choice !== null && threads ? `, ${threads} threads` : '';
  if (backend === 'cpu') return `CPU engine (WebAssembly SIMD${own})`;
  if (backend === 'reference') return `reference engine (f64 TypeScript${own})`;
  return 'opening an engine';
}

function share({ done, total }: MethodProgress): number {
  return total > 0 ? Math.min(1, done / total) : 1;
}

export function progressOf(method: MethodProgress, paused: boolean): string {
  const { total, done, rate, unit, phase } = method;
  if (phase !== null) return `${METHOD_LABEL[method.method]}: ${phase.what} ${Math.floor(100 * phase.done)}%`;
  const words = [`${METHOD_LABEL[method.method]} ${Math.floor(100 * share(method))}%`];
  if (!paused && rate > 0) words.push(`${duration((total - done) / rate)} left`);
  if (unit === 'coordinate-steps' && !paused) words.push(speed(rate));
  return words.filter(Boolean).join(', ');
}

export function Status() {
  const run = current.value;
  if (run === null) return <p class="status">No run yet.</p>;
  const { state, methods, ending } = run.data.value;
  const count = run.experiment.methods.length;
  const whole = methods.reduce((sum, method) => sum + (method.outcome === 'running' ? share(method) : 1), 0) / count;
  const parts: string[] = [];
  if (isActive(run)) {
    const now = methods.filter(({ outcome }) => outcome === 'running');
    for (const method of now) parts.push(progressOf(method, state === 'paused'));
    if (now.length > 0) parts.push(`${methods.length - now.length} of ${count} methods done`);
    if (state !== 'running') parts.push(state);
  } else {
    const total = Object.values(ending?.provenance.seconds ?? {}).reduce((sum, seconds) => sum + seconds, 0);
    parts.push(state === 'finished' ? `finished in ${duration(total)}` : state);
    parts.push(speed(best(methods)));
  }
  parts.push(engineName(run));
  const line = parts.filter(Boolean).join(' · ');
  if (isActive(run)) murmur(line);
  const value = isActive(run) ? whole : 1;
  return (
    <div class="status">
      <progress max={1} value={value} aria-label="Progress of the run" />
      <p>{line}</p>
    </div>
  );
}

/** Failures, blow-ups and what the page has to say of the run. */
export function Notices() {
  const run = current.value;
  if (run === null) return null;
  const { notices, events } = run.data.value;
  const diverged = events.filter(({ kind }) => kind === 'diverged');
  const others = events.filter(({ kind }) => kind !== 'diverged' && kind !== 'interrupted');
  return (
    <>
      {notices.map((notice) => (
        <p class="notice" key={notice}>
          {notice}
        </p>
      ))}
      {others.map(({ method, index, message }) => (
        <p class="notice wrong" key={`${method}${index}${message}`}>
          {METHOD_LABEL[method]}: {message}
        </p>
      ))}
      {diverged.length > 0 && (
        <details class="notice wrong">
          <summary>
            {diverged.length} {diverged.length === 1 ? 'replica' : 'replicas'} diverged and left the averages
          </summary>
          <ul>
            {diverged.slice(0, 50).map(({ method, message, replica }) => (
              <li key={`${method}${replica}`}>
                {METHOD_LABEL[method]}: {message}
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}

/** Without a hardware GPU: what runs instead, and what that costs. */
export function EngineNotice() {
  const here = surroundings.value;
  if (here === null || here.adapters.some(({ software }) => !software)) return null;
  const why =
    here.adapters.length > 0
      ? `The only WebGPU adapter here is software (${here.adapters[0].name})`
      : sentence(here.reason);
  const onGpu = current.value?.data.value.backend === 'gpu';
  return (
    <details class="notice quiet-notice" data-testid="no-gpu">
      <summary>No hardware GPU: {onGpu ? 'this run is on a software adapter' : 'the CPU engine runs instead'}</summary>
      <p>
        {why}. The CPU engine ({here.simd ? 'WebAssembly SIMD' : 'plain JavaScript: no WebAssembly SIMD here'},{' '}
        {here.threads} {here.threads === 1 ? 'thread' : 'threads'}) follows the same paths, number for number up to
        rounding. What it costs: a GPU does some 10 to 100 times more coordinate-steps a second, so dimensions beyond
        about 10⁵ take minutes to hours here
        {here.adapters.length === 0
          ? '; and the phase portrait, which is drawn from the GPU’s memory, is not available'
          : '. A software adapter is slower than the CPU engine, but draws the phase portrait'}
        .
      </p>
    </details>
  );
}

const sentence = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
