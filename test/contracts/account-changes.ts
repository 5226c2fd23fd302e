/** What every {@link AccountStore} keeps to when accounts change. Run by memory-accounts and postgres-accounts. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Account, AccountStore, NameStore, SecurityStore } from '../../src/auth/ports.ts';
import { accountOf, valueOf } from './stores.ts';

/** The stores of one server; all of them empty. */
export interface AccountChangesFixture {
  readonly accounts: AccountStore;
  readonly names: NameStore;
  readonly security: SecurityStore;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;
const UNTIL = NOW + 1_000_000;
const AVATAR = 'https://pictures.test/ada.png';

/** Runs the suite over what `open` gives. */
export function accountChangesContract(name: string, open: () => Promise<AccountChangesFixture>): void {
  describe(name, () => {
    let stores: AccountChangesFixture;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores.close());

    const newAccount = async (fields: Partial<Account> = {}): Promise<Account> => {
      const account = accountOf(fields);
      valueOf(await stores.accounts.create(account, NOW));
      return account;
    };
    const change = (id: string, wanted: { name?: string; avatar?: string | null }, until = UNTIL) =>
      stores.accounts.changeProfile(id, wanted, until, NOW);
    const standingOf = async (id: string) =>
      valueOf(await stores.security.changesAfter(-1, 0))?.standings.find(({ userId }) => userId === id);
    const conflict = { ok: false, failure: { code: 'conflict', message: 'This name is taken.' } };

    // First, while nobody is one.
    it('[OPS-41] of servers that start at once one makes the first administrator', async () => {
      expect(valueOf(await stores.accounts.hasAdministrator())).toBe(false);
      const taken = await newAccount();
      const inTheWay = accountOf({ name: taken.name.toUpperCase(), roles: ['user', 'admin'] });
      expect(await stores.accounts.createFirstAdministrator(inTheWay, NOW)).toMatchObject(conflict);
      const guest = `Guest of ${randomUUID().slice(0, 8)}`;
      valueOf(await stores.names.claim(randomUUID(), guest, true, NOW));
      const asGuest = accountOf({ name: guest, roles: ['user', 'admin'] });
      expect(await stores.accounts.createFirstAdministrator(asGuest, NOW)).toMatchObject(conflict);
      expect(valueOf(await stores.accounts.hasAdministrator())).toBe(false);
      const candidates = Array.from({ length: 5 }, () => accountOf({ roles: ['user', 'admin'] }));
      const made = await Promise.all(
        candidates.map((account) => stores.accounts.createFirstAdministrator(account, NOW)),
      );
      expect(made.map(valueOf).filter(Boolean)).toHaveLength(1);
      const one = candidates[made.map(valueOf).indexOf(true)]!;
      expect(valueOf(await stores.accounts.findByName(one.name))).toStrictEqual(one);
      expect(valueOf(await stores.accounts.hasAdministrator())).toBe(true);
      expect(valueOf(await stores.accounts.createFirstAdministrator(accountOf(), NOW))).toBe(false);
      // The name is everyone's: nobody else gets it.
      expect(valueOf(await stores.names.claim(randomUUID(), one.name, true, NOW))).not.toBe(one.name);
    });

    it('[AUTH-55] another name is the account’s at once, and the old one is free', async () => {
      const account = await newAccount({ email: `${randomUUID()}@chat.test` });
      const name = `Ada ${randomUUID().slice(0, 8)}`;
      expect(valueOf(await change(account.id, { name }))).toStrictEqual({ ...account, name });
      expect(valueOf(await stores.accounts.findById(account.id))).toStrictEqual({ ...account, name });
      expect(valueOf(await stores.accounts.findByName(name.toUpperCase()))?.id).toBe(account.id);
      expect(valueOf(await stores.accounts.findByName(account.name))).toBeNull();
      expect(valueOf(await stores.names.claim(randomUUID(), account.name, true, NOW))).toBe(account.name);
      expect(valueOf(await stores.names.claim(randomUUID(), name, true, NOW))).not.toBe(name);
    });

    it('[AUTH-55] a name that someone has, or that looks like it, is a conflict and changes nothing', async () => {
      const account = await newAccount();
      const word = randomUUID().replace(/[^a-z]/g, '');
      const [theirs, guests] = [`paul ${word}`, `otto ${word}`];
      await newAccount({ name: theirs });
      valueOf(await stores.names.claim(randomUUID(), guests, true, NOW));
      for (const name of [theirs, theirs.toUpperCase(), `p\u0430ul ${word}`, guests]) {
        expect(await change(account.id, { name, avatar: AVATAR })).toMatchObject(conflict);
      }
      expect(valueOf(await stores.accounts.findById(account.id))).toStrictEqual(account);
      expect(await standingOf(account.id)).toBeUndefined();
    });

    it('[AUTH-55] of two who ask for one name at once one gets it', async () => {
      const [one, two] = [await newAccount(), await newAccount()];
      const name = `Both ${randomUUID().slice(0, 8)}`;
      const answers = await Promise.all([change(one.id, { name }), change(two.id, { name })]);
      expect(answers.filter((answer) => answer.ok)).toHaveLength(1);
    });

    it('[AUTH-55] one’s own name may be written in another way', async () => {
      const account = await newAccount({ name: `paul ${randomUUID().slice(0, 8)}` });
      for (const name of [account.name.toUpperCase(), account.name.replace('a', '\u0430'), account.name]) {
        expect(valueOf(await change(account.id, { name }))?.name).toBe(name);
        expect(valueOf(await stores.accounts.findByName(name))?.id).toBe(account.id);
      }
    });

    it('[AUTH-56] an avatar comes, stays with another name, and goes', async () => {
      const account = await newAccount();
      const { id } = account;
      expect(valueOf(await change(id, { avatar: AVATAR }))).toStrictEqual({ ...account, avatar: AVATAR });
      const name = `Ada ${randomUUID().slice(0, 8)}`;
      expect(valueOf(await change(id, { name }))).toStrictEqual({ ...account, name, avatar: AVATAR });
      expect(valueOf(await change(id, { name: account.name, avatar: null }))).toStrictEqual(account);
      expect(valueOf(await change(id, { avatar: AVATAR }))?.avatar).toBe(AVATAR);
      expect(valueOf(await change(id, { avatar: null }))).toStrictEqual(account);
      const pictured = await newAccount({ avatar: AVATAR });
      expect(valueOf(await stores.accounts.findById(pictured.id))).toStrictEqual(pictured);
    });

    it('[AUTH-57] what changes is told as the user’s standing, for as long as older tokens are about', async () => {
      const { id, name } = await newAccount();
      const told = { userId: id, revokedBefore: 0, roles: null };
      await change(id, { avatar: AVATAR });
      expect(await standingOf(id)).toStrictEqual({
        ...told,
        ...{ profile: { name, avatar: AVATAR, roles: ['user'] }, until: UNTIL },
      });
      valueOf(await stores.accounts.setRoles(id, ['user', 'admin'], UNTIL + 5));
      await change(id, { avatar: null }, UNTIL + 1);
      expect(await standingOf(id)).toStrictEqual({
        ...told,
        ...{ profile: { name, roles: ['user', 'admin'] }, until: UNTIL + 5 },
      });
      const { change: last } = valueOf(await stores.security.changesAfter(-1, 0))!;
      expect(valueOf(await change(id, {}))).toMatchObject({ id, name });
      expect(valueOf(await stores.security.changesAfter(last, 0))).toBeNull();
    });

    it('[AUTH-57] roles are set and answered, and an account that is none changes nothing', async () => {
      const account = await newAccount();
      const roles = ['user', 'moderator'] as const;
      expect(valueOf(await stores.accounts.setRoles(account.id, roles, UNTIL))).toStrictEqual({
        ...account,
        roles,
      });
      const { change: last } = valueOf(await stores.security.changesAfter(-1, 0))!;
      expect(valueOf(await stores.accounts.setRoles(randomUUID(), roles, UNTIL))).toBeNull();
      expect(valueOf(await change(randomUUID(), { avatar: AVATAR }))).toBeNull();
      expect(valueOf(await change(randomUUID(), { name: `x ${randomUUID().slice(0, 8)}` }))).toBeNull();
      expect(valueOf(await stores.accounts.findById(randomUUID()))).toBeNull();
      expect(valueOf(await stores.accounts.findById('a\0b'))).toBeNull();
      expect(valueOf(await stores.security.changesAfter(last, 0))).toBeNull();
    });
  });
}
