/** The programs that take part beside diagflow: started once a run, and named in the file whether they ran or not. */
import { readFileSync } from 'node:fs';
import { type PythonPeer, startPython } from './python.ts';

const SCRIPTS = {
  NumPy: 'numpy_cpu.py',
  'NumPy SGD': 'numpy_sgd.py',
  PyTorch: 'torch_peer.py',
  JAX: 'jax_peer.py',
  CuPy: 'cupy_peer.py',
  SciPy: 'scipy_pde.py',
} as const;

export type PythonName = keyof typeof SCRIPTS;

/** The line of a peer's script that says how to install what it needs. */
export function installLine(script: string): string {
  const [, line] = readFileSync(new URL(script, import.meta.url), 'utf8').match(/Install: (.*)/) ?? [];
  if (line === undefined) throw new Error(`bench/peers/${script} does not say how to install what it needs`);
  return line;
}

/** A program as the bench file names it. */
interface PeerState {
  readonly name: string;
  readonly state: 'ran' | 'skipped';
  readonly detail: string;
}

export class Peers {
  readonly #pythons = new Map<PythonName, Promise<PythonPeer | null>>();
  readonly #states = new Map<string, PeerState>();
  readonly #log: (line: string) => void;

  constructor(log: (line: string) => void = () => {}) {
    this.#log = log;
  }

  /** All that were asked for, in that order. */
  get states(): PeerState[] {
    return [...this.#states.values()];
  }

  ran(name: string, detail: string): void {
    this.#states.set(name, { name, state: 'ran', detail });
  }

  /** Says so at once, and in the file; `script` knows how to install it. */
  skip(name: string, script: string, why: string): void {
    const detail = `${why}; install: ${installLine(script)}`;
    if (!this.#states.has(name)) this.#log(`${name} SKIPPED: ${detail}`);
    this.#states.set(name, { name, state: 'skipped', detail });
  }

  /** It is here, and does not take part: what is wrong with it. */
  failed(name: string, why: string): void {
    this.#log(`${name} FAILED: ${why}`);
    this.#states.set(name, { name, state: 'skipped', detail: why });
  }

  /** The process of a Python peer, null if it is skipped. */
  python(name: PythonName): Promise<PythonPeer | null> {
    const known = this.#pythons.get(name);
    if (known) return known;
    const script = SCRIPTS[name];
    const started = startPython(script).then((peer) => {
      if (peer === null) this.skip(name, script, 'no Python here has what it imports');
      else {
        const versions = Object.entries(peer.hello).filter(([, text]) => text !== '');
        this.ran(name, versions.map((entry) => entry.join(' ')).join(', '));
      }
      return peer;
    });
    this.#pythons.set(name, started);
    return started;
  }

  async stop(): Promise<void> {
    for (const started of this.#pythons.values()) (await started.catch(() => null))?.stop();
  }
}
