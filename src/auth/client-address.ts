/** Who is at the other end, behind proxies of ours. */
import { canonicalAddress } from './address-range.ts';
import type { AddressSet } from './address-range.ts';

/** Stands for an address that can't be known: the peer was gone before anyone asked. */
export const UNKNOWN_ADDRESS = 'unknown';

/**
 * The client's address, canonical. `X-Forwarded-For` is believed from right to left, as far as each hop is one of
 * `trusted`: what stands left of the first untrusted address is the client's own invention. An entry that is no
 * address ends the walk at the proxy that wrote it.
 *
 * @param remoteAddress the socket's peer
 * @param forwardedFor the header; several of them in their order
 */
export function clientAddress(
  remoteAddress: string | undefined,
  forwardedFor: string | readonly string[] | undefined,
  trusted: AddressSet,
): string {
  let hop = canonicalAddress(remoteAddress ?? '');
  if (hop === null) return UNKNOWN_ADDRESS;
  const header = typeof forwardedFor === 'string' ? forwardedFor : (forwardedFor ?? []).join(',');
  const entries = header === '' ? [] : header.split(',');
  while (trusted.has(hop)) {
    const previous = forwardedAddress(entries.pop() ?? '');
    if (previous === null) break;
    hop = previous;
  }
  return hop;
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function forwardedAddress(entry: string): string | null {
  const text = entry.trim();
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text);
  if (bracketed !== null) return canonicalAddress(bracketed[1] ?? '');
  return canonicalAddress(text.replace(/^([^:]*):\d+$/, '$1'));
}
