/** What the tests ask of any browser: the same few calls. */

export interface Tab {
  /** Until the page has loaded. */
  goto(url: string): Promise<void>;
  /** Value of an expression or promise in the page, as JSON carries it. */
  evaluate<T>(expression: string): Promise<T>;
  close(): Promise<void>;
}

export interface Browser {
  /** As it calls itself. */
  readonly version: string;
  /** A tab that shares nothing with earlier ones. */
  open(): Promise<Tab>;
  close(): Promise<void>;
}

export interface LaunchOptions {
  /** Firefox's own settings (about:config) by name. */
  readonly preferences?: Readonly<Record<string, boolean | number | string>>;
  /** A name that stands for this machine, and that no browser takes for localhost: not in WebKitGTK. */
  readonly host?: string;
  /** Of the browser's process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Until the expression, or what it promises, is true in the page; fails with what `otherwise` gives there. */
export async function until(tab: Tab, condition: string, otherwise: string, milliseconds = 45_000): Promise<void> {
  const end = performance.now() + milliseconds;
  // A page that is just being left answers nothing.
  while (!(await tab.evaluate<boolean>(`Promise.resolve(${condition}).then(Boolean)`).catch(() => false))) {
    if (performance.now() > end) {
      throw new Error(`${condition} did not come true; ${otherwise} is ${await tab.evaluate(`String(${otherwise})`)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
