/** A file read piece by piece, wherever in it. */
import { open } from 'node:fs/promises';
import type { ByteSource } from '../run/index.ts';
import { ExitStatus, Failure, systemReason } from './failure.ts';

/** What `read` makes of a file. Throws a Failure, which names the file, where it cannot be read. */
export async function withBytes<T>(path: string, read: (source: ByteSource) => Promise<T>): Promise<T> {
  const refuse = (reason: string) => new Failure(ExitStatus.input, `${path}: ${reason}`);
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      return await read({
        size,
        read: async (at, length) => {
          const bytes = allocated(length);
          if (bytes === null) throw refuse(`${length} bytes of it do not fit in memory`);
          for (let done = 0; done < length; ) {
            const { bytesRead } = await file.read(bytes, done, Math.min(length - done, 2 ** 30), at + done);
            if (bytesRead === 0) throw refuse(`is torn: it ends after ${at + done} bytes`);
            done += bytesRead;
          }
          return bytes;
        },
      });
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code) throw refuse(`cannot be read: ${systemReason(error)}`);
    throw error;
  }
}

function allocated(length: number): Uint8Array<ArrayBuffer> | null {
  try {
    return new Uint8Array(length);
  } catch {
    return null;
  }
}
