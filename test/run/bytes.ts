/** Bytes in memory, read as those of a file. */
import { expect } from 'vitest';
import type { ByteSource } from '../../src/run/index.ts';

export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function sourceOf(bytes: Uint8Array<ArrayBuffer>): ByteSource {
  return {
    size: bytes.length,
    read: async (at, length) => {
      // What is asked for lies inside: otherwise a declared length would decide how much memory is taken.
      expect(at + length).toBeLessThanOrEqual(bytes.length);
      return bytes.slice(at, at + length);
    },
  };
}
