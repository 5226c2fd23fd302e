/** Which web pages may talk to this server. */

/** Origins besides the server's own, in canonical form (see {@link canonicalOrigin}), or every one. */
export type AllowedOrigins = '*' | readonly string[];

/**
 * `scheme://host[:port]` without a default port and in lower case, or null when `text` isn't an origin (RFC 6454):
 * `null`, a path, a query or user names are not.
 */
export function canonicalOrigin(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.host === '' || url.username !== '' || url.password !== '') return null;
  const origin = `${url.protocol}//${url.host}`.toLowerCase();
  return url.href.toLowerCase().replace(/\/$/, '') === origin ? origin : null;
}

/**
 * Whether a request with these `Origin` and `Host` headers is let in: from the server's own origin (the scheme isn't
 * compared, TLS may end at a proxy), from one of `allowed`, or without an `Origin`, which no browser leaves out.
 */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  allowed: AllowedOrigins,
): boolean {
  if (origin === undefined || allowed === '*') return true;
  const from = canonicalOrigin(origin);
  if (from === null) return false;
  if (allowed.includes(from)) return true;
  const scheme = from.slice(0, from.indexOf(':'));
  if (host === undefined || (scheme !== 'http' && scheme !== 'https')) return false;
  // With the origin's scheme in front, a default port disappears from both.
  return canonicalOrigin(`${scheme}://${host}`) === from;
}
