/** Exit statuses of the command, and the one kind of error that carries one. */

export const ExitStatus = {
  ok: 0,
  /** The machine could not do it: disk full, a file that vanished. */
  system: 1,
  /** Bad input or bad usage; nothing was written. */
  input: 2,
  /** A method failed; the results of the others were written. */
  method: 3,
  /** 128 + the signal: stopped on request, after writing what was finished. */
  interrupted: 130,
  terminated: 143,
  hungUp: 129,
  broken: 149,
} as const;

export type ExitStatus = (typeof ExitStatus)[keyof typeof ExitStatus];

/** Ends the command with one line on stderr and the given status. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly status: ExitStatus;
  constructor(status: ExitStatus, message: string) {
    super(message);
    this.status = status;
  }
}

/** The reason behind a failed system call, in words. */
export function systemReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const words: Record<string, string> = {
    EACCES: 'permission denied',
    EPERM: 'permission denied',
    EROFS: 'the file system is read-only',
    ENOSPC: 'no space left on the device',
    EDQUOT: 'the disk quota is used up',
    EFBIG: 'the file would be larger than is allowed here',
    ENOENT: 'no such file or directory',
    EISDIR: 'it is a directory',
    ENOTDIR: 'part of the path is not a directory',
    EEXIST: 'a file of that name is in the way',
    ENAMETOOLONG: 'the name is too long',
    EMFILE: 'too many open files',
  };
  return (code !== undefined && words[code]) || message || String(error);
}
