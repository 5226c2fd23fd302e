/** What every limiter of sockets by address has to do. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AddressLimits } from '../../src/cache/ports.ts';

/** A limiter that tells how many networks it remembers. */
export interface TestedAddressLimits extends AddressLimits {
  readonly size: number;
}

/** `create` makes one that lets every address have `most` sockets. */
export function addressLimitsContract(name: string, create: (most: number) => TestedAddressLimits): void {
  describe(`sockets of one address, counted ${name}`, () => {
    it('[LIMIT-6] lets the limit in, and another one when one is gone', () => {
      const limits = create(2);
      expect([1, 2, 3].map(() => limits.open('192.0.2.1'))).toEqual([true, true, false]);
      expect(limits.open('192.0.2.2')).toBe(true);
      limits.close('192.0.2.1');
      expect(limits.open('192.0.2.1')).toBe(true);
      expect(limits.open('192.0.2.1')).toBe(false);
    });

    it('[LIMIT-6] counts the addresses of an IPv6 /64 as one', () => {
      const same = [
        ['2001:db8::1', '2001:db8::ffff:1'],
        ['2001:db8:0:1::1', '2001:db8:0:1:aaaa:bbbb:cccc:dddd'],
        ['::1', '::2'],
        ['1::', '1:0:0:0:5::'],
        ['ffff:ffff:ffff:ffff::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
      ];
      for (const [one, other] of same) {
        const limits = create(1);
        expect(limits.open(one!)).toBe(true);
        expect(limits.open(other!), `${one} and ${other}`).toBe(false);
      }
      const limits = create(1);
      for (const apart of ['2001:db8::1', '2001:db8:0:1::1', '2001:db8:1::1', '::1', '1::', '0:0:0:1::']) {
        expect(limits.open(apart), apart).toBe(true);
      }
    });

    it('[LIMIT-6] tells every IPv4 address from every other, and from IPv6', () => {
      const limits = create(1);
      const addresses = [
        '0.0.0.0',
        '0.0.0.1',
        '1.0.0.0',
        '255.255.255.255',
        '127.0.0.1',
        '::',
        '0:0:7f00:1::',
      ];
      for (const address of [...addresses, 'unknown']) expect(limits.open(address), address).toBe(true);
      for (const address of [...addresses, 'unknown']) expect(limits.open(address), address).toBe(false);
      expect(limits.size).toBe(8);
    });

    it('[LIMIT-6] remembers only addresses with an open socket', () => {
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 100 }), (hosts) => {
          const limits = create(3);
          const open = hosts.map((host) => `2001:db8::${host}:1`).filter((address) => limits.open(address));
          expect(limits.size).toBe(hosts.length === 0 ? 0 : 1);
          for (const address of open) limits.close(address);
          expect(limits.size).toBe(0);
        }),
        { numRuns: 20 },
      );
    });

    it('[LIMIT-6] gives and takes many addresses back in any order', () => {
      const limits = create(2);
      const addresses = Array.from({ length: 30_000 }, (_, n) => `10.${n % 7}.${(n >> 8) & 255}.${n & 255}`);
      const letIn = (some: readonly string[]): number =>
        some.filter((address) => limits.open(address)).length;
      const counts = [letIn(addresses), letIn(addresses.slice().reverse()), letIn(addresses)];
      expect(counts).toEqual([30_000, 30_000, 0]);
      expect(limits.size).toBe(30_000);
      for (const address of addresses.filter((_, n) => n % 2 === 0)) {
        limits.close(address);
        limits.close(address);
      }
      expect(limits.size).toBe(15_000);
      // What was never let in has no place to give back.
      limits.close('192.0.2.1');
      expect(limits.size).toBe(15_000);
      expect(letIn(addresses.filter((_, n) => n % 2 === 1))).toBe(0);
    });
  });
}
