/** What every {@link ChannelRecords} does: run over memory and PostgreSQL. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditLog } from '../../src/admin/ports/audit-log.ts';
import type { AppendOutcome, ChannelLog, LogEntry, LogKey } from '../../src/shard/ports/channel-log.ts';
import type { ChannelRecords } from '../../src/shard/ports/channel-records.ts';
import { uuidv7 } from '../../src/threads/uuidv7.ts';
import { valueOf as readOf } from './channel-log.ts';
import { valueOf } from './stores.ts';

/** Records with the log beside them. */
export interface RecordsFixture {
  readonly records: ChannelRecords;
  readonly log: ChannelLog;
  readonly audit: AuditLog;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;
const ADA = { id: 'ada', name: 'Ada' };

/** A message of a channel. */
export function messageIn(channel: string, more: Partial<LogEntry> = {}): LogEntry {
  const id = uuidv7();
  const data = JSON.stringify({ id, content: 'a secret', author: ADA });
  return {
    log: `channel:${channel}`,
    id,
    type: 'message:created',
    sender: ADA.id,
    timestamp: NOW,
    data,
    ...more,
  };
}

/** Deletes the channel, in Ada's name. */
export async function deleted(records: ChannelRecords, id: string, purge: boolean): Promise<boolean> {
  const before = { name: 'The room', private: false };
  return valueOf(await records.delete({ id, purge, by: ADA, at: NOW, before }));
}

/** Runs the suite over what `open` gives. */
export function channelRecordsContract(name: string, open: () => Promise<RecordsFixture>): void {
  describe(name, () => {
    let store: RecordsFixture;
    beforeAll(async () => {
      store = await open();
    });
    afterAll(() => store.close());

    const written = async (channel: string, count = 2): Promise<AppendOutcome> =>
      store.log.append(Array.from({ length: count }, () => messageIn(channel)));
    const loaded = async (channel: string) => readOf(await store.log.load(channel, 10, 10_000));
    const epochs = (channel: string, epoch: string): { epochs: ReadonlyMap<LogKey, string> } => ({
      epochs: new Map([[`channel:${channel}` as const, epoch]]),
    });

    it('[CHDEL-20] a channel is made once, with its owner', async () => {
      const channel = { id: randomUUID(), name: 'Room', topic: 'now', description: 'For all', private: true };
      expect(valueOf(await store.records.create(channel, ADA, NOW))).toBe(true);
      expect(valueOf(await store.records.create({ ...channel, name: 'Other' }, ADA, NOW))).toBe(false);
      const { channel: record, tables } = await loaded(channel.id);
      expect(record).toEqual(channel);
      expect(tables.members).toEqual([{ user: 'ada', name: 'Ada', role: 'owner', joinedAt: NOW }]);
    });

    it('[CHDEL-21] a deleted channel keeps what it has, reads as empty and takes nothing, until it is restored', async () => {
      const id = randomUUID();
      await written(id);
      const { page } = await loaded(id);
      expect(await deleted(store.records, id, false)).toBe(true);
      expect(await deleted(store.records, id, false)).toBe(false);
      expect(await loaded(id)).toMatchObject({
        channel: { id, deleted: true },
        page: { head: 0, events: [] },
      });
      expect(await written(id)).toEqual({ status: 'gone', logs: [`channel:${id}`] });
      const fork = messageIn(id);
      expect((await store.log.append([fork], { retry: true })).status).toBe('gone');
      const restoration = { id, by: ADA, at: NOW, before: { name: 'Room', private: false } };
      expect(valueOf(await store.records.restore(restoration))).toBe(true);
      expect(valueOf(await store.records.restore(restoration))).toBe(false);
      expect((await loaded(id)).page).toEqual(page);
      expect(await written(id, 1)).toMatchObject({ status: 'committed', placements: [{ seq: 3 }] });
    });

    it('[CHDEL-22] a purged channel leaves nothing; its id begins anew with another epoch', async () => {
      const id = randomUUID();
      const member = { kind: 'member', user: 'ada', name: 'Ada', role: 'owner' } as const;
      await store.log.append([messageIn(id, { changes: [member] })]);
      const { epoch } = (await loaded(id)).page;
      expect(await deleted(store.records, id, true)).toBe(true);
      const after = await loaded(id);
      expect(after).toMatchObject({ channel: null, tables: { members: [] }, page: { head: 0, events: [] } });
      expect(after.page.epoch).not.toBe(epoch);
      expect(await written(id, 1)).toMatchObject({ status: 'committed', placements: [{ seq: 1 }] });
      const { channel, page } = await loaded(id);
      expect(channel).toEqual({ id, name: id, private: false });
      expect(page).toMatchObject({ epoch: after.page.epoch, head: 1 });
      // And once more.
      expect(await deleted(store.records, id, false)).toBe(true);
      expect(await deleted(store.records, id, true)).toBe(true);
      expect((await loaded(id)).page).toMatchObject({ head: 0 });
      expect((await loaded(id)).page.epoch).not.toBe(after.page.epoch);
    });

    it('[CHDEL-23] what was written for another epoch lands nowhere, the rest of its batch neither', async () => {
      const [id, other] = [randomUUID(), randomUUID()];
      await written(id);
      const { epoch } = (await loaded(id)).page;
      await deleted(store.records, id, true);
      const stale = { status: 'gone', logs: [`channel:${id}`] };
      expect(await store.log.append([messageIn(id), messageIn(other)], epochs(id, epoch))).toEqual(stale);
      const { page } = await loaded(id);
      expect(page.head).toBe(0);
      expect((await loaded(other)).page.head).toBe(0);
      expect(await store.log.append([messageIn(id)], epochs(id, page.epoch))).toMatchObject({
        status: 'committed',
      });
      expect(await store.log.append([messageIn(id)], epochs(id, epoch))).toEqual(stale);
      const pinned = messageIn(id, { changes: [{ kind: 'member', user: 'b', name: 'B', role: 'member' }] });
      expect(await store.log.append([pinned], epochs(id, epoch))).toEqual(stale);
      expect(await loaded(id)).toMatchObject({ page: { head: 1 }, tables: { members: [] } });
    });

    it('[CHDEL-3] [CHDEL-24] what isn’t there can’t be deleted or restored; each act is audited once', async () => {
      const id = randomUUID();
      expect(await deleted(store.records, id, true)).toBe(false);
      const before = { name: 'Room', private: false };
      expect(valueOf(await store.records.restore({ id, by: ADA, at: NOW, before }))).toBe(false);
      expect(valueOf(await store.audit.list({ channel: id, limit: 9 })).items).toEqual([]);
      await store.records.create({ id, ...before }, ADA, NOW);
      expect(await deleted(store.records, id, false)).toBe(true);
      await store.records.restore({ id, by: ADA, at: NOW, before });
      expect(await deleted(store.records, id, true)).toBe(true);
      const { items } = valueOf(await store.audit.list({ channel: id, limit: 9 }));
      expect(items.map(({ action }) => action)).toEqual([
        'channel:deleted',
        'channel:restored',
        'channel:deleted',
        'channel:created',
      ]);
      expect(items[0]).toMatchObject({
        ...{ actor: ADA, target: { kind: 'channel', id, name: 'The room' }, after: { purge: true } },
        before: { name: 'The room', private: false },
      });
    });
  });
}
