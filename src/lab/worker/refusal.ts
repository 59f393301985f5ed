/** Why a browser keeps nothing, in words: engines give names, "(null)" or nothing at all. */
const REASONS: Readonly<Record<string, string>> = {
  QuotaExceededError: 'its storage for this site is full',
  InvalidStateError: 'it allows no storage here, as in some private windows',
  SecurityError: 'it allows no storage here: cookies and site data are blocked',
  NotAllowedError: 'it allows no storage here: cookies and site data are blocked',
  UnknownError: 'its storage does not work, perhaps because the disk is full',
};

export const nameOf = (error: unknown) => (error as DOMException | null)?.name;

export function refusal(error: unknown): string {
  if (globalThis.indexedDB === undefined) return 'it has no IndexedDB';
  const said = (error as Error | null)?.message;
  return REASONS[nameOf(error) ?? ''] ?? (said || 'its storage refused and gave no reason');
}
