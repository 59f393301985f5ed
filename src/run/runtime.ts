/** Which program, system and processor this runs on, asked of Node.js, Deno, Bun or a page and its workers. */
import type { Runtime } from '../results/index.ts';

/** Chromium's own account of itself; the old user-agent string is frozen there. */
interface BrandedNavigator {
  readonly userAgentData?: {
    getHighEntropyValues(hints: readonly string[]): Promise<{
      readonly platform?: string;
      readonly platformVersion?: string;
      readonly architecture?: string;
      readonly bitness?: string;
      readonly fullVersionList?: readonly { readonly brand: string; readonly version: string }[];
    }>;
  };
}

interface Programs {
  readonly Deno?: { readonly version: { readonly deno: string; readonly v8: string } };
  readonly Bun?: { readonly version: string };
}

/** The runtime this is called in, as results name it. What it does not let be known is `unknown`; never throws. */
export async function describeRuntime(): Promise<Runtime> {
  const { hardwareThreads } = await import('../cpu/workers/thread.ts');
  const os = globalThis.process?.getBuiltinModule?.('node:os');
  return os ? ofServer(os, hardwareThreads()) : ofBrowser(globalThis.navigator, hardwareThreads());
}

/** What the runtime lets be known. */
function allowed<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

function ofServer(os: typeof import('node:os'), threads: number): Runtime {
  const { Deno, Bun } = globalThis as Programs;
  const { versions, arch } = process;
  const [name, version, engine] = Deno
    ? ['Deno', Deno.version.deno, `V8 ${Deno.version.v8}`]
    : Bun
      ? ['Bun', Bun.version, `JavaScriptCore ${(versions as Record<string, string | undefined>).webkit ?? ''}`.trim()]
      : ['Node.js', versions.node, `V8 ${versions.v8}`];
  // Some ARM kernels name no model; Deno asks for a permission.
  const model = allowed(() => os.cpus()[0]?.model.trim()) || 'unknown';
  return {
    name,
    version,
    engine,
    system: [allowed(() => os.type()), allowed(() => os.release())].filter(Boolean).join(' ') || 'unknown',
    processor: `${threads} × ${model} (${arch})`,
  };
}

async function ofBrowser(navigator: Navigator | undefined, threads: number): Promise<Runtime> {
  const agent = navigator?.userAgent ?? '';
  // A page that may not ask, or a browser that does not answer, leaves the string.
  const told = await (navigator as BrandedNavigator | undefined)?.userAgentData
    ?.getHighEntropyValues(['platformVersion', 'architecture', 'bitness', 'fullVersionList'])
    .catch(() => undefined);
  const program = brandOf(told?.fullVersionList ?? []) ?? programOf(agent);
  const kind = [told?.architecture, told?.architecture && told.bitness && `${told.bitness} bit`]
    .filter(Boolean)
    .join(' ');
  return {
    ...program,
    system: [told?.platform, told?.platformVersion].filter(Boolean).join(' ') || systemOf(agent),
    processor: `${threads} × ${kind || 'unknown'}`,
  };
}

type Program = Pick<Runtime, 'name' | 'version' | 'engine'>;

/** Among the brands, which hold a made-up one, the browser's own name before that of the engine it is built from. */
function brandOf(brands: readonly { readonly brand: string; readonly version: string }[]): Program | null {
  const known = brands.filter(({ brand }) => !/not.*brand/i.test(brand));
  const chromium = known.find(({ brand }) => brand === 'Chromium');
  const own = known.find(({ brand }) => brand !== 'Chromium') ?? chromium;
  return own ? { name: own.brand, version: own.version, engine: v8Of(chromium?.version ?? own.version) } : null;
}

const v8Of = (chromium: string) => `V8 of Chromium ${chromium}`;

/** From the user-agent string: Chromium's holds Safari's words, and some of the others'. */
export function programOf(agent: string): Program {
  const at = (pattern: RegExp) => pattern.exec(agent)?.[1];
  const firefox = at(/\bFirefox\/([\d.]+)/);
  if (firefox) return { name: 'Firefox', version: firefox, engine: 'SpiderMonkey' };
  const chrome = at(/\b(?:Headless)?Chrom(?:e|ium)\/([\d.]+)/);
  if (chrome) {
    const edge = at(/\bEdg\/([\d.]+)/);
    return { name: edge ? 'Microsoft Edge' : 'Chromium', version: edge ?? chrome, engine: v8Of(chrome) };
  }
  const webkit = at(/\bAppleWebKit\/([\d.]+)/);
  if (webkit) {
    const version = at(/\bVersion\/([\d.]+)/) ?? webkit;
    const name = /Macintosh|iPhone|iPad/.test(agent) ? 'Safari' : 'WebKit';
    return { name, version, engine: `JavaScriptCore of WebKit ${webkit}` };
  }
  return { name: agent.slice(0, 200) || 'unknown', version: 'unknown', engine: 'unknown' };
}

/** What stands in the string's first parentheses but what is no system. */
export function systemOf(agent: string): string {
  const [, inside = ''] = /\(([^)]*)\)/.exec(agent) ?? [];
  const parts = inside
    .split(/;\s*/)
    .filter((part) => part && !/^(?:rv:.*|U|X11|compatible|Macintosh|iPhone|iPad)$/.test(part));
  return parts.join('; ') || 'unknown';
}
