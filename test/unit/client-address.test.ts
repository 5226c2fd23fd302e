import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressSet, canonicalAddress, parseAddressRange } from '../../src/auth/address-range.ts';
import { UNKNOWN_ADDRESS, clientAddress } from '../../src/auth/client-address.ts';
import { anyText } from '../support/any-text.ts';

const setOf = (...ranges: string[]) => addressSet(ranges.map((range) => parseAddressRange(range)!));
const nobody = setOf();
const proxies = setOf('10.0.0.0/8', 'fc00::/7');

describe('the client’s address', () => {
  it.each([
    ['nobody is trusted', '198.51.100.1', '192.0.2.1', nobody, '198.51.100.1'],
    ['the peer is no proxy of ours', '198.51.100.1', '192.0.2.1', proxies, '198.51.100.1'],
    ['one proxy', '10.0.0.1', '192.0.2.1', proxies, '192.0.2.1'],
    ['two proxies', '10.0.0.1', '192.0.2.1, 10.9.9.9', proxies, '192.0.2.1'],
    ['an invented beginning', '10.0.0.1', '203.0.113.7, 192.0.2.1', proxies, '192.0.2.1'],
    ['an invented proxy', '10.0.0.1', '203.0.113.7, 10.1.1.1, 192.0.2.1', proxies, '192.0.2.1'],
    ['only proxies', '10.0.0.1', '10.0.0.3, 10.0.0.2', proxies, '10.0.0.3'],
    ['no header', '10.0.0.1', undefined, proxies, '10.0.0.1'],
    ['an empty header', '10.0.0.1', '', proxies, '10.0.0.1'],
    ['no address in the header', '10.0.0.1', '192.0.2.1, unknown', proxies, '10.0.0.1'],
    ['several headers', '10.0.0.1', ['203.0.113.7', '192.0.2.1, 10.0.0.2'], proxies, '192.0.2.1'],
    ['a port', '10.0.0.1', '192.0.2.1:4711', proxies, '192.0.2.1'],
    ['IPv6 with a port', '10.0.0.1', '[2001:db8::1]:4711', proxies, '2001:db8::1'],
    ['IPv6 in another spelling', 'FC00:0::1', '2001:0DB8:0:0::0001', proxies, '2001:db8::1'],
    ['IPv4 in IPv6', '::ffff:10.0.0.1', '::ffff:192.0.2.1', proxies, '192.0.2.1'],
    ['a peer that is gone', undefined, '192.0.2.1', proxies, UNKNOWN_ADDRESS],
  ])('[OPS-31] %s', (_name, remote, forwarded, trusted, expected) => {
    expect(clientAddress(remote, forwarded, trusted)).toBe(expected);
  });

  it('[OPS-31] whatever a client writes into the header, a trusted proxy’s own entry decides', () => {
    fc.assert(
      fc.property(anyText, fc.ipV4(), (invented, client) => {
        fc.pre(!client.startsWith('10.'));
        expect(clientAddress('10.0.0.1', `${invented}, ${client}`, proxies)).toBe(client);
        expect(clientAddress(client, invented, proxies)).toBe(client);
      }),
    );
  });
});

describe('addresses and blocks', () => {
  it('[OPS-31] an address has one canonical form', () => {
    fc.assert(
      fc.property(fc.ipV6(), (written) => {
        const once = canonicalAddress(written);
        expect(once).not.toBeNull();
        expect(canonicalAddress(once!)).toBe(once);
      }),
    );
    expect(canonicalAddress('fe80::1%eth0')).toBe('fe80::1');
    expect(canonicalAddress('::ffff:c000:201')).toBe('192.0.2.1');
    expect(canonicalAddress('192.0.2.1')).toBe('192.0.2.1');
    for (const no of ['', 'localhost', '1.2.3', '1.2.3.4.5', '01.2.3.4', '::1::', '[::1]']) {
      expect(canonicalAddress(no), no).toBeNull();
    }
  });

  it.each([
    '192.0.2.1/33',
    '2001:db8::/129',
    '192.0.2.0/',
    '192.0.2.0/x',
    '192.0.2.0/8/8',
    'example.org',
    '/8',
  ])('[OPS-31] %s is neither', (text) => {
    expect(parseAddressRange(text)).toBeNull();
  });

  it('[OPS-31] a block holds what lies in it', () => {
    const block = setOf('192.0.2.128/25', '2001:db8::/33', '::ffff:198.51.100.0/120');
    for (const inside of ['192.0.2.128', '192.0.2.255', '2001:db8:7fff::1', '198.51.100.9']) {
      expect(block.has(inside), inside).toBe(true);
    }
    for (const outside of ['192.0.2.127', '2001:db8:8000::1', '198.51.101.0', '::1']) {
      expect(block.has(outside), outside).toBe(false);
    }
  });
});
