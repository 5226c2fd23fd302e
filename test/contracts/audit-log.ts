/** What every {@link AuditLog} keeps to, and every log that writes to it. Run by memory-audit-log and postgres-audit-log. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditEntry, AuditLog, AuditQuery } from '../../src/admin/ports/audit-log.ts';
import type { AuditAct } from '../../src/protocol/audit-act.ts';
import type { ChannelLog, LogEntry } from '../../src/shard/ports/channel-log.ts';
import { type AuditChain, verifyChain } from '../../src/storage/audit-chain-reader.ts';
import { deletionOf } from './amendments.ts';
import { commit, entryOf, freshLog } from './channel-log.ts';
import { valueOf } from './stores.ts';

/** The audit log of a database, and a channel log in it. */
export interface AuditFixture {
  readonly audit: AuditLog & AuditChain;
  readonly log: ChannelLog;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;

/** An act with defaults. */
export function actOf(fields: Partial<AuditAct> = {}): AuditAct {
  return { at: NOW, actor: 'ada', action: 'member:muted', ...fields };
}

/** Runs the suite over what `open` gives. */
export function auditLogContract(name: string, open: () => Promise<AuditFixture>): void {
  describe(name, () => {
    let fixture: AuditFixture;
    let audit: AuditFixture['audit'];
    beforeAll(async () => {
      fixture = await open();
      audit = fixture.audit;
    });
    afterAll(() => fixture.close());

    const list = async (query: Partial<AuditQuery>): Promise<readonly AuditEntry[]> =>
      valueOf(await audit.list({ limit: 100, ...query })).items;
    const sound = async (): Promise<number> => {
      const verdict = valueOf(await verifyChain(audit));
      if (!verdict.sound) throw new Error(verdict.problem);
      return verdict.head.seq;
    };

    it('[AUDIT-1] an act is kept with who, whom, where, why, before and after, and what is absent stays absent', async () => {
      const [actor, id] = [randomUUID(), randomUUID()];
      const whole = {
        ...{
          actor,
          action: 'channel:updated',
          by: 'Ada ☂',
          channel: 'general',
          reason: 'a "quoted" \n\\ 理由',
        },
        target: { kind: 'channel', id, name: 'Générale' },
        ...{ before: { topic: 'old' }, after: { topic: null, settings: { slowModeSeconds: 5 } } },
      } as const;
      valueOf(await audit.append({ ...whole, at: NOW }));
      valueOf(await audit.append({ at: NOW + 1, actor, action: 'keys:rotated' }));
      const [bare, kept] = await list({ actor });
      expect(kept).toStrictEqual({
        ...{ seq: bare!.seq - 1, at: NOW, action: 'channel:updated', channel: 'general' },
        actor: { id: actor, name: 'Ada ☂' },
        target: whole.target,
        ...{ reason: whole.reason, before: whole.before, after: whole.after },
        ...{ erased: false, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      });
      expect(bare).toStrictEqual({
        ...{ seq: kept!.seq + 1, at: NOW + 1, action: 'keys:rotated', actor: { id: actor } },
        ...{ erased: false, hash: expect.any(String) },
      });
      await sound();
    });

    it('[AUDIT-1] texts that no column takes as they are come back as they were', async () => {
      const actor = randomUUID();
      const reason = 'zero \0, half \ud800, unit \u001f, line \u2028';
      valueOf(await audit.append(actOf({ actor, reason })));
      expect(await list({ actor })).toMatchObject([{ reason }]);
      await sound();
    });

    it('[AUDIT-5] acts are found by who, whom, what, where and when, the newest first, page after page', async () => {
      const [actor, id] = [randomUUID(), randomUUID()];
      for (let nth = 0; nth < 6; nth += 1) {
        const target = { kind: 'user', id: nth % 2 === 0 ? id : 'bob' } as const;
        const action = nth < 3 ? 'member:muted' : 'member:kicked';
        valueOf(await audit.append(actOf({ at: NOW + nth, actor, target, action, channel: `c${nth}` })));
      }
      const times = async (query: Partial<AuditQuery>) =>
        (await list({ actor, ...query })).map(({ at }) => at - NOW);
      expect(await times({})).toEqual([5, 4, 3, 2, 1, 0]);
      expect(await times({ target: id })).toEqual([4, 2, 0]);
      expect(await times({ action: 'member:kicked' })).toEqual([5, 4, 3]);
      expect(await times({ channel: 'c2' })).toEqual([2]);
      expect(await times({ since: NOW + 2, until: NOW + 4 })).toEqual([3, 2]);
      expect(await times({ target: id, action: 'member:muted', since: NOW + 1 })).toEqual([2]);
      expect(await list({ actor: 'a\0b' })).toEqual([]);
      const first = valueOf(await audit.list({ actor, limit: 4 }));
      expect([first.items.length, first.hasMore]).toEqual([4, true]);
      const rest = valueOf(await audit.list({ actor, limit: 4, before: first.items[3]!.seq }));
      expect([rest.items.map(({ at }) => at - NOW), rest.hasMore]).toEqual([[1, 0], false]);
    });

    it('[AUDIT-3] names and texts of an act can be erased, once; the erasure is kept, and the chain holds', async () => {
      const actor = randomUUID();
      const target = { kind: 'user', id: 'bob', name: 'Bob' } as const;
      valueOf(await audit.append(actOf({ actor, by: 'Ada', target, reason: 'spam' })));
      const [{ seq, hash } = { seq: 0, hash: '' }] = await list({ actor });
      const erasure = actOf({ actor, action: 'audit:erased', target: { kind: 'audit', id: String(seq) } });
      expect(valueOf(await audit.erase(seq, erasure))).toBe(true);
      expect(await list({ actor, action: 'member:muted' })).toStrictEqual([
        {
          ...{ seq, hash, at: NOW, action: 'member:muted', actor: { id: actor } },
          ...{ target: { kind: 'user', id: 'bob' }, erased: true },
        },
      ]);
      expect(await list({ actor, action: 'audit:erased' })).toHaveLength(1);
      expect(valueOf(await audit.erase(seq, erasure))).toBe(false);
      expect(valueOf(await audit.erase(1_000_000, erasure))).toBe(false);
      expect(await list({ actor, action: 'audit:erased' })).toHaveLength(1);
      await sound();
    });

    it('[AUDIT-2] acts at once are numbered without a gap, in one chain', async () => {
      const before = await sound();
      const actor = randomUUID();
      await Promise.all(
        Array.from({ length: 25 }, (_, nth) => audit.append(actOf({ actor, at: NOW + nth }))),
      );
      expect(await sound()).toBe(before + 25);
      const seqs = (await list({ actor })).map(({ seq }) => seq);
      expect(seqs).toEqual(Array.from({ length: 25 }, (_, nth) => before + 25 - nth));
    });

    it('[AUDIT-4] an entry of a log is audited with it: once, however often it is sent', async () => {
      const key = freshLog();
      const sender = randomUUID();
      const note = {
        action: 'member:kicked',
        target: { kind: 'user', id: 'bob', name: 'Bob' },
        reason: 'x',
      } as const;
      const act: LogEntry = entryOf(key, { sender, type: 'member:kicked', audit: { ...note, by: 'Ada' } });
      await commit(fixture.log, [entryOf(key), act, entryOf(key)]);
      await commit(fixture.log, [act], true);
      expect(await list({ actor: sender })).toMatchObject([
        {
          ...note,
          actor: { id: sender, name: 'Ada' },
          at: act.timestamp,
          channel: key.slice('channel:'.length),
        },
      ]);
      await sound();
    });

    it('[AUDIT-4] what lands nowhere or is a duplicate is no act', async () => {
      const key = freshLog();
      const [one, two] = [randomUUID(), randomUUID()];
      const message = entryOf(key, { data: '{"content":"a"}' });
      await commit(fixture.log, [message]);
      const audit = { action: 'message:deleted', target: { kind: 'message', id: message.id } } as const;
      const deletion = (sender: string): LogEntry => ({ ...deletionOf(message), sender, audit });
      const [first, second] = await commit(fixture.log, [deletion(one), deletion(two)]);
      expect([first?.duplicate, second?.duplicate]).toEqual([false, true]);
      const missing = entryOf(key, {
        sender: two,
        audit,
        reacts: { target: 'none', emoji: 'x', isAdded: true },
      });
      expect(await commit(fixture.log, [missing])).toMatchObject([{ seq: 0 }]);
      expect(await list({ actor: one })).toHaveLength(1);
      expect(await list({ actor: two })).toEqual([]);
    });

    it('[AUDIT-4] a refused batch leaves no act', async () => {
      const sender = randomUUID();
      const act = entryOf(freshLog(), { sender, audit: { action: 'member:kicked' } });
      const refused = await fixture.log.append([act, entryOf(freshLog(), { data: 'no JSON' })]);
      expect(refused.status).toBe('refused');
      expect(await list({ actor: sender })).toEqual([]);
    });
  });
}
