/** The files of an experiment, loaded before anything is computed. */
import type { Opener } from '../data/load.ts';
import { type Experiment, ExperimentError } from '../problem/index.ts';
import type { Table } from '../problem/table.ts';

/** Where the runtime has files: by name, from where the process runs. */
function ownOpener(): Opener | null {
  const fs = globalThis.process?.getBuiltinModule?.('node:fs/promises');
  if (!fs) return null;
  return async (name) => {
    const file = await fs.open(name, 'r');
    const { size } = await file.stat();
    return {
      size,
      async read(at, length) {
        const bytes = new Uint8Array(length);
        for (let done = 0; done < length; ) {
          const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 2 ** 30), at + done);
          if (bytesRead === 0) throw new Error(`it ends after ${at + done} bytes`);
          done += bytesRead;
        }
        return bytes;
      },
      close: () => file.close(),
    };
  };
}

/** The samples of an experiment with data from files; undefined for others. Throws ExperimentError. */
export async function tableOf({ problem }: Experiment, files?: Opener): Promise<Table | undefined> {
  const { data, dimension } = problem;
  if (data?.kind !== 'files') return undefined;
  const open = files ?? ownOpener();
  if (open === null)
    throw new ExperimentError(
      'problem.data',
      'must be drawn in a page, which reads no files by name; run it with the command or in Node.js, or give the option `files`',
      '"files"',
    );
  // Only here: a page that trains on no files loads no readers of them.
  const { loadTable } = await import('../data/load.ts');
  return loadTable({ dimension, data }, open);
}
