/** What every implementation of the small stores keeps to. Run by memory-stores.test.ts and postgres-stores.test.ts. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditLog } from '../../src/admin/ports/audit-log.ts';
import type { ServerNameStore } from '../../src/admin/ports/server-name.ts';
import type { Account, AccountStore, NameStore, SigningKey, SigningKeyStore } from '../../src/auth/ports.ts';
import type { LimitScope, RateLimitSettings } from '../../src/cache/ports.ts';
import { actBy } from '../../src/protocol/audit-act.ts';
import type { ChannelDirectory } from '../../src/protocol/channel-directory.ts';
import { MAX_NAME_LENGTH } from '../../src/protocol/limits.ts';
import type { Result } from '../../src/protocol/result.ts';

/** The stores of one server; all of them empty. */
export interface StoresFixture {
  readonly accounts: AccountStore;
  readonly names: NameStore;
  readonly keys: SigningKeyStore;
  readonly directory: ChannelDirectory;
  readonly rateLimits: RateLimitSettings;
  readonly serverName: ServerNameStore;
  /** Where acts of `rateLimits` and `serverName` are kept. */
  readonly audit: Pick<AuditLog, 'list'>;
  close(): Promise<void>;
}

/** Channels that `rateLimits` of a fixture gives limits to. */
export const MOST_CHANNEL_LIMITS = 8;

const NOW = 1_700_000_000_000;

/** Of `paul`: a capital I, a Cyrillic a, both, and a digit. */
const LOOK_ALIKES = ['pauI', 'p\u0430ul', 'P\u0430uI', 'pau1'] as const;

/** The value of a result that must be one. */
export function valueOf<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.failure.code}: ${result.failure.message}`);
  return result.value;
}

/** An account with a name of its own. */
export function accountOf(fields: Partial<Account> = {}): Account {
  return {
    id: randomUUID(),
    name: `n${randomUUID().slice(0, 8)}`,
    passwordHash: '$argon2id$',
    roles: ['user'],
    ...fields,
  };
}

/** Runs the suite over what `open` gives. */
export function storesContract(name: string, open: () => Promise<StoresFixture>): void {
  describe(name, () => {
    let stores: StoresFixture;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores.close());

    it('[LOG-20] an account is found by its name and e-mail address without regard to case, with every field', async () => {
      const account = accountOf({ name: 'Grace', email: 'Grace@Example.org', roles: ['user', 'admin'] });
      expect(await stores.accounts.create(account, NOW)).toEqual({ ok: true, value: undefined });
      expect(valueOf(await stores.accounts.findByName('gRACE'))).toEqual(account);
      expect(valueOf(await stores.accounts.findByEmail('grace@example.ORG'))).toEqual(account);
      expect(valueOf(await stores.accounts.findByName('Grace@Example.org'))).toBeNull();
      expect(valueOf(await stores.accounts.findByName('a\0b'))).toBeNull();
      const plain = accountOf();
      await stores.accounts.create(plain, NOW);
      expect(valueOf(await stores.accounts.findByName(plain.name))).toStrictEqual(plain);
    });

    it('[SERVER-1] the server has no name of its own, then the one that was given last', async () => {
      const { serverName: names, audit } = stores;
      const note = { action: 'server:updated', target: { kind: 'settings', id: 'server' } } as const;
      const give = async (name: string | null): Promise<void> => {
        valueOf(await names.change(name, actBy({ id: 'boss' }, NOW, { ...note, after: { name } })));
      };
      expect(valueOf(await names.load())).toBeNull();
      await give('The house');
      // What changes nothing is no act.
      await give('The house');
      expect(valueOf(await names.load())).toBe('The house');
      await give(null);
      expect(valueOf(await names.load())).toBeNull();
      const acts = valueOf(await audit.list({ action: 'server:updated', limit: 10 }));
      expect(acts.items).toMatchObject([
        { actor: { id: 'boss' }, before: { name: 'The house' }, after: { name: null } },
        { before: { name: null }, after: { name: 'The house' } },
      ]);
    });

    it('[AUTH-74] a hash gives way to another one of the same password, unless it was changed meanwhile', async () => {
      const account = accountOf();
      await stores.accounts.create(account, NOW);
      const replace = async (known: string, next: string) =>
        valueOf(await stores.accounts.replaceHash(account.id, known, next));
      expect(await replace('another one', 'mine')).toBe(false);
      expect(await replace(account.passwordHash, 'ours')).toBe(true);
      expect(await replace(account.passwordHash, 'late')).toBe(false);
      expect(valueOf(await stores.accounts.findById(account.id))).toEqual({
        ...account,
        passwordHash: 'ours',
      });
      expect(valueOf(await stores.accounts.replaceHash(randomUUID(), 'x', 'y'))).toBe(false);
    });

    it('[LOG-21] an account whose name or e-mail address is taken is a conflict and leaves nothing', async () => {
      const [first, name, email] = [randomUUID(), randomUUID(), randomUUID()].map((id) => id.slice(0, 20));
      await stores.accounts.create(accountOf({ name: first!, email: `${email!}@x` }), NOW);
      valueOf(await stores.names.claim(randomUUID(), name!, true, NOW));
      const conflict = { ok: false, failure: { code: 'conflict' } };
      expect(await stores.accounts.create(accountOf({ name: first!.toUpperCase() }), NOW)).toMatchObject(
        conflict,
      );
      expect(await stores.accounts.create(accountOf({ name: name! }), NOW)).toMatchObject(conflict);
      const other = accountOf({ email: `${email!.toUpperCase()}@X` });
      expect(await stores.accounts.create(other, NOW)).toMatchObject({
        failure: { message: expect.stringContaining('e-mail') },
      });
      expect(valueOf(await stores.accounts.findByName(other.name))).toBeNull();
      const { id, name: wanted } = other;
      expect((await stores.accounts.create(accountOf({ id, name: wanted }), NOW)).ok).toBe(true);
    });

    it('[LOG-22] a name goes to who asks first; the next one gets it with a suffix, within the length', async () => {
      const wanted = `Ü${randomUUID()}`.slice(0, MAX_NAME_LENGTH);
      const [one, two] = [randomUUID(), randomUUID()];
      expect(valueOf(await stores.names.claim(one, wanted, true, NOW))).toBe(wanted);
      const second = valueOf(await stores.names.claim(two, wanted.toLowerCase(), false, NOW));
      expect(second).toMatch(/-[a-z0-9]+$/);
      expect(second.length).toBeLessThanOrEqual(MAX_NAME_LENGTH);
      expect(second.startsWith(wanted.toLowerCase().slice(0, 20))).toBe(true);
    });

    it('[LOG-22] who has a name keeps it, suffix and all, however its case is written', async () => {
      const wanted = `Name ${randomUUID().slice(0, 8)}`;
      const [one, two] = [randomUUID(), randomUUID()];
      valueOf(await stores.names.claim(one, wanted, false, NOW));
      const second = valueOf(await stores.names.claim(two, wanted, false, NOW));
      expect(valueOf(await stores.names.claim(one, wanted.toUpperCase(), false, NOW))).toBe(wanted);
      expect(valueOf(await stores.names.claim(two, wanted, false, NOW))).toBe(second);
      expect(valueOf(await stores.names.claim(two, second, false, NOW))).toBe(second);
    });

    it('[LOG-22] another name replaces the old one, which is free again', async () => {
      const [old, next] = [randomUUID().slice(0, 20), randomUUID().slice(0, 20)];
      const user = randomUUID();
      valueOf(await stores.names.claim(user, old, true, NOW));
      expect(valueOf(await stores.names.claim(user, next, true, NOW))).toBe(next);
      expect(valueOf(await stores.names.claim(randomUUID(), old, true, NOW))).toBe(old);
    });

    it('[LOG-22] of many who ask at once each gets a name of its own', async () => {
      const wanted = randomUUID().slice(0, 8);
      const claims = Array.from({ length: 12 }, () => stores.names.claim(randomUUID(), wanted, true, NOW));
      const given = (await Promise.all(claims)).map(valueOf);
      expect(new Set(given).size).toBe(12);
      expect(given.filter((name) => name === wanted)).toHaveLength(1);
    });

    it('[AUTH-70] a name that looks like another one gets a suffix, an account of it is a conflict', async () => {
      const word = randomUUID()
        .replace(/[^a-z]/g, '')
        .slice(0, 5);
      const wanted = `paul${word}`;
      valueOf(await stores.names.claim(randomUUID(), wanted, true, NOW));
      for (const alike of LOOK_ALIKES.map((name) => name + word)) {
        const claimed = valueOf(await stores.names.claim(randomUUID(), alike, true, NOW));
        expect(claimed.slice(0, alike.length + 1)).toBe(`${alike}-`);
        expect(await stores.accounts.create(accountOf({ name: alike }), NOW)).toMatchObject({
          ok: false,
          failure: { code: 'conflict', message: 'This name is taken.' },
        });
      }
      expect((await stores.accounts.create(accountOf({ name: `saul${word}` }), NOW)).ok).toBe(true);
    });

    it('[AUTH-70] who has a name may write it in another way; the old looks are free again', async () => {
      const plain = `Ida ${randomUUID().slice(0, 8)}`;
      const alike = plain.replace('Ida', 'Id\u0430');
      const user = randomUUID();
      expect(valueOf(await stores.names.claim(user, plain, false, NOW))).toBe(plain);
      expect(valueOf(await stores.names.claim(user, alike, false, NOW))).toBe(alike);
      expect(valueOf(await stores.names.claim(user, plain, false, NOW))).toBe(plain);
      valueOf(await stores.names.claim(user, randomUUID().slice(0, 20), false, NOW));
      expect(valueOf(await stores.names.claim(randomUUID(), alike, false, NOW))).toBe(alike);
    });

    it('[AUTH-70] of look-alikes that are asked for at once one is given', async () => {
      const word = randomUUID()
        .replace(/[^a-z]/g, '')
        .slice(0, 5);
      const names = ['paul', ...LOOK_ALIKES].map((name) => `${name} ${word}`);
      const created = await Promise.all(
        names.map((name) => stores.accounts.create(accountOf({ name }), NOW)),
      );
      expect(created.filter((result) => result.ok)).toHaveLength(1);
      const others = names.map((name) => `x${name}`);
      const claimed = await Promise.all(
        others.map((name) => stores.names.claim(randomUUID(), name, true, NOW)),
      );
      expect(claimed.map(valueOf).filter((name) => others.includes(name))).toHaveLength(1);
    });

    it('[LOG-23] of servers that start at once one makes the signing key, and all get it', async () => {
      const made: SigningKey[] = [];
      const candidate = async () => {
        const key = { kid: randomUUID(), alg: 'ES256', privateJwk: { kty: 'EC', d: randomUUID() } };
        made.push(key);
        return key;
      };
      const loads = Array.from({ length: 4 }, () => stores.keys.loadOrCreate(candidate, 0, NOW));
      const [first, ...rest] = (await Promise.all(loads)).map(valueOf);
      expect(first).toHaveLength(1);
      expect(made).toContainEqual(first![0]);
      for (const keys of rest) expect(keys).toEqual(first);
      const asked = made.length;
      expect(valueOf(await stores.keys.loadOrCreate(candidate, 0, NOW))).toEqual(first);
      expect(made).toHaveLength(asked);
    });

    it('[LOG-24] the directory lists public channels by id, by prefix, page after page', async () => {
      const ids = ['dir-B', 'dir-a', 'dir-a:1', 'dir-a:2', 'dir-z', 'other'];
      for (const id of ids) await stores.directory.create({ id, name: id, private: false }, { id: 'u' }, NOW);
      await stores.directory.create({ id: 'dir-hidden', name: 'x', private: true }, { id: 'u' }, NOW);
      const list = async (query: Parameters<ChannelDirectory['list']>[0]) => {
        const { items, hasMore } = valueOf(await stores.directory.list(query));
        return [...items.map(({ id }) => id), hasMore];
      };
      expect(await list({ prefix: 'dir-', limit: 9 })).toEqual([
        'dir-B',
        'dir-a',
        'dir-a:1',
        'dir-a:2',
        'dir-z',
        false,
      ]);
      expect(await list({ prefix: 'dir-', limit: 2 })).toEqual(['dir-B', 'dir-a', true]);
      expect(await list({ prefix: 'dir-', after: 'dir-a', limit: 2 })).toEqual(['dir-a:1', 'dir-a:2', true]);
      expect(await list({ prefix: 'dir-a:', limit: 2 })).toEqual(['dir-a:1', 'dir-a:2', false]);
      expect(await list({ limit: 6 })).toEqual([...ids.slice(0, 5), 'other', false]);
      expect(await list({ prefix: '%', limit: 6 })).toEqual([false]);
      expect(await list({ prefix: '\0', limit: 6 })).toEqual([false]);
    });

    it('[LIVE-6] within the channels of a token the directory lists those alone, private ones too', async () => {
      for (const id of ['in-a', 'in-b', 'in-c:1']) {
        await stores.directory.create({ id, name: id, private: id === 'in-b' }, { id: 'u' }, NOW);
      }
      const list = async (query: Parameters<ChannelDirectory['list']>[0]) => {
        const { items, hasMore } = valueOf(await stores.directory.list(query));
        return [...items.map(({ id }) => id), hasMore];
      };
      expect(await list({ within: ['in-b', 'in-c*', 'missing'], limit: 9 })).toEqual([
        'in-b',
        'in-c:1',
        false,
      ]);
      expect(await list({ within: ['in-*'], after: 'in-a', limit: 1 })).toEqual(['in-b', true]);
      expect(await list({ within: ['in-a', 'in-b'], prefix: 'in-b', limit: 9 })).toEqual(['in-b', false]);
      expect(await list({ within: ['in_a', '%', 'in-'], limit: 9 })).toEqual([false]);
      expect(await list({ within: [], limit: 9 })).toEqual([false]);
    });

    it('[LOG-24] a channel is created once; the second creation changes nothing and gives the first', async () => {
      const id = randomUUID();
      const channel = { id, name: 'The room', topic: 'Everything', private: true };
      expect(valueOf(await stores.directory.find(id))).toBeNull();
      expect(valueOf(await stores.directory.create(channel, { id: 'u' }, NOW))).toEqual({
        created: true,
        channel,
      });
      const again = { id, name: 'Another', private: false };
      expect(valueOf(await stores.directory.create(again, { id: 'v' }, NOW))).toEqual({
        created: false,
        channel,
      });
      expect(valueOf(await stores.directory.find(id))).toEqual(channel);
    });

    it('[MEMBER-5] who makes a channel owns it, and has the private ones in lists', async () => {
      const made = { id: `own-${randomUUID()}`, name: 'Mine', private: true };
      const open = { id: `own-${randomUUID()}`, name: 'Open', topic: 'all', private: false };
      const by = { id: randomUUID(), name: 'Ada' };
      for (const channel of [made, open]) await stores.directory.create(channel, by, NOW);
      const standing = { role: 'owner', joinedAt: NOW };
      expect(valueOf(await stores.directory.findFor(made.id, by.id))).toEqual({
        ...{ channel: made, settings: {}, standing, sanctions: [] },
      });
      expect(valueOf(await stores.directory.findFor(open.id, 'other'))).toEqual({
        ...{ channel: open, settings: {}, standing: null, sanctions: [] },
      });
      expect(valueOf(await stores.directory.findFor('own-not', by.id))).toBeNull();
      expect(valueOf(await stores.directory.privateOf(['other', by.id]))).toEqual([[], [made]]);
      const listed = async (query: object) =>
        valueOf(await stores.directory.list({ prefix: 'own-', limit: 9, ...query })).items;
      expect(await listed({ member: by.id })).toEqual([made, open].sort((a, b) => (a.id < b.id ? -1 : 1)));
      expect(await listed({ member: 'other' })).toEqual([open]);
      expect(await listed({})).toEqual([open]);
    });

    it('[LOG-25] the message limit that was stored first stays in force', async () => {
      const first = { limit: 20, windowMs: 10_000 };
      const none = { version: expect.any(Number), roles: [], channels: [] };
      expect(valueOf(await stores.rateLimits.load(first, -1))).toEqual({ everybody: first, special: none });
      const again = valueOf(await stores.rateLimits.load({ limit: 1, windowMs: 1 }, -1));
      expect(again.everybody).toEqual(first);
      const { version } = again.special!;
      expect(valueOf(await stores.rateLimits.load(first, version)).special).toBeNull();
    });

    it('[LIMIT-10] a limit is changed in part; of a role or a channel it begins as everybody’s, and is kept in the audit log', async () => {
      const { rateLimits, audit } = stores;
      const by = { id: randomUUID(), name: 'Ada' };
      const act = actBy(by, NOW, { action: 'ratelimit:updated' });
      const acts = async () => valueOf(await audit.list({ actor: by.id, limit: 20 })).items;
      const load = async () => valueOf(await rateLimits.load({ limit: 20, windowMs: 10_000 }, -1));
      await load();
      const everybody: LimitScope = { kind: 'everybody' };
      for (const change of [{ limit: 7 }, { windowMs: 5_000 }, {}, { limit: 7 }]) {
        expect(valueOf(await rateLimits.change(everybody, change, act))).toBe(true);
      }
      const loaded = await load();
      expect(loaded.everybody).toEqual({ limit: 7, windowMs: 5_000 });
      expect((await acts()).map(({ before }) => before)).toEqual([
        { message_limit: 7, window_seconds: 10 },
        { message_limit: 20, window_seconds: 10 },
      ]);
      valueOf(await rateLimits.change({ kind: 'role', role: 'guest' }, { limit: 2 }, act));
      valueOf(await rateLimits.change({ kind: 'channel', channelId: 'b' }, { windowMs: 60_000 }, act));
      valueOf(
        await rateLimits.change({ kind: 'channel', channelId: 'a' }, { limit: 9, windowMs: 1_000 }, act),
      );
      const { special } = await load();
      expect(special!.version).toBeGreaterThan(loaded.special!.version);
      expect(special).toMatchObject({
        roles: [{ role: 'guest', limit: 2, windowMs: 5_000 }],
        channels: [
          { channelId: 'a', limit: 9, windowMs: 1_000 },
          { channelId: 'b', limit: 7, windowMs: 60_000 },
        ],
      });
      expect(valueOf(await rateLimits.remove({ kind: 'channel', channelId: 'a' }, act))).toBe(true);
      expect(valueOf(await rateLimits.remove({ kind: 'channel', channelId: 'a' }, act))).toBe(false);
      expect(valueOf(await rateLimits.remove({ kind: 'role', role: 'admin' }, act))).toBe(false);
      expect((await acts())[0]?.before).toEqual({ message_limit: 9, window_seconds: 1 });
      expect((await load()).special!.channels).toHaveLength(1);
    });

    it('[LIMIT-10] only so many channels have a limit of their own', async () => {
      const { rateLimits } = stores;
      const act = actBy({ id: 'ada' }, NOW, { action: 'ratelimit:updated' });
      await rateLimits.load({ limit: 20, windowMs: 10_000 }, -1);
      const give = async (n: number, limit: number) =>
        valueOf(await rateLimits.change({ kind: 'channel', channelId: `many-${n}` }, { limit }, act));
      const { special } = valueOf(await rateLimits.load({ limit: 20, windowMs: 10_000 }, -1));
      for (let n = special!.channels.length; n < MOST_CHANNEL_LIMITS; n += 1)
        expect(await give(n, 3)).toBe(true);
      expect(await give(MOST_CHANNEL_LIMITS, 3)).toBe(false);
      expect(await give(MOST_CHANNEL_LIMITS - 1, 4)).toBe(true);
    });
  });
}
