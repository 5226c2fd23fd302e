/**
 * Which addresses a webhook may lead to. Whoever may make one could else reach what only this machine and its network can. It is
 * the address that is connected to that counts: a name may mean another one by then than it did when it was looked at.
 */
import { lookup as resolve } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

const PRIVATE = new BlockList();
const V4: readonly (readonly [string, number])[] = [
  ...([
    ['0.0.0.0', 8],
    ['10.0.0.0', 8],
    ['100.64.0.0', 10],
    ['127.0.0.0', 8],
  ] as const),
  ...([
    ['169.254.0.0', 16],
    ['172.16.0.0', 12],
    ['192.0.0.0', 24],
    ['192.0.2.0', 24],
  ] as const),
  ...([
    ['192.88.99.0', 24],
    ['192.168.0.0', 16],
    ['198.18.0.0', 15],
    ['198.51.100.0', 24],
  ] as const),
  ...([
    ['203.0.113.0', 24],
    ['224.0.0.0', 4],
    ['240.0.0.0', 4],
  ] as const),
];
/** Of version 6 only what is global unicast leads out, and of that nothing that stands for an address of version 4 or a tunnel. */
const V6: readonly (readonly [string, number])[] = [
  ...([
    ['2001::', 32],
    ['2001:db8::', 32],
    ['2002::', 16],
    ['3fff::', 20],
  ] as const),
];
const GLOBAL = new BlockList();
for (const [net, prefix] of V4) PRIVATE.addSubnet(net, prefix, 'ipv4');
for (const [net, prefix] of V6) PRIVATE.addSubnet(net, prefix, 'ipv6');
GLOBAL.addSubnet('2000::', 3, 'ipv6');

/** Whether `address` (an IP address) is one of this machine, its network, or of no use in the open. */
export function isPrivateAddress(address: string): boolean {
  switch (isIP(address)) {
    case 4:
      return PRIVATE.check(address, 'ipv4');
    case 6:
      return !GLOBAL.check(address, 'ipv6') || PRIVATE.check(address, 'ipv6');
    default:
      return true;
  }
}

/** Why nothing is sent to `url`, or null; names are looked at when they are resolved. */
export function urlProblem(url: string, allowsPrivate: boolean): string | null {
  const parsed = URL.parse(url);
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol))
    return 'an http or https address is needed';
  if (parsed.username !== '' || parsed.password !== '') return 'the address must not have a user name';
  const host = parsed.hostname.replace(/^\[|\]$/g, '');
  return isIP(host) > 0 && !allowsPrivate && isPrivateAddress(host) ? PRIVATE_PROBLEM : null;
}

/** Why a private address is refused. */
export const PRIVATE_PROBLEM = 'the address is private: WEBHOOK_PRIVATE_ADDRESSES=on would allow it';

/** For Node's `lookup` option: fails for a name that has any private address. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  resolve(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) {
      callback(error, '');
      return;
    }
    const [first] = addresses;
    if (first === undefined || addresses.some(({ address }) => isPrivateAddress(address))) {
      callback(new Error(PRIVATE_PROBLEM), '');
    } else if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};
