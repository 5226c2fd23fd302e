/** What every {@link SigningKeyStore} keeps to when keys rotate. Run by memory-accounts and postgres-accounts. */
import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SecurityStore, SigningKey, SigningKeyStore } from '../../src/auth/ports.ts';
import { valueOf } from './stores.ts';

/** The stores of one server; all of them empty. */
export interface SigningKeysFixture {
  readonly keys: SigningKeyStore;
  readonly security: SecurityStore;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;

/** Runs the suite over what `open` gives. */
export function signingKeysContract(name: string, open: () => Promise<SigningKeysFixture>): void {
  describe(name, () => {
    let stores: SigningKeysFixture;
    beforeEach(async () => {
      stores = await open();
    });
    afterEach(() => stores.close());

    const newKey = (): SigningKey => ({ kid: randomUUID(), alg: 'ES256', privateJwk: { d: randomUUID() } });
    const first = newKey();
    const kids = async (replacedBefore = 0) =>
      valueOf(await stores.keys.loadOrCreate(async () => first, replacedBefore, NOW)).map(({ kid }) => kid);
    const keysChange = async () => valueOf(await stores.security.changesAfter(-1, 0))?.keysChange ?? 0;

    it('[AUTH-60] a rotation makes the newest key, whatever the clocks say, and is a change that servers see', async () => {
      expect(await kids()).toEqual([first.kid]);
      const [second, third] = [newKey(), newKey()];
      const before = await keysChange();
      valueOf(await stores.keys.rotate(second, NOW + 10));
      const between = await keysChange();
      expect(between).toBeGreaterThan(before);
      valueOf(await stores.keys.rotate(third, NOW - 60_000));
      expect(await keysChange()).toBeGreaterThan(between);
      expect(await kids()).toEqual([third.kid, second.kid, first.kid]);
      const [newest] = valueOf(await stores.keys.loadOrCreate(async () => first, 0, NOW));
      expect(newest).toEqual(third);
      await stores.security.revokeToken(randomUUID(), NOW, NOW);
      expect(await keysChange()).toBeLessThan(valueOf(await stores.security.changesAfter(-1, 0))!.change);
    });

    it('[AUTH-60] keys that rotate at once all stay, in one order', async () => {
      await kids();
      const keys = Array.from({ length: 5 }, newKey);
      (await Promise.all(keys.map((key) => stores.keys.rotate(key, NOW + 10)))).map(valueOf);
      const order = await kids();
      expect(new Set(order)).toEqual(new Set([first, ...keys].map(({ kid }) => kid)));
      expect(order.at(-1)).toBe(first.kid);
      expect(await kids()).toEqual(order);
    });

    it('[AUTH-60] a key is deleted so long after the next one was made, and the newest never', async () => {
      await kids();
      const [second, third] = [newKey(), newKey()];
      valueOf(await stores.keys.rotate(second, NOW + 10));
      valueOf(await stores.keys.rotate(third, NOW + 20));
      expect(await kids(NOW + 10)).toEqual([third.kid, second.kid, first.kid]);
      expect(await kids(NOW + 11)).toEqual([third.kid, second.kid]);
      expect(await kids(NOW + 1_000)).toEqual([third.kid]);
      expect(await kids(0)).toEqual([third.kid]);
    });
  });
}
