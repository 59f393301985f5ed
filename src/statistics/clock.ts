/** Milliseconds that this program has computed, where that is known, else that have passed: other programs do not count. */
export function computed(): number {
  const { user, system } = globalThis.process?.cpuUsage?.() ?? {};
  return user === undefined || system === undefined ? performance.now() : (user + system) / 1000;
}
