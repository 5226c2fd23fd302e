/** What every {@link SecurityStore} keeps to. Run by memory-security and postgres-security. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  AccountStore,
  RefreshTokenHash,
  RefreshTokenStore,
  SecurityChanges,
  SecurityStore,
} from '../../src/auth/ports.ts';
import { accountOf, valueOf } from './stores.ts';

/** The stores of one server; all of them empty. */
export interface SecurityFixture {
  readonly security: SecurityStore;
  readonly accounts: AccountStore;
  readonly refreshTokens: RefreshTokenStore;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;
const LATER = NOW + 1_000_000;
const NEVER = 8_640_000_000_000_000;

/** Runs the suite over what `open` gives. */
export function securityContract(name: string, open: () => Promise<SecurityFixture>): void {
  describe(name, () => {
    let stores: SecurityFixture;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores.close());

    const all = async (now = NOW): Promise<SecurityChanges> => {
      const changes = valueOf(await stores.security.changesAfter(-1, now));
      if (changes === null) throw new Error('a first look gives everything');
      return changes;
    };
    const head = async (): Promise<number> => (await all()).change;
    const after = async (change: number, now = NOW) =>
      valueOf(await stores.security.changesAfter(change, now));

    it('[LIVE-2] a first look gives everything, a later one nothing until something changes', async () => {
      const first = await all();
      expect(first).toMatchObject({ tokens: [], standings: [], sanctions: [] });
      expect(await after(first.change)).toBeNull();
    });

    it('[LIVE-2] revoked tokens are told once, for as long as they matter, and longer when revoked again', async () => {
      const before = await head();
      const tokenId = randomUUID();
      valueOf(await stores.security.revokeToken(tokenId, LATER, NOW));
      const told = await after(before);
      expect(told).toMatchObject({ tokens: [{ tokenId, until: LATER }], standings: [] });
      expect(await after(told!.change)).toBeNull();
      valueOf(await stores.security.revokeToken(tokenId, NOW + 5, NOW));
      expect((await after(told!.change))?.tokens).toEqual([{ tokenId, until: LATER }]);
      expect((await all(LATER - 1)).tokens).toContainEqual({ tokenId, until: LATER });
      expect((await all(LATER)).tokens).not.toContainEqual({ tokenId, until: LATER });
    });

    it("[LIVE-2] revoking a user's tokens never shrinks, and keeps what else is known of the user", async () => {
      const userId = randomUUID();
      const before = await head();
      valueOf(await stores.security.grantRoles(userId, ['moderator'], NOW));
      valueOf(await stores.security.revokeUser(userId, NOW, LATER, NOW));
      valueOf(await stores.security.revokeUser(userId, NOW - 50, LATER + 5, NOW));
      expect((await after(before))?.standings).toEqual([
        { userId, revokedBefore: NOW, profile: null, roles: ['moderator'], until: NEVER },
      ]);
    });

    it('[LIVE-3] roles that were given hold until they are taken back, which is told too', async () => {
      const userId = randomUUID();
      valueOf(await stores.security.grantRoles(userId, ['moderator', 'admin'], NOW));
      expect((await all(NEVER - 1)).standings).toContainEqual({
        ...{ userId, revokedBefore: 0, profile: null },
        ...{ roles: ['moderator', 'admin'], until: NEVER },
      });
      const before = await head();
      valueOf(await stores.security.grantRoles(userId, [], NOW));
      expect((await after(before))?.standings).toMatchObject([{ userId, roles: null }]);
    });

    it('[LIVE-1] revoking a user ends the logins of the account, and no other account’s', async () => {
      const { accounts, refreshTokens, security } = stores;
      const families = [];
      for (const account of [accountOf(), accountOf()]) {
        valueOf(await accounts.create(account, NOW));
        const token = { family: randomUUID(), secret: randomUUID() };
        const family = { accountId: account.id, token, expiresAt: LATER };
        valueOf(await refreshTokens.begin(family, account.passwordHash, 100, NOW));
        families.push({ account, token });
      }
      const [gone, other] = families;
      valueOf(await security.revokeUser(gone!.account.id, NOW, LATER, NOW));
      const use = (token: RefreshTokenHash) => {
        const session = { tokenId: randomUUID(), longestTokenMs: 1_000 };
        return refreshTokens.rotate({ token, nextSecret: 'next', expiresAt: LATER, session }, NOW);
      };
      expect(valueOf(await use(gone!.token))).toBeNull();
      expect(valueOf(await use(other!.token))?.account).toMatchObject({
        id: other!.account.id,
      });
    });

    it('[LIVE-1] revoking all tokens reaches those of a server whose clock is ahead too', async () => {
      const { accounts, refreshTokens, security } = stores;
      const account = accountOf();
      valueOf(await accounts.create(account, NOW));
      const token = { family: randomUUID(), secret: randomUUID() };
      const family = { accountId: account.id, token, expiresAt: LATER };
      valueOf(await refreshTokens.begin(family, account.passwordHash, 100, NOW + 700));
      const before = await head();
      valueOf(await security.revokeUser(account.id, null, LATER, NOW));
      valueOf(await security.revokeUser('nobody', null, LATER, NOW));
      expect((await after(before))?.standings).toMatchObject([
        { userId: account.id, revokedBefore: NOW + 701 },
        { userId: 'nobody', revokedBefore: NOW },
      ]);
    });

    it('[LIVE-2] changes made at once all have numbers of their own, in the order in which they can be seen', async () => {
      const before = await head();
      const ids = Array.from({ length: 40 }, () => randomUUID());
      const seen = new Set<string>();
      let at = before;
      const look = async (): Promise<void> => {
        const changes = await after(at);
        if (changes === null) return;
        at = changes.change;
        for (const { tokenId } of changes.tokens) seen.add(tokenId);
      };
      const writes = Promise.all(ids.map((id) => stores.security.revokeToken(id, LATER, NOW)));
      for (let looks = 0; looks < 40; looks += 1) await look();
      await writes;
      await look();
      expect([...seen].sort()).toEqual([...ids].sort());
      expect(at).toBe(before + ids.length);
    });
  });
}
