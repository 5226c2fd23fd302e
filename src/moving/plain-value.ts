/** Values of JSON exports as text: plain ones, and MongoDB's Extended JSON (v2, canonical and relaxed). */

/** Null where there is nothing. */
export function plainValue(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object') return null;
  const [entry, ...others] = Object.entries(value);
  if (entry === undefined || others.length > 0) return JSON.stringify(value);
  const [key, inner] = entry as [string, unknown];
  switch (key) {
    case '$oid':
    case '$numberLong':
    case '$numberInt':
    case '$numberDouble':
    case '$uuid':
    case '$date':
      return plainValue(inner);
    default:
      return JSON.stringify(value);
  }
}
