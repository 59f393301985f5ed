/** Debian's Firefox ESR, over WebDriver BiDi: the browser speaks it itself, so that nothing stands between. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findFirefox } from '../setup/browsers.ts';
import { stop } from '../setup/processes.ts';
import type { Browser, LaunchOptions } from './browser.ts';

/** Nothing that asks the network or the user. */
const QUIET = {
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'datareporting.policy.dataSubmissionEnabled': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'remote.prefs.recommended': true,
  'services.settings.server': 'data:,',
  'toolkit.telemetry.reportingpolicy.firstRun': false,
};

interface Reply {
  readonly type: string;
  readonly result: Record<string, never>;
  readonly message?: string;
}

interface Bidi {
  waitForConnection(): Promise<void>;
  send(command: { method: string; params: object }): Promise<Reply>;
  close(): Promise<void>;
}

/** The address on which the browser takes commands, which it says when it listens. */
function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const [, url] = /WebDriver BiDi listening on (ws:\S+)/.exec(said) ?? [];
      if (url) resolve(url);
    });
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`Firefox ended with status ${code}: ${said.slice(-1000)}`)));
  });
}

export async function openFirefox({ preferences = {}, host, env = {} }: LaunchOptions = {}): Promise<Browser> {
  const path = findFirefox();
  if (path === undefined) throw new Error('no Firefox was found: apt-get install firefox-esr');
  const profile = mkdtempSync(join(tmpdir(), 'diagflow-firefox-'));
  const lines = Object.entries({
    ...QUIET,
    ...(host !== undefined && { 'network.dns.localDomains': host }),
    ...preferences,
  }).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
  writeFileSync(join(profile, 'user.js'), lines.join('\n'));
  // A home of its own: Firefox writes caches and settings beside the profile too.
  const child = spawn(path, ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0'], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    env: { ...process.env, HOME: profile, ...env },
  });
  const end = async () => {
    await stop(child);
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    const url = await listening(child);
    const BIDI = createRequire(import.meta.url)('selenium-webdriver/bidi') as new (url: string) => Bidi;
    const bidi = new BIDI(`${url}/session`);
    const send = async <T>(method: string, params: object): Promise<T> => {
      const reply = await bidi.send({ method, params });
      if (reply.type !== 'success') throw new Error(`${method}: ${reply.message}`);
      return reply.result as T;
    };
    const { capabilities } = await send<{ capabilities: { browserVersion: string } }>('session.new', {
      capabilities: {},
    });
    return {
      version: `Firefox ${capabilities.browserVersion}`,
      async open() {
        const { userContext } = await send<{ userContext: string }>('browser.createUserContext', {});
        const { context } = await send<{ context: string }>('browsingContext.create', { type: 'tab', userContext });
        return {
          goto: async (to) => {
            await send('browsingContext.navigate', { context, url: to, wait: 'complete' });
          },
          async evaluate(expression) {
            const answer = await send<{
              type: string;
              result: { value?: string };
              exceptionDetails?: { text: string };
            }>('script.evaluate', {
              expression: `Promise.resolve(${expression}).then((value) => JSON.stringify(value) ?? 'null')`,
              target: { context },
              awaitPromise: true,
            });
            if (answer.type !== 'success') throw new Error(answer.exceptionDetails?.text);
            return JSON.parse(answer.result.value!);
          },
          close: async () => {
            // Its context stays: Firefox deletes the data of a removed one a little later, and with it what the next tab has stored.
            await send('browsingContext.close', { context });
          },
        };
      },
      async close() {
        await bidi.close();
        await end();
      },
    };
  } catch (error) {
    await end();
    throw error;
  }
}
