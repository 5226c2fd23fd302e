/** What every {@link RefreshTokenStore} keeps to. Run by memory-refresh-tokens and postgres-refresh-tokens. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {
  Account,
  AccountStore,
  RefreshTokenHash,
  RefreshTokenStore,
  SecurityChanges,
  SecurityStore,
} from '../../src/auth/ports.ts';
import { accountOf, valueOf } from './stores.ts';

/** The stores of one server; all of them empty. */
export interface RefreshTokensFixture {
  readonly accounts: AccountStore;
  readonly refreshTokens: RefreshTokenStore;
  readonly security: SecurityStore;
  /** Families that are kept, ended ones among them. */
  size(): Promise<number>;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;
const LATER = NOW + 1_000_000;
const MOST = 100;
/** How long access tokens of a session, all access tokens, and refresh tokens live, ms. */
const SESSION = 3_600;
const LONGEST = 7_200;
const LIFETIME = 50_000;
const NOTHING: SecurityChanges = { change: 0, keysChange: 0, tokens: [], standings: [], sanctions: [] };

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
      return account;
    };
    const newToken = (): RefreshTokenHash => ({ family: randomUUID(), secret: randomUUID() });
    const begin = async (
      account: Account,
      expiresAt = LATER,
      most = MOST,
      now = NOW,
    ): Promise<RefreshTokenHash> => {
      const token = newToken();
      const family = { accountId: account.id, token, expiresAt };
      expect(valueOf(await stores.refreshTokens.begin(family, account.passwordHash, most, now))).toBe(now);
      return token;
    };
    const sessionOf = ({ family }: RefreshTokenHash) => ({
      tokenId: `session:${family}`,
      longestTokenMs: SESSION,
    });
    const rotate = async (token: RefreshTokenHash, nextSecret: string, expiresAt = LATER, now = NOW) => {
      const use = { token, nextSecret, expiresAt, session: sessionOf(token) };
      return valueOf(await stores.refreshTokens.rotate(use, now))?.account ?? null;
    };
    const end = async (token: RefreshTokenHash, now = NOW) => {
      valueOf(await stores.refreshTokens.end(token.family, sessionOf(token), now));
    };
    interface Change {
      readonly knownHash?: string | null;
      readonly token?: RefreshTokenHash;
      readonly now?: number;
    }
    const changePassword = async ({ id, passwordHash }: Account, wishes: Change = {}) => {
      const { knownHash = passwordHash, token = null, now = NOW } = wishes;
      const change = { accountId: id, knownHash, nextHash: `${passwordHash}*`, token };
      const lasting = { lifetimeMs: LIFETIME, longestTokenMs: LONGEST };
      return valueOf(await stores.refreshTokens.changePassword({ ...change, ...lasting }, now));
    };
    const changes = async (): Promise<SecurityChanges> =>
      valueOf(await stores.security.changesAfter(-1, 0)) ?? NOTHING;
    /** Until when the family's session is revoked. */
    const revokedUntil = async (token: RefreshTokenHash) =>
      (await changes()).tokens.find(({ tokenId }) => tokenId === sessionOf(token).tokenId)?.until;
    const standingOf = async ({ id }: Account) =>
      (await changes()).standings.find(({ userId }) => userId === id);

    it('[AUTH-22] the newest token of a family is exchanged for the next, and tells the account as it is', async () => {
      const account = await newAccount();
      const { id, name, roles } = account;
      const token = await begin(account);
      expect(await rotate(token, 'second')).toStrictEqual({ id, name, roles });
      valueOf(await stores.accounts.setRoles(id, ['user', 'moderator'], NOW));
      valueOf(await stores.accounts.changeProfile(id, { avatar: 'https://a.test/x.png' }, NOW, NOW));
      expect(await rotate({ ...token, secret: 'second' }, 'third')).toStrictEqual({
        ...{ id, name, roles: ['user', 'moderator'] },
        avatar: 'https://a.test/x.png',
      });
      expect(await rotate({ ...token, secret: 'third' }, 'fourth')).not.toBeNull();
    });

    it('[AUTH-22] a token is good before its time, which each use moves, and not after', async () => {
      const account = await newAccount();
      const token = await begin(account, NOW + 10);
      expect(await rotate(token, 'second', NOW + 20, NOW + 9)).not.toBeNull();
      expect(await rotate({ ...token, secret: 'second' }, 'third', NOW + 30, NOW + 19)).not.toBeNull();
      expect(await rotate({ ...token, secret: 'third' }, 'fourth', NOW + 90, NOW + 30)).toBeNull();
      const other = await begin(account, NOW + 10);
      expect(await rotate(other, 'second', NOW + 90, NOW + 10)).toBeNull();
    });

    it('[AUTH-23] a used token, however old, ends its family and no other', async () => {
      const account = await newAccount();
      const [token, older, other] = [await begin(account), await begin(account), await begin(account)];
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
      const account = await newAccount();
      for (let round = 0; round < 10; round += 1) {
        const token = await begin(account);
        const nexts = Array.from({ length: 8 }, (_, n) => `next ${n}`);
        const answers = await Promise.all(nexts.map((next) => rotate(token, next)));
        expect(answers.filter((answer) => answer !== null)).toHaveLength(1);
        for (const secret of nexts) expect(await rotate({ ...token, secret }, 'after')).toBeNull();
      }
    });

    it('[AUTH-24] a family that was ended is ended, and so is one that never was', async () => {
      const account = await newAccount();
      const [token, other, never] = [await begin(account), await begin(account), newToken()];
      await end(token);
      await end(token, NOW + 9);
      await end(never);
      expect(await rotate(token, 'second')).toBeNull();
      expect(await rotate(other, 'second')).not.toBeNull();
    });

    it('[AUTH-50] a family that ends revokes its session for as long as its newest access token lives', async () => {
      const account = await newAccount();
      const [token, refreshed, other, never] = [
        ...[await begin(account), await begin(account), await begin(account)],
        newToken(),
      ];
      await rotate(refreshed!, 'second', LATER, NOW + 50);
      await end(token, NOW + 7);
      // Another server's clock was ahead when it used the token.
      await end(refreshed!, NOW + 40);
      await end(never!);
      expect(await revokedUntil(token)).toBe(NOW + 7 + SESSION);
      expect(await revokedUntil(refreshed!)).toBe(NOW + 50 + SESSION);
      expect(await revokedUntil(never!)).toBeUndefined();
      expect(await revokedUntil(other!)).toBeUndefined();
    });

    it('[AUTH-51] a second use revokes the session of the family, once', async () => {
      const account = await newAccount();
      const [token, other] = [await begin(account), await begin(account)];
      await rotate(token, 'second', LATER, NOW + 5);
      expect(await revokedUntil(token)).toBeUndefined();
      await rotate(token, 'stolen', LATER, NOW + 9);
      expect(await revokedUntil(token)).toBe(NOW + 9 + SESSION);
      const { change } = await changes();
      await rotate(token, 'again', LATER, NOW + 20);
      expect((await changes()).change).toBe(change);
      expect(await revokedUntil(other)).toBeUndefined();
    });

    it('[AUTH-52] a change of the password ends every family and revokes all tokens, and begins one family', async () => {
      const account = await newAccount();
      const someone = await newAccount();
      const [one, two, theirs] = [await begin(account), await begin(account), await begin(someone)];
      await rotate(two, 'second', LATER, NOW + 3);
      const token = newToken();
      const before = await changePassword(account, { token, now: NOW + 10 });
      expect(before).toBe(NOW + 10);
      expect(await rotate(one, 'x')).toBeNull();
      expect(await rotate({ ...two, secret: 'second' }, 'x')).toBeNull();
      expect(await rotate(theirs, 'x')).not.toBeNull();
      expect(await standingOf(account)).toMatchObject({
        ...{ revokedBefore: NOW + 10, until: NOW + 10 + LONGEST, profile: null },
      });
      expect(await standingOf(someone)).toBeUndefined();
      expect(await rotate(token, 'x', LATER, NOW + 10 + LIFETIME - 1)).not.toBeNull();
      const found = valueOf(await stores.accounts.findById(account.id));
      expect(found?.passwordHash).toBe(`${account.passwordHash}*`);
    });

    it('[AUTH-52] a change of the password revokes what a server signed whose clock is ahead', async () => {
      const account = await newAccount();
      const token = await begin(account);
      await rotate(token, 'second', LATER, NOW + 500);
      expect(await changePassword(account)).toBe(NOW + 501);
      expect(await standingOf(account)).toMatchObject({ revokedBefore: NOW + 501 });
    });

    it('[AUTH-52] what comes after a revocation is signed after it, by a clock that is behind too', async () => {
      const account = await newAccount();
      const token = newToken();
      expect(await changePassword(account, { token, now: NOW + 500 })).toBe(NOW + 500);
      const use = { token, nextSecret: 'second', expiresAt: LATER, session: sessionOf(token) };
      const used = valueOf(await stores.refreshTokens.rotate(use, NOW + 1));
      expect(used?.signedAt).toBe(NOW + 500);
      const next = { ...use, token: { ...token, secret: 'second' }, nextSecret: 'third' };
      expect(valueOf(await stores.refreshTokens.rotate(next, NOW + 600))?.signedAt).toBe(NOW + 600);
      const family = { accountId: account.id, token: newToken(), expiresAt: LATER };
      const hash = `${account.passwordHash}*`;
      expect(valueOf(await stores.refreshTokens.begin(family, hash, MOST, NOW + 2))).toBe(NOW + 500);
    });

    it('[AUTH-52] of two changes of one password one succeeds, and one without an account does nothing', async () => {
      const account = await newAccount();
      const both = await Promise.all([changePassword(account), changePassword(account)]);
      expect(both.filter((before) => before === null)).toHaveLength(1);
      expect(await changePassword(account)).toBeNull();
      expect(await changePassword(account, { knownHash: null })).not.toBeNull();
      expect(await changePassword(accountOf(), { knownHash: null })).toBeNull();
    });

    it('[AUTH-52] a login with a password that was changed meanwhile begins nothing', async () => {
      const account = await newAccount();
      await changePassword(account);
      const family = { accountId: account.id, token: newToken(), expiresAt: LATER };
      const begun = await stores.refreshTokens.begin(family, account.passwordHash, MOST, NOW);
      expect(valueOf(begun)).toBeNull();
      expect(await rotate(family.token, 'x')).toBeNull();
    });

    it('[AUTH-52] no login outlives a change of the password that comes at the same time', async () => {
      for (let round = 0; round < 10; round += 1) {
        const account = await newAccount();
        const tokens = Array.from({ length: 6 }, newToken);
        const logins = tokens.map((token) => {
          const family = { accountId: account.id, token, expiresAt: LATER };
          return stores.refreshTokens.begin(family, account.passwordHash, MOST, NOW);
        });
        const changed = changePassword(account);
        (await Promise.all(logins)).map(valueOf);
        expect(await changed).not.toBeNull();
        for (const token of tokens) expect(await rotate(token, 'x')).toBeNull();
      }
    });

    it('[AUTH-25] a family that never was gives nothing', async () => {
      expect(await rotate({ family: randomUUID(), secret: randomUUID() }, 'second')).toBeNull();
    });

    it('[AUTH-27] of one account’s families those stay that expire last', async () => {
      const [ada, bob] = [await newAccount(), await newAccount()];
      const early = await begin(ada, LATER - 3, 3);
      const refreshed = await begin(ada, LATER - 4, 3);
      const late = await begin(ada, LATER - 2, 3);
      const bobs = await begin(bob, LATER - 9, 3);
      await rotate(refreshed, 'second', LATER - 1);
      const newest = await begin(ada, LATER, 3);
      expect(await rotate(early, 'x')).toBeNull();
      expect(await rotate({ ...refreshed, secret: 'second' }, 'third')).not.toBeNull();
      for (const token of [late, bobs, newest]) expect(await rotate(token, 'second')).not.toBeNull();
    });

    it('[AUTH-27] families that expired or ended are deleted by later logins, of whomever', async () => {
      const [ada, bob] = [await newAccount(), await newAccount()];
      // Nothing that another test left is alive then.
      const then = LATER + 1_000_000;
      for (let n = 0; n < 20; n += 1) await begin(ada, then);
      const live = await begin(ada, then + 10, MOST, then);
      const reused = await begin(ada, then + 10, MOST, then);
      await rotate(reused, 'second', then + 10, then);
      await rotate(reused, 'stolen', then + 10, then);
      await begin(bob, then + 10, MOST, then);
      await begin(bob, then + 10, MOST, then);
      expect(await stores.size()).toBe(3);
      expect(await rotate(live, 'second', then + 10, then)).not.toBeNull();
    });

    it('[AUTH-27] many logins at once, with as many families to delete, all succeed', async () => {
      const account = await newAccount();
      const then = LATER + 2_000_000;
      await Promise.all(Array.from({ length: 30 }, () => begin(account, then, MOST, then - 1)));
      const tokens = await Promise.all(Array.from({ length: 30 }, () => begin(account, then + 10, 30, then)));
      for (const token of tokens) expect(await rotate(token, 'second', then + 10, then)).not.toBeNull();
    });
  });
}
