/** Under which address a client reached this server. */
import type { IncomingHttpHeaders } from 'node:http';
import type { AddressSet } from './address-range.ts';
import { clientPath } from './client-address.ts';

/** The server's address as the client wrote it. Nothing here is checked: a `Host` may be anything. */
export interface ReachedAt {
  /** Whether the client spoke TLS, as far as anyone whom we believe says so. */
  readonly secure: boolean;
  /** Host and perhaps port. */
  readonly host: string | undefined;
}

/**
 * By the request's own `Host` and without TLS, unless one of our proxies says otherwise in `X-Forwarded-Proto` and
 * `X-Forwarded-Host`. Where several proxies each added what they saw, the entry of the outermost of ours counts: what
 * stands left of it is the client's own invention, as in `X-Forwarded-For`.
 *
 * @param remoteAddress the socket's peer
 */
export function reachedAt(
  remoteAddress: string | undefined,
  headers: IncomingHttpHeaders,
  trusted: AddressSet,
): ReachedAt {
  const isForwarded = 'x-forwarded-proto' in headers || 'x-forwarded-host' in headers;
  if (!isForwarded) return { secure: false, host: headers.host };
  const { proxies } = clientPath(remoteAddress, headers['x-forwarded-for'], trusted);
  const said = (name: string): string | undefined =>
    proxies === 0 ? undefined : entry(headers[name], proxies);
  return {
    secure: said('x-forwarded-proto')?.toLowerCase() === 'https',
    host: said('x-forwarded-host') ?? headers.host,
  };
}

/** What the `nth` proxy from the right wrote; the first entry where they overwrite and don't add. */
function entry(header: string | readonly string[] | undefined, nth: number): string | undefined {
  const text = typeof header === 'string' ? header : (header ?? []).join(',');
  const entries = text.split(',').map((part) => part.trim());
  const found = entries[Math.max(0, entries.length - nth)];
  return found === '' ? undefined : found;
}
