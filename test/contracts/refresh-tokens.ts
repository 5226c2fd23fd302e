/** What every {@link RefreshTokenStore} keeps to. Run by memory-refresh-tokens and postgres-refresh-tokens. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountStore, RefreshTokenHash, RefreshTokenStore } from '../../src/auth/ports.ts';
import type { Role } from '../../src/protocol/entities.ts';
import { accountOf, valueOf } from './stores.ts';

/** The stores of one server; all of them empty. */
export interface RefreshTokensFixture {
  readonly accounts: AccountStore;
  readonly refreshTokens: RefreshTokenStore;
  setRoles(accountId: string, roles: readonly Role[]): Promise<void>;
  /** Families that are kept, ended ones among them. */
  size(): Promise<number>;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;
const LATER = NOW + 1_000_000;
const MOST = 100;

/** Runs the suite over what `open` gives. */
export function refreshTokensContract(name: string, open: () => Promise<RefreshTokensFixture>): void {
  describe(name, () => {
    let stores: RefreshTokensFixture;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores.close());

    const newAccount = async () => {
      const account = accountOf();
      valueOf(await stores.accounts.create(account, NOW));
      return { id: account.id, name: account.name, roles: account.roles };
    };
    const begin = async (
      accountId: string,
      expiresAt = LATER,
      most = MOST,
      now = NOW,
    ): Promise<RefreshTokenHash> => {
      const token = { family: randomUUID(), secret: randomUUID() };
      valueOf(await stores.refreshTokens.begin(accountId, token, expiresAt, most, now));
      return token;
    };
    const rotate = async (token: RefreshTokenHash, next: string, expiresAt = LATER, now = NOW) =>
      valueOf(await stores.refreshTokens.rotate(token, next, expiresAt, now));

    it('[AUTH-22] the newest token of a family is exchanged for the next, and tells the account as it is', async () => {
      const account = await newAccount();
      const token = await begin(account.id);
      expect(await rotate(token, 'second')).toEqual(account);
      await stores.setRoles(account.id, ['user', 'moderator']);
      expect(await rotate({ ...token, secret: 'second' }, 'third')).toEqual({
        ...account,
        roles: ['user', 'moderator'],
      });
      expect(await rotate({ ...token, secret: 'third' }, 'fourth')).not.toBeNull();
    });

    it('[AUTH-22] a token is good before its time, which each use moves, and not after', async () => {
      const { id } = await newAccount();
      const token = await begin(id, NOW + 10);
      expect(await rotate(token, 'second', NOW + 20, NOW + 9)).not.toBeNull();
      expect(await rotate({ ...token, secret: 'second' }, 'third', NOW + 30, NOW + 19)).not.toBeNull();
      expect(await rotate({ ...token, secret: 'third' }, 'fourth', NOW + 90, NOW + 30)).toBeNull();
      const other = await begin(id, NOW + 10);
      expect(await rotate(other, 'second', NOW + 90, NOW + 10)).toBeNull();
    });

    it('[AUTH-23] a used token, however old, ends its family and no other', async () => {
      const { id } = await newAccount();
      const [token, older, other] = [await begin(id), await begin(id), await begin(id)];
      await rotate(token, 'second');
      expect(await rotate(token, 'stolen')).toBeNull();
      expect(await rotate({ ...token, secret: 'second' }, 'third')).toBeNull();
      expect(await rotate({ ...token, secret: 'stolen' }, 'third')).toBeNull();
      await rotate(older, 'second');
      await rotate({ ...older, secret: 'second' }, 'third');
      expect(await rotate(older, 'stolen')).toBeNull();
      expect(await rotate({ ...older, secret: 'third' }, 'fourth')).toBeNull();
      expect(await rotate(other, 'second')).not.toBeNull();
    });

    it('[AUTH-23] of many uses at once one succeeds, and the family ends', async () => {
      const { id } = await newAccount();
      for (let round = 0; round < 10; round += 1) {
        const token = await begin(id);
        const nexts = Array.from({ length: 8 }, (_, n) => `next ${n}`);
        const answers = await Promise.all(nexts.map((next) => rotate(token, next)));
        expect(answers.filter((answer) => answer !== null)).toHaveLength(1);
        for (const secret of nexts) expect(await rotate({ ...token, secret }, 'after')).toBeNull();
      }
    });

    it('[AUTH-24] a family that was ended is ended, and so is one that never was', async () => {
      const { id } = await newAccount();
      const [token, other] = [await begin(id), await begin(id)];
      valueOf(await stores.refreshTokens.end(token.family));
      valueOf(await stores.refreshTokens.end(token.family));
      valueOf(await stores.refreshTokens.end(randomUUID()));
      expect(await rotate(token, 'second')).toBeNull();
      expect(await rotate(other, 'second')).not.toBeNull();
    });

    it('[AUTH-25] a family that never was gives nothing', async () => {
      expect(await rotate({ family: randomUUID(), secret: randomUUID() }, 'second')).toBeNull();
    });

    it('[AUTH-27] of one account’s families those stay that expire last', async () => {
      const [ada, bob] = [await newAccount(), await newAccount()];
      const early = await begin(ada.id, LATER - 3, 3);
      const refreshed = await begin(ada.id, LATER - 4, 3);
      const late = await begin(ada.id, LATER - 2, 3);
      const bobs = await begin(bob.id, LATER - 9, 3);
      await rotate(refreshed, 'second', LATER - 1);
      const newest = await begin(ada.id, LATER, 3);
      expect(await rotate(early, 'x')).toBeNull();
      expect(await rotate({ ...refreshed, secret: 'second' }, 'third')).not.toBeNull();
      for (const token of [late, bobs, newest]) expect(await rotate(token, 'second')).not.toBeNull();
    });

    it('[AUTH-27] families that expired or ended are deleted by later logins, of whomever', async () => {
      const [ada, bob] = [await newAccount(), await newAccount()];
      // Nothing that another test left is alive then.
      const then = LATER + 1_000_000;
      for (let n = 0; n < 20; n += 1) await begin(ada.id, then);
      const live = await begin(ada.id, then + 10, MOST, then);
      const reused = await begin(ada.id, then + 10, MOST, then);
      await rotate(reused, 'second', then + 10, then);
      await rotate(reused, 'stolen', then + 10, then);
      await begin(bob.id, then + 10, MOST, then);
      await begin(bob.id, then + 10, MOST, then);
      expect(await stores.size()).toBe(3);
      expect(await rotate(live, 'second', then + 10, then)).not.toBeNull();
    });

    it('[AUTH-27] many logins at once, with as many families to delete, all succeed', async () => {
      const { id } = await newAccount();
      const then = LATER + 2_000_000;
      await Promise.all(Array.from({ length: 30 }, () => begin(id, then, MOST, then - 1)));
      const tokens = await Promise.all(Array.from({ length: 30 }, () => begin(id, then + 10, 30, then)));
      for (const token of tokens) expect(await rotate(token, 'second', then + 10, then)).not.toBeNull();
    });
  });
}
