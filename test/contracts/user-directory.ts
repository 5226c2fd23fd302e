/** What every {@link UserDirectory} keeps to. Run by memory-user-directory and postgres-user-directory. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UserDirectory, UserQuery } from '../../src/admin/ports/user-directory.ts';
import type { AccountStore, NameStore, SecurityStore, UserStore } from '../../src/auth/ports.ts';
import type { SanctionStore } from '../../src/auth/sanction-store.ts';
import { actBy } from '../../src/protocol/audit-act.ts';
import { accountOf, valueOf } from './stores.ts';

/** The stores of one server; all of them empty. */
export interface UserDirectoryFixture {
  readonly directory: UserDirectory;
  readonly accounts: AccountStore;
  readonly names: NameStore;
  readonly users: UserStore;
  readonly security: SecurityStore;
  readonly sanctions: SanctionStore;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;
const UNTIL = NOW + 1_000_000;
const AVATAR = 'https://pictures.test/ada.png';

/** Runs the suite over what `open` gives. */
export function userDirectoryContract(name: string, open: () => Promise<UserDirectoryFixture>): void {
  describe(name, () => {
    let stores: UserDirectoryFixture;
    const ada = accountOf({ name: 'Ada', avatar: AVATAR, email: 'ada@x.test', roles: ['user', 'moderator'] });
    const ban = { id: randomUUID(), reason: 'spam' };
    const list = async (query: Partial<UserQuery>, at = NOW) => {
      const page = valueOf(await stores.directory.list({ offset: 0, limit: 10, ...query }, at));
      return [page.items.map((user) => user.name), page.hasMore];
    };
    beforeAll(async () => {
      stores = await open();
      const { accounts, names, users, security, sanctions } = stores;
      valueOf(await accounts.create(ada, NOW));
      valueOf(await accounts.create(accountOf({ name: 'adam' }), NOW));
      valueOf(await names.claim('g1', 'Bada', true, NOW));
      valueOf(await names.claim('i1', 'Cleo', false, NOW));
      const cleo = { id: 'i1', issuer: 'https://id.test', subject: 'c', name: 'Cleo' };
      valueOf(await users.record([{ ...cleo, roles: ['moderator'], seenAt: NOW }]));
      valueOf(await security.grantRoles('i1', [], NOW));
      const by = { id: 'mod', name: 'Mod' };
      const user = { id: 'g1', name: 'Bada' };
      valueOf(await sanctions.sanction({ ...ban, kind: 'ban', user, by, at: NOW, until: UNTIL }));
      valueOf(
        await sanctions.sanction({ id: randomUUID(), kind: 'mute', user: ada, by, at: NOW, until: null }),
      );
    });
    afterAll(() => stores.close());

    it('[REST-1] lists by name, in any case, by beginning and by part', async () => {
      expect(await list({})).toEqual([['Ada', 'adam', 'Bada', 'Cleo'], false]);
      expect(await list({ prefix: 'AD' })).toEqual([['Ada', 'adam'], false]);
      expect(await list({ part: 'DA' })).toEqual([['Ada', 'adam', 'Bada'], false]);
      expect(await list({ prefix: 'a%' })).toEqual([[], false]);
      expect(await list({ part: 'a\0b' })).toEqual([[], false]);
    });

    it('[REST-1] leaves guests out, and those who are banned or are not', async () => {
      expect(await list({ isRegistered: true })).toEqual([['Ada', 'adam', 'Cleo'], false]);
      expect(await list({ isBanned: true })).toEqual([['Bada'], false]);
      expect(await list({ isBanned: false })).toEqual([['Ada', 'adam', 'Cleo'], false]);
      expect(await list({ isBanned: true }, UNTIL)).toEqual([[], false]);
    });

    it('[REST-1] goes on behind a name, or behind so many', async () => {
      expect(await list({ limit: 2 })).toEqual([['Ada', 'adam'], true]);
      expect(await list({ limit: 2, after: 'ADAM' })).toEqual([['Bada', 'Cleo'], false]);
      expect(await list({ limit: 1, offset: 2 })).toEqual([['Bada'], true]);
    });

    it('[REST-2] knows accounts, guests and users of other issuers by their ids', async () => {
      const find = async (id: string) => valueOf(await stores.directory.find(id, NOW));
      expect(await find(ada.id)).toMatchObject({
        ...{
          id: ada.id,
          name: 'Ada',
          kind: 'account',
          roles: ada.roles,
          avatar: AVATAR,
          email: 'ada@x.test',
        },
      });
      const guest = { id: 'g1', name: 'Bada', kind: 'guest', roles: ['guest'] };
      expect(await find('g1')).toMatchObject({ ...guest, ban: { ...ban, until: UNTIL } });
      const foreign = await find('i1');
      expect(foreign).toMatchObject({ id: 'i1', kind: 'issuer', issuer: 'https://id.test', since: NOW });
      expect([...(foreign?.roles ?? [])].sort()).toEqual(['moderator', 'user']);
      expect([await find('nobody'), await find('a\0b')]).toEqual([null, null]);
    });

    it('[REST-4] an account that is deleted is gone, with its name and what its tokens are good for', async () => {
      const { accounts, directory, names, security } = stores;
      const gone = accountOf({ name: 'Dora' });
      valueOf(await accounts.create(gone, NOW));
      const act = actBy({ id: 'root', name: 'Root' }, NOW, {
        ...{ action: 'user:deleted', target: { kind: 'user', id: gone.id, name: 'Dora' } },
      });
      expect(valueOf(await accounts.remove(gone.id, UNTIL, NOW, act))).toBe(true);
      expect(valueOf(await accounts.remove(gone.id, UNTIL, NOW, act))).toBe(false);
      expect(valueOf(await accounts.remove('i1', UNTIL, NOW))).toBe(false);
      expect(valueOf(await accounts.findById(gone.id))).toBeNull();
      expect(valueOf(await directory.find(gone.id, NOW))).toBeNull();
      expect(valueOf(await names.claim('g2', 'dora', true, NOW))).toBe('dora');
      const standings = valueOf(await security.changesAfter(-1, NOW))?.standings ?? [];
      const told = standings.find(({ userId }) => userId === gone.id);
      expect(told).toMatchObject({ revokedBefore: NOW, until: UNTIL });
      expect(valueOf(await accounts.remove('g2', UNTIL, NOW))).toBe(true);
    });

    it('[REST-3] a profile that somebody else changes says so in the audit log', async () => {
      const account = accountOf({ name: 'Edna' });
      valueOf(await stores.accounts.create(account, NOW));
      const act = actBy({ id: 'root' }, NOW, {
        ...{ action: 'profile:changed', target: { kind: 'user', id: account.id } },
        after: { name: 'Elsa' },
      });
      const changed = await stores.accounts.changeProfile(account.id, { name: 'Elsa' }, UNTIL, NOW, act);
      expect(valueOf(changed)).toMatchObject({ name: 'Elsa' });
      const pictured = await stores.accounts.changeProfile(account.id, { avatar: AVATAR }, UNTIL, NOW, act);
      expect(valueOf(pictured)).toMatchObject({ name: 'Elsa', avatar: AVATAR });
    });
  });
}
