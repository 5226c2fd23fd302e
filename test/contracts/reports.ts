/** What every {@link ReportStore} keeps to. Run by memory-reports and postgres-reports. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditLog } from '../../src/admin/ports/audit-log.ts';
import type { Role } from '../../src/protocol/entities.ts';
import type {
  NewReport,
  Report,
  ReportQuery,
  ReportReader,
  ReportStore,
} from '../../src/protocol/reports.ts';
import type { ChannelLog, LogEntry, LogKey } from '../../src/shard/ports/channel-log.ts';
import { deletionOf } from './amendments.ts';
import { commit, entryOf, freshLog } from './channel-log.ts';
import { valueOf } from './stores.ts';

/** Reports, and the log that they are of. */
export interface ReportsFixture {
  readonly reports: ReportStore;
  readonly audit: AuditLog;
  readonly log: ChannelLog;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;
const BOB = { id: 'bob', name: 'Bob' };
const MOD = { id: 'mod', name: 'Mod' };

/** Runs the suite over what `open` gives. */
export function reportsContract(name: string, open: () => Promise<ReportsFixture>): void {
  describe(name, () => {
    let fixture: ReportsFixture;
    let reports: ReportStore;
    beforeAll(async () => {
      fixture = await open();
      reports = fixture.reports;
    });
    afterAll(() => fixture.close());

    let ids = 0;
    const nextId = (): string => `r${String((ids += 1)).padStart(6, '0')}`;
    const channelOf = (key: LogKey): string => key.slice('channel:'.length);
    const messageIn = (key: LogKey, content: string, sender = 'ada'): LogEntry => {
      const author = { id: sender, name: sender.toUpperCase() };
      const entry = entryOf(key, { sender });
      return { ...entry, data: JSON.stringify({ id: entry.id, content, author, meta: { a: 1 } }) };
    };
    const said = async (key: LogKey, ...contents: string[]): Promise<LogEntry[]> => {
      const entries = contents.map((content) => messageIn(key, content));
      await commit(fixture.log, entries);
      return entries;
    };
    const reportOf = (message: LogEntry, fields: Partial<NewReport> = {}): NewReport => ({
      ...{ id: nextId(), channelId: channelOf(message.log), messageId: message.id },
      ...{ reporter: BOB, reason: 'It is spam.', at: NOW, ...fields },
    });
    const filed = async (message: LogEntry, fields: Partial<NewReport> = {}) =>
      valueOf(await reports.file(reportOf(message, fields))).report;
    const list = async (query: Partial<ReportQuery>) =>
      valueOf(await reports.list({ limit: 10, by: MOD.id, ...query })).items;
    const shownOf = ({ id, timestamp, data }: LogEntry) => {
      const { content, author } = JSON.parse(data) as { content: string; author: object };
      return { id, author, content, timestamp };
    };

    it('[REPORT-2] a report keeps the message and five before it, whatever becomes of them', async () => {
      const key = freshLog();
      const before = await said(key, '0', '1', '2', '3', '4');
      await commit(fixture.log, [deletionOf(before[3]!), entryOf(key, { type: 'member:muted' })]);
      const messages = await said(key, '5', '6', 'the one', '8');
      const report = await filed(messages[2]!);
      expect(report).toStrictEqual({
        ...{ id: report.id, channelId: channelOf(key), state: 'open', reporter: BOB, reason: 'It is spam.' },
        ...{ createdAt: NOW, message: shownOf(messages[2]!) },
        context: [before[1]!, before[2]!, before[4]!, messages[0]!, messages[1]!].map(shownOf),
      });
      await commit(fixture.log, [deletionOf(messages[2]!), deletionOf(messages[1]!)]);
      expect(await list({ channelId: channelOf(key) })).toStrictEqual([report]);
    });

    it('[REPORT-3] one that is open is a duplicate; resolved, it may be reported again; others may too', async () => {
      const [message] = await said(freshLog(), 'x');
      const first = await filed(message!);
      expect(valueOf(await reports.file(reportOf(message!)))).toEqual({ report: first, duplicate: true });
      valueOf(await reports.claim({ id: first.id, by: MOD, at: NOW }));
      expect(valueOf(await reports.file(reportOf(message!)))).toMatchObject({ duplicate: true });
      const other = { id: 'cleo', name: 'Cleo' };
      expect(valueOf(await reports.file(reportOf(message!, { reporter: other }))).duplicate).toBe(false);
      valueOf(await reports.resolve({ id: first.id, by: MOD, at: NOW, outcome: 'dismissed' }));
      expect(valueOf(await reports.file(reportOf(message!))).duplicate).toBe(false);
      expect(await list({ channelId: first.channelId })).toHaveLength(3);
    });

    it('[REPORT-3] of reports of one message at once, by one person, one is kept', async () => {
      const [message] = await said(freshLog(), 'x');
      const all = await Promise.all(Array.from({ length: 6 }, () => reports.file(reportOf(message!))));
      const fresh = all.map(valueOf).filter(({ duplicate }) => !duplicate);
      expect(fresh).toHaveLength(1);
      expect(new Set(all.map((each) => valueOf(each).report.id)).size).toBe(1);
    });

    it('[REPORT-1] what is not there, is elsewhere, deleted or no message can not be reported; nor what is one’s own', async () => {
      const key = freshLog();
      const [message, deleted] = await said(key, 'x', 'y');
      const event = entryOf(key, { type: 'member:muted' });
      await commit(fixture.log, [deletionOf(deleted!), event]);
      const codeOf = async (of: LogEntry, fields: Partial<NewReport> = {}) => {
        const answer = await reports.file(reportOf(of, fields));
        return answer.ok ? 'ok' : answer.failure.code;
      };
      expect(await codeOf(entryOf(key))).toBe('not_found');
      expect(await codeOf(message!, { channelId: 'elsewhere' })).toBe('not_found');
      expect(await codeOf(deleted!)).toBe('not_found');
      expect(await codeOf(event)).toBe('not_found');
      expect(await codeOf(message!, { messageId: 'a\0b' })).toBe('not_found');
      expect(await codeOf(message!, { reporter: { id: 'ada', name: 'ADA' } })).toBe('bad_request');
      expect(await list({ channelId: channelOf(key) })).toEqual([]);
    });

    it('[SHADOW-12] what a shadow ban hides is there for whoever sees it alone, in the context too', async () => {
      const key = freshLog();
      const hidden = (content: string): LogEntry => {
        const entry = messageIn(key, content);
        return { ...entry, data: JSON.stringify({ ...(JSON.parse(entry.data) as object), shadow: 'ada' }) };
      };
      const [first, second, last] = [messageIn(key, 'seen'), hidden('hidden'), messageIn(key, 'last')];
      await commit(fixture.log, [first, second, last]);
      expect(await reports.file(reportOf(second))).toMatchObject({ failure: { code: 'not_found' } });
      const own = await reports.file(reportOf(second, { reporter: { id: 'ada', name: 'Ada' } }));
      expect(own).toMatchObject({ failure: { code: 'bad_request' } });
      const texts = ({ context }: { readonly context: readonly { readonly content: string }[] }) =>
        context.map(({ content }) => content);
      expect(texts(await filed(last))).toEqual(['seen']);
      expect(texts(await filed(last, { reporter: MOD, seesAll: true }))).toEqual(['seen', 'hidden']);
      expect((await filed(second, { reporter: MOD, seesAll: true })).message.content).toBe('hidden');
    });

    it('[REPORT-5] lists by channel and state, the newest first, page after page', async () => {
      const key = freshLog();
      const messages = await said(key, 'a', 'b', 'c', 'd');
      const ids = [];
      for (const message of messages) ids.push((await filed(message)).id);
      const channelId = channelOf(key);
      valueOf(await reports.claim({ id: ids[1]!, by: MOD, at: NOW }));
      valueOf(await reports.resolve({ id: ids[2]!, by: MOD, at: NOW, outcome: 'actioned' }));
      const idsOf = async (query: Partial<ReportQuery>) => (await list(query)).map(({ id }) => id);
      expect(await idsOf({ channelId })).toEqual([ids[3], ids[2], ids[1], ids[0]]);
      expect(await idsOf({ channelId, state: 'open' })).toEqual([ids[3], ids[0]]);
      expect(await idsOf({ channelId, state: 'claimed' })).toEqual([ids[1]]);
      expect(await idsOf({ channelId, state: 'resolved' })).toEqual([ids[2]]);
      expect(await idsOf({ channelId: 'elsewhere' })).toEqual([]);
      expect((await idsOf({ state: 'open' })).slice(0, 2)).toEqual([ids[3], ids[0]]);
      const page = valueOf(await reports.list({ channelId, limit: 3, by: MOD.id }));
      expect([page.items.length, page.hasMore]).toEqual([3, true]);
      expect(await idsOf({ channelId, after: page.items[2]!.id })).toEqual([ids[0]]);
      expect(await idsOf({ channelId, after: 'a\0b' })).toEqual([]);
    });

    it('[REPORT-5] [REPORT-7] tells those who look after channels of theirs, and lets them work on no others', async () => {
      const [keeper, member, stranger] = [randomUUID(), randomUUID(), randomUUID()];
      const roleOf = (user: string, role: 'owner' | 'member' | null) =>
        ({ kind: 'member', user, name: user, role }) as const;
      const keys = [freshLog(), freshLog(), freshLog()];
      const found: Report[] = [];
      for (const key of keys) found.push(await filed((await said(key, 'x'))[0]!));
      const [mine, banned, others] = found;
      const ban = { kind: 'ban', user: keeper, name: 'Keeper', by: 'x', byName: 'X', until: null } as const;
      const changes = {
        type: 'channel:updated',
        changes: [roleOf(keeper, 'owner'), roleOf(member, 'member')],
      };
      await commit(fixture.log, [entryOf(keys[0]!, changes)]);
      const outOf = [roleOf(keeper, 'owner'), { kind: 'sanction', sanction: ban }] as const;
      await commit(fixture.log, [entryOf(keys[1]!, { type: 'channel:updated', changes: outOf })]);
      const reader = (id: string, roles: readonly Role[] = ['user'], channels?: readonly string[]) => ({
        ...{ id, roles },
        ...(channels === undefined ? {} : { channels }),
      });
      const listed = async (one: ReportReader, query: Partial<ReportQuery> = {}) => {
        const page = valueOf(await reports.listFor(one, { limit: 50, by: one.id, ...query }, NOW));
        return page.items.flatMap(({ id }) => (found.some((each) => each.id === id) ? [id] : []));
      };
      expect(await listed(reader(keeper))).toEqual([mine!.id]);
      expect(await listed(reader(keeper), { channelId: others!.channelId })).toEqual([]);
      expect(await listed(reader(member))).toEqual([]);
      expect(await listed(reader('ada', ['user', 'moderator']))).toEqual([]);
      const staff = reader(stranger, ['user', 'moderator']);
      expect(await listed(staff)).toEqual([others!.id, banned!.id, mine!.id]);
      expect(await listed({ ...staff, channels: [mine!.channelId] })).toEqual([mine!.id]);
      expect(await listed({ ...staff, channels: [`${others!.channelId.slice(0, 20)}*`] })).toEqual([
        others!.id,
      ]);
      const looks = async (one: ReportReader) => valueOf(await reports.looksAfterAny(one, NOW));
      expect(await looks(reader(keeper))).toBe(true);
      expect(await looks(reader(keeper, ['user'], [others!.channelId]))).toBe(false);
      expect(await looks(reader(member))).toBe(false);
      expect(await looks(reader(stranger))).toBe(false);
      const work = { by: { id: keeper, name: 'Keeper' }, at: NOW, reader: reader(keeper) };
      expect(await reports.claim({ ...work, id: others!.id })).toMatchObject({
        failure: { code: 'not_found' },
      });
      expect(await reports.claim({ ...work, id: banned!.id })).toMatchObject({
        failure: { code: 'not_found' },
      });
      expect(await reports.claim({ ...work, id: mine!.id })).toMatchObject({ ok: true });
    });

    it('[REPORT-6] nobody sees or handles a report of their own message', async () => {
      const [message] = await said(freshLog(), 'x');
      const { id, channelId } = await filed(message!);
      const ada = { id: 'ada', name: 'ADA' };
      expect(await list({ channelId, by: 'ada' })).toEqual([]);
      for (const answer of [
        await reports.claim({ id, by: ada, at: NOW }),
        await reports.resolve({ id, by: ada, at: NOW, outcome: 'dismissed' }),
      ]) {
        expect(answer).toMatchObject({ ok: false, failure: { code: 'not_found' } });
      }
    });

    it('[REPORT-7] is claimed by one, resolved by whoever may, once; each is an act', async () => {
      const [message] = await said(freshLog(), 'x');
      const { id, channelId } = await filed(message!);
      const [one, two] = [
        { id: randomUUID(), name: 'One' },
        { id: randomUUID(), name: 'Two' },
      ];
      const conflict = { ok: false, failure: { code: 'conflict' } };
      const claimed = valueOf(await reports.claim({ id, by: one, at: NOW + 1 }));
      expect(claimed).toMatchObject({ duplicate: false, report: { state: 'claimed', claimedBy: one } });
      expect(valueOf(await reports.claim({ id, by: one, at: NOW + 2 })).duplicate).toBe(true);
      expect(await reports.claim({ id, by: two, at: NOW + 2 })).toMatchObject(conflict);
      expect(await reports.claim({ id, channelId: 'elsewhere', by: one, at: NOW })).toMatchObject({
        ok: false,
      });
      const end = { id, channelId, by: two, at: NOW + 3, outcome: 'actioned', note: 'Muted.' } as const;
      const resolved = valueOf(await reports.resolve(end));
      expect(resolved).toMatchObject({ duplicate: false });
      expect(resolved.report).toMatchObject({
        ...{ state: 'resolved', claimedBy: one, resolvedBy: two, resolvedAt: NOW + 3 },
        ...{ outcome: 'actioned', note: 'Muted.' },
      });
      expect(await list({ channelId })).toStrictEqual([resolved.report]);
      expect(valueOf(await reports.resolve(end)).duplicate).toBe(true);
      expect(await reports.resolve({ ...end, outcome: 'dismissed' })).toMatchObject(conflict);
      expect(await reports.resolve({ ...end, by: one })).toMatchObject(conflict);
      expect(await reports.claim({ id, by: one, at: NOW + 4 })).toMatchObject(conflict);
      for (const gone of ['nothing', 'a\0b']) {
        expect(await reports.claim({ id: gone, by: one, at: NOW })).toMatchObject({
          failure: { code: 'not_found' },
        });
      }
      const target = { kind: 'report', id };
      expect(valueOf(await fixture.audit.list({ target: id, limit: 10 })).items).toMatchObject([
        {
          ...{
            action: 'report:resolved',
            actor: two,
            at: NOW + 3,
            channel: channelId,
            target,
            reason: 'Muted.',
          },
          ...{ before: { state: 'claimed' }, after: { outcome: 'actioned' } },
        },
        { action: 'report:claimed', actor: one, at: NOW + 1, channel: channelId, target },
      ]);
    });

    it('[REPORT-7] of many who claim one at once one has it', async () => {
      const [message] = await said(freshLog(), 'x');
      const { id } = await filed(message!);
      const claims = await Promise.all(
        Array.from({ length: 5 }, (_, nth) =>
          reports.claim({ id, by: { id: `m${nth}`, name: 'M' }, at: NOW }),
        ),
      );
      expect(claims.filter(({ ok }) => ok)).toHaveLength(1);
      expect(valueOf(await fixture.audit.list({ target: id, limit: 10 })).items).toHaveLength(1);
    });

    it('[REPORT-9] reports that are older than a time are deleted', async () => {
      const [old, young] = await said(freshLog(), 'x', 'y');
      const { channelId } = await filed(old!, { at: 1_000 });
      const kept = await filed(young!, { at: 1_001 });
      valueOf(await reports.deleteBefore(1_001));
      expect(await list({ channelId })).toStrictEqual([kept]);
    });
  });
}
