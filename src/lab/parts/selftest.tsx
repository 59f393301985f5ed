/** The self-test page. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { VERSION } from '../../run/index.ts';
import { surroundings } from '../state/runs.ts';
import { say } from '../state/voice.ts';
import { listen, post } from '../worker/client.ts';
import type { Check } from '../worker/protocol.ts';
import { copy } from './download.ts';

interface Report {
  readonly engine: 'gpu' | 'cpu';
  readonly checks: readonly Check[];
  readonly over: boolean;
}

let hear: ((report: (before: Report | null) => Report | null) => void) | null = null;
listen((message) => {
  if (message.type === 'check') hear?.((before) => before && { ...before, checks: [...before.checks, message.check] });
  if (message.type === 'checks-end') {
    say(message.passed ? 'Self-test passed' : 'Self-test failed');
    hear?.((before) => before && { ...before, over: true });
  }
});

export function SelfTest() {
  const report = useSignal<Report | null>(null);
  const copied = useSignal('');
  useEffect(() => {
    hear = (change) => {
      report.value = change(report.value);
    };
    return () => {
      hear = null;
    };
  }, []);
  const begin = (engine: Report['engine']) => {
    copied.value = '';
    report.value = { engine, checks: [], over: false };
    post({ type: 'self-test', backend: engine });
  };
  const here = surroundings.value;
  const now = report.value;
  const passed = now?.checks.every((check) => check.passed) ?? false;
  return (
    <section class="self-test" aria-labelledby="self-test">
      <h2 id="self-test">Self-test</h2>
      <p>
        Known answers of the random generator, probes of the arithmetic, and a short run of SGD against the PDE, on this
        machine.
      </p>
      <dl class="facts">
        <dt>Adapters</dt>
        <dd>
          {here === null ? 'looking …' : here.adapters.map(({ name }) => name).join('; ') || `none: ${here.reason}`}
        </dd>
        <dt>CPU</dt>
        <dd>
          {here?.threads ?? '?'} threads, {here?.simd ? 'WebAssembly SIMD' : 'no WebAssembly SIMD'}
        </dd>
      </dl>
      <div class="buttons">
        <button
          type="button"
          class="primary"
          disabled={here === null || here.adapters.length === 0 || (now !== null && !now.over)}
          onClick={() => begin('gpu')}
        >
          Test the GPU
        </button>
        <button type="button" disabled={now !== null && !now.over} onClick={() => begin('cpu')}>
          Test the CPU engine
        </button>
        <button
          type="button"
          disabled={!now?.over}
          onClick={async () => {
            const text = reportText(now!);
            copied.value = (await copy(text)) ? 'copied' : text;
          }}
        >
          Copy the report
        </button>
      </div>
      {now && (
        <>
          <p class={now.over ? (passed ? 'verdict' : 'verdict wrong') : 'verdict'} role="status" data-testid="verdict">
            {now.over
              ? passed
                ? `All ${now.checks.length} checks passed.`
                : `${now.checks.filter((check) => !check.passed).length} of ${now.checks.length} checks failed.`
              : `Running: ${now.checks.length} checks done.`}
          </p>
          <table class="checks">
            <thead>
              <tr>
                <th scope="col">check</th>
                <th scope="col">outcome</th>
                <th scope="col">found</th>
              </tr>
            </thead>
            <tbody>
              {now.checks.map(({ name, passed: good, detail }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td class={good ? 'good' : 'bad'}>{good ? 'passed' : 'failed'}</td>
                  <td>{detail}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      {copied.value !== '' && <pre class="report">{copied.value}</pre>}
    </section>
  );
}

function reportText({ engine, checks }: Report): string {
  const here = surroundings.value;
  return [
    `diagflow ${VERSION} self-test, ${engine}`,
    `browser: ${navigator.userAgent}`,
    `adapters: ${here?.adapters.map(({ name }) => name).join('; ') || `none (${here?.reason})`}`,
    `threads: ${here?.threads}, SIMD: ${here?.simd}`,
    ...checks.map(({ name, passed, detail }) => `${passed ? 'passed' : 'FAILED'}  ${name}: ${detail}`),
  ].join('\n');
}
