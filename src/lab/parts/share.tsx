/** What a reader takes along: a link, the same run in a terminal, the plot for a page of his own. */
import { useSignal } from '@preact/signals';
import { format } from '../state/format.ts';
import { current, type Run } from '../state/runs.ts';
import { say } from '../state/voice.ts';
import { copy } from './download.ts';
import { EmbedTools } from './embed.tsx';

/** The same run in a terminal, wherever the command is installed: the file is given on standard input. */
export function commandLine({ experiment, choice }: Run): string {
  return `${commandOf(choice)} <<'EOF'\n${format(experiment)}\nEOF\n`;
}

const commandOf = (choice: Run['choice']) =>
  `npx diagflow run - --out results/lab${choice === null || choice === 'auto' ? '' : ` --backend ${choice}`}`;

/** The same for PowerShell, whose older version sends ASCII only down a pipe. */
export function powerShellLine({ experiment, choice }: Run): string {
  const inAscii = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return `@'\n${format(experiment).replace(/[^\0-\x7e]/g, inAscii)}\n'@ | ${commandOf(choice)}\n`;
}

export function Share() {
  const said = useSignal('');
  const shown = useSignal('');
  const give = async (what: string, text: string) => {
    const done = await copy(text);
    said.value = done ? `${what} copied` : 'The browser did not allow copying; here it is:';
    shown.value = done ? '' : text;
    say(said.value);
  };
  const run = current.value;
  return (
    <section aria-labelledby="share">
      <h3 id="share">Take it along</h3>
      <div class="buttons">
        <button type="button" onClick={() => give('Link', location.href)}>
          Copy link
        </button>
        <button type="button" disabled={run === null} onClick={() => run && give('Command line', commandLine(run))}>
          Copy as a command line
        </button>
        <button type="button" disabled={run === null} onClick={() => run && give('Command line', powerShellLine(run))}>
          … for PowerShell
        </button>
      </div>
      <p class="quiet">{said.value}</p>
      <EmbedTools give={give} />
      {shown.value !== '' && <textarea class="code" readOnly rows={6} aria-label="Text to copy" value={shown.value} />}
    </section>
  );
}
