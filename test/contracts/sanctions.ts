/** What every {@link SanctionStore} keeps to. Run by memory-security and postgres-security. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditLog } from '../../src/admin/ports/audit-log.ts';
import type { SecurityStore } from '../../src/auth/ports.ts';
import type { NewSanction, Pardon, SanctionChange, SanctionStore } from '../../src/auth/sanction-store.ts';
import { uuidv7 } from '../../src/threads/uuidv7.ts';
import { valueOf } from './stores.ts';

/** Stores of one server; all of them empty. */
export interface SanctionFixture {
  readonly security: SecurityStore;
  readonly sanctions: SanctionStore;
  readonly audit: AuditLog;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;
const LATER = NOW + 1_000_000;
const BY = { id: 'mod', name: 'Mod' };

function banOf(user: string, over: Partial<NewSanction> = {}): NewSanction {
  return {
    ...{
      id: uuidv7(),
      kind: 'ban',
      user: { id: user, name: `name of ${user}` },
      by: BY,
      at: NOW,
      until: LATER,
    },
    ...over,
  };
}

/** Runs the suite over what `open` gives. */
export function sanctionContract(name: string, open: () => Promise<SanctionFixture>): void {
  describe(name, () => {
    let stores: SanctionFixture;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores.close());

    const head = async (): Promise<number> =>
      valueOf(await stores.security.changesAfter(-1, NOW))?.change ?? Number.NaN;
    const told = async (after: number, now = NOW): Promise<readonly SanctionChange[]> =>
      valueOf(await stores.security.changesAfter(after, now))?.sanctions ?? [];
    const sanction = async (one: NewSanction) => valueOf(await stores.sanctions.sanction(one));
    const list = async (query: Partial<Parameters<SanctionStore['list']>[0]>, now = NOW) =>
      valueOf(await stores.sanctions.list({ kind: 'ban', limit: 100, ...query }, now));

    it('[BAN-11] one that begins is told once, with what it says, and at a first look for as long as it holds', async () => {
      const before = await head();
      const user = randomUUID();
      const one = banOf(user, { reason: 'spam', address: '192.0.2.1', deleteSince: NOW - 5 });
      expect(await sanction(one)).toEqual({ replaced: false });
      const change = {
        ...{ id: one.id, kind: 'ban', userId: user, until: LATER, reason: 'spam', address: '192.0.2.1' },
        ...{ isOver: false, deletes: true },
      };
      expect(await told(before)).toEqual([change]);
      expect(await told(await head())).toEqual([]);
      valueOf(await stores.sanctions.deleted(one.id));
      expect(await told(-1, LATER - 1)).toContainEqual({ ...change, deletes: false });
      expect((await told(-1, LATER)).map(({ id }) => id)).not.toContain(one.id);
    });

    it('[BAN-7] [BAN-11] a second one of a kind takes the place of the first, which is told as over; of another kind not', async () => {
      const user = randomUUID();
      const [ban, mute, second, late] = [
        banOf(user),
        banOf(user, { kind: 'mute', until: null }),
        banOf(user, { at: NOW + 5, until: null }),
        banOf(user, { kind: 'mute', at: LATER + 5 }),
      ];
      expect(await sanction(ban)).toEqual({ replaced: false });
      expect(await sanction(mute)).toEqual({ replaced: false });
      const before = await head();
      expect(await sanction(second)).toEqual({ replaced: true });
      const over = (await told(before)).map(({ id, isOver }) => [id, isOver]);
      expect(new Map(over as [string, boolean][])).toEqual(
        new Map([
          [ban.id, true],
          [second.id, false],
        ]),
      );
      expect(await list({ user })).toEqual({
        items: [
          {
            ...{ id: second.id, kind: 'ban', user: second.user, by: BY, createdAt: NOW + 5 },
            ...{ until: null, endedAt: null, endedBy: null },
          },
          {
            ...{ id: ban.id, kind: 'ban', user: ban.user, by: BY, createdAt: NOW },
            ...{ until: LATER, endedAt: NOW + 5, endedBy: null },
          },
        ],
        hasMore: false,
      });
      expect((await list({ user, kind: 'mute' })).items).toMatchObject([{ id: mute.id, endedAt: null }]);
      // What ended by itself is replaced by nothing.
      const short = banOf(user, { at: NOW + 6, until: NOW + 7 });
      await sanction(short);
      expect(await sanction(banOf(user, { at: NOW + 8 }))).toEqual({ replaced: false });
      expect((await list({ user })).items).toMatchObject([{}, { id: short.id, endedAt: NOW + 7 }, {}, {}]);
      expect(await sanction(late)).toEqual({ replaced: true });
    });

    it('[BAN-4] [BAN-11] a pardon ends what is in force, by its id or of its user, says by whom, and is told', async () => {
      const user = randomUUID();
      const ban = banOf(user, { reason: 'spam' });
      await sanction(ban);
      const before = await head();
      const by = { id: 'other', name: 'Other' };
      const pardon = (over: Partial<Pardon> = {}, at = NOW + 9) =>
        stores.sanctions.pardon({ kind: 'ban', user: ban.user, by, at, ...over });
      expect(valueOf(await pardon({ id: 'another' }))).toBeNull();
      expect(valueOf(await pardon({ user: { id: 'another', name: 'Another' } }))).toBeNull();
      expect(valueOf(await pardon({ id: ban.id, kind: 'mute' }))).toBeNull();
      expect(valueOf(await pardon({ id: ban.id }, LATER))).toBeNull();
      const pardoned = {
        ...{ id: ban.id, kind: 'ban', user: ban.user, by: BY, reason: 'spam', createdAt: NOW },
        ...{ until: LATER, endedAt: NOW + 9, endedBy: by },
      };
      expect(valueOf(await pardon({ id: ban.id }))).toEqual(pardoned);
      expect(await told(before)).toMatchObject([{ id: ban.id, userId: user, isOver: true }]);
      expect((await told(-1)).map(({ id }) => id)).not.toContain(ban.id);
      expect(valueOf(await pardon({ id: ban.id }))).toBeNull();
      expect((await list({ user })).items).toEqual([pardoned]);
      const again = banOf(user);
      expect(await sanction(again)).toEqual({ replaced: false });
      expect(valueOf(await stores.sanctions.find('ban', again.id))).toMatchObject({
        id: again.id,
        endedAt: null,
      });
      expect(valueOf(await pardon())).toMatchObject({ id: again.id, endedBy: by });
      expect(valueOf(await stores.sanctions.find('ban', ban.id))).toEqual(pardoned);
      expect(valueOf(await stores.sanctions.find('mute', ban.id))).toBeNull();
    });

    it('[BAN-8] they are listed newest first, page after page, of one user, and by whether they are in force', async () => {
      const users = Array.from({ length: 5 }, () => randomUUID());
      const bans = users.map((user, index) => banOf(user, { until: index % 2 === 0 ? null : NOW + index }));
      for (const ban of bans) await sanction(ban);
      const newest = bans.map(({ id }) => id).reverse();
      const ids = ({ items }: { items: readonly { id: string }[] }) => items.map(({ id }) => id);
      expect(ids(await list({ limit: 5 }))).toEqual(newest);
      const first = await list({ limit: 2 });
      expect([ids(first), first.hasMore]).toEqual([newest.slice(0, 2), true]);
      expect(ids(await list({ limit: 3, before: newest[1]! }))).toEqual(newest.slice(2, 5));
      const of = { limit: 5, user: users[1]! };
      expect(ids(await list(of))).toEqual([bans[1]!.id]);
      expect(ids(await list({ ...of, active: true }))).toEqual([bans[1]!.id]);
      expect(ids(await list({ ...of, active: true }, NOW + 1))).toEqual([]);
      expect(ids(await list({ ...of, active: false }, NOW + 1))).toEqual([bans[1]!.id]);
      expect(ids(await list({ ...of, active: false }))).toEqual([]);
      expect(ids(await list({ user: users[0]!, active: true }, Number.MAX_SAFE_INTEGER))).toEqual([
        bans[0]!.id,
      ]);
    });

    it('[BAN-10] deletions are kept until they are done, whatever becomes of the ban', async () => {
      const pending = async () => valueOf(await stores.sanctions.deletions(100));
      expect(await pending()).toEqual([]);
      const user = randomUUID();
      const one = banOf(user, { deleteSince: NOW - 60_000 });
      const two = banOf(user, { deleteSince: NOW - 5, at: NOW + 1 });
      await sanction(one);
      await sanction(two);
      expect(await pending()).toEqual([
        { id: one.id, user, by: BY, since: NOW - 60_000, at: NOW },
        { id: two.id, user, by: BY, since: NOW - 5, at: NOW + 1 },
      ]);
      expect(valueOf(await stores.sanctions.deletions(1))).toHaveLength(1);
      valueOf(await stores.sanctions.deleted(one.id));
      expect(await pending()).toMatchObject([{ id: two.id }]);
      valueOf(await stores.sanctions.deleted(two.id));
    });

    it('[BAN-7] [AUDIT-4] what is done is in the audit log, with it or not at all', async () => {
      const by = { id: randomUUID(), name: 'Mod' };
      const ban = banOf(randomUUID(), { by, reason: 'spam', address: '192.0.2.1', deleteSince: NOW - 5 });
      await sanction(ban);
      await sanction({ ...banOf(ban.user.id, { by }), kind: 'mute', until: null });
      const pardon = { kind: 'ban', user: ban.user, by, at: NOW + 5 } as const;
      valueOf(await stores.sanctions.pardon(pardon));
      expect(valueOf(await stores.sanctions.pardon(pardon))).toBeNull();
      const target = { kind: 'user', ...ban.user };
      expect(valueOf(await stores.audit.list({ actor: by.id, limit: 10 })).items).toMatchObject([
        { action: 'user:unbanned', target, at: NOW + 5 },
        { action: 'user:muted', target, after: { until: null } },
        {
          ...{ action: 'user:banned', target, reason: 'spam', at: NOW },
          after: { until: LATER, address: '192.0.2.1', deleteSince: NOW - 5 },
        },
      ]);
    });

    it('[BAN-7] of several at once of one user one is in force', async () => {
      const user = randomUUID();
      const made = await Promise.all(Array.from({ length: 8 }, () => sanction(banOf(user))));
      expect(made.filter(({ replaced }) => !replaced)).toHaveLength(1);
      expect((await list({ user, active: true })).items).toHaveLength(1);
      expect((await list({ user })).items).toHaveLength(8);
    });
  });
}
