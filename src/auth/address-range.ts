/** IP addresses and blocks of them, as settings and headers write them. */
import { BlockList, SocketAddress, isIP, isIPv4, isIPv6 } from 'node:net';

/** A block of addresses (RFC 4632, RFC 4291); a single address has the full prefix. Plain data. */
export interface AddressRange {
  /** In canonical form. */
  readonly address: string;
  /** Bits: 0 to 32 for IPv4, to 128 for IPv6. */
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** Addresses to ask for. */
export interface AddressSet {
  /** Whether `address` (canonical, see {@link canonicalAddress}) lies in it. */
  has(address: string): boolean;
}

const MAPPED_PREFIX = '::ffff:';

/**
 * The one way to write an address: IPv4 dotted, IPv6 compressed in lower case without its zone, an IPv4 address mapped
 * into IPv6 as IPv4. Null when `text` is no address.
 */
export function canonicalAddress(text: string): string | null {
  const address = text.split('%', 1)[0] ?? text;
  if (isIPv4(address)) return address;
  if (!isIPv6(address)) return null;
  const canonical = new SocketAddress({ address, family: 'ipv6' }).address;
  const mapped = canonical.startsWith(MAPPED_PREFIX) ? canonical.slice(MAPPED_PREFIX.length) : '';
  return isIPv4(mapped) ? mapped : canonical;
}

/** Reads `192.0.2.1`, `192.0.2.0/24`, `2001:db8::/32`; null when `text` is neither an address nor a block. */
export function parseAddressRange(text: string): AddressRange | null {
  const [written = '', bits, ...rest] = text.split('/');
  const address = isIP(written) === 0 ? null : canonicalAddress(written);
  if (address === null || rest.length > 0) return null;
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  const most = family === 'ipv4' ? 32 : 128;
  if (bits === undefined) return { address, prefix: most, family };
  // A block of mapped addresses counts its bits from the IPv6 beginning.
  const mappedBits = family === 'ipv4' && isIPv6(written) ? 96 : 0;
  const prefix = /^\d{1,3}$/.test(bits) ? Number(bits) - mappedBits : -1;
  return prefix >= 0 && prefix <= most ? { address, prefix, family } : null;
}

/** The union of `ranges`. */
export function addressSet(ranges: readonly AddressRange[]): AddressSet {
  const list = new BlockList();
  for (const { address, prefix, family } of ranges) list.addSubnet(address, prefix, family);
  return { has: (address) => list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6') };
}
