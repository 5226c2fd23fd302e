/** Who is at the other end, behind proxies of ours. */
import { canonicalAddress } from './address-range.ts';
import type { AddressSet } from './address-range.ts';

/** Stands for an address that can't be known: the peer was gone before anyone asked. */
export const UNKNOWN_ADDRESS = 'unknown';

/** How a request came here. */
export interface ClientPath {
  /** The client's address, canonical, or {@link UNKNOWN_ADDRESS}. */
  readonly address: string;
  /** How many of our proxies it came through. */
  readonly proxies: number;
}

/**
 * `X-Forwarded-For` is believed from right to left, as far as each hop is one of `trusted`: what stands left of the
 * first untrusted address is the client's own invention. An entry that is no address ends the walk at the proxy that
 * wrote it.
 *
 * @param remoteAddress the socket's peer
 * @param forwardedFor the header; several of them in their order
 */
export function clientPath(
  remoteAddress: string | undefined,
  forwardedFor: string | readonly string[] | undefined,
  trusted: AddressSet,
): ClientPath {
  let hop = canonicalAddress(remoteAddress ?? '');
  if (hop === null) return { address: UNKNOWN_ADDRESS, proxies: 0 };
  const header = typeof forwardedFor === 'string' ? forwardedFor : (forwardedFor ?? []).join(',');
  const entries = header === '' ? [] : header.split(',');
  let proxies = 0;
  while (trusted.has(hop)) {
    proxies += 1;
    const previous = forwardedAddress(entries.pop() ?? '');
    if (previous === null) break;
    hop = previous;
  }
  return { address: hop, proxies };
}

/** The address alone, see {@link clientPath}. */
export function clientAddress(...path: Parameters<typeof clientPath>): string {
  return clientPath(...path).address;
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function forwardedAddress(entry: string): string | null {
  const text = entry.trim();
  const bracketed = /^\[([^\]]*)\](?::\d+)?$/.exec(text);
  if (bracketed !== null) return canonicalAddress(bracketed[1] ?? '');
  return canonicalAddress(text.replace(/^([^:]*):\d+$/, '$1'));
}
