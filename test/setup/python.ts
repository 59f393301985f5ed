/** The Python that the notebook of the examples needs. */
import { spawnSync } from 'node:child_process';
import { PYTHONS } from '../../bench/peers/python.ts';

const MODULES = ['numpy', 'pandas', 'matplotlib'];

/** Debian's packages of them. */
export const PYTHON_PACKAGES = MODULES.map((name) => `python3-${name}`);

/** The first Python that has all of them; null where there is none. */
export function pythonWith(): string | null {
  const script = `import ${MODULES.join(', ')}`;
  return PYTHONS.find((python) => spawnSync(python, ['-c', script], { stdio: 'ignore' }).status === 0) ?? null;
}
