/** What every {@link HeldStore} keeps to. Run by memory-held and postgres-held. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditLog } from '../../src/admin/ports/audit-log.ts';
import { type AuditAct, actBy } from '../../src/protocol/audit-act.ts';
import type { ChannelLog, LogEntry } from '../../src/shard/ports/channel-log.ts';
import type { HeldMessage, HeldStore } from '../../src/shard/ports/held-store.ts';
import { valueOf } from './stores.ts';

/** The stores of one server; all of them empty. */
export interface HeldFixture {
  readonly held: HeldStore;
  readonly log: ChannelLog;
  readonly audit: AuditLog;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;
const WEEK_MS = 7 * 24 * 3600 * 1000;

/** Runs the suite over what `open` gives. */
export function heldContract(name: string, open: () => Promise<HeldFixture>): void {
  describe(name, () => {
    let stores: HeldFixture;
    beforeAll(async () => {
      stores = await open();
    });
    afterAll(() => stores.close());

    let ids = 0;
    const messageOf = (over: Partial<HeldMessage> = {}): HeldMessage => {
      const id = `m${String((ids += 1)).padStart(5, '0')}-${randomUUID().slice(0, 8)}`;
      const author = over.author ?? { id: randomUUID(), name: 'Ada “🙂”' };
      const data = JSON.stringify({ id, content: 'hold  me 👋', author, meta: { a: [1, null] } });
      return { id, channelId: randomUUID(), data, reason: 'no ads', at: NOW, ...over, author };
    };
    const act = (id: string, at = NOW): AuditAct =>
      actBy({ id: 'u-mod', name: 'Mod' }, at, { action: 'held:rejected', target: { kind: 'message', id } });
    const hold = async (message: HeldMessage) => valueOf(await stores.held.hold(message));
    const list = async (channelId: string, after: string | null = null, limit = 100) =>
      valueOf(await stores.held.list(channelId, after, limit));
    const land = async (channelId: string, sender: string, over: Partial<LogEntry> = {}) => {
      const id = randomUUID();
      const entry: LogEntry = {
        ...{ log: `channel:${channelId}`, id, type: 'message:created', sender, timestamp: NOW, data: '{}' },
        ...over,
      };
      expect((await stores.log.append([entry])).status).toBe('committed');
      return id;
    };

    it('[HELD-1] a message that waits comes back as it was, under its channel alone', async () => {
      const message = messageOf({ clientMessageId: 'k"1' });
      expect(await hold(message)).toEqual({ kind: 'held', id: message.id, duplicate: false });
      expect(await list(message.channelId)).toEqual({ items: [message], hasMore: false });
      expect(valueOf(await stores.held.find(message.channelId, message.id))).toEqual(message);
      expect(valueOf(await stores.held.find('elsewhere', message.id))).toBeNull();
      expect(await list('elsewhere')).toEqual({ items: [], hasMore: false });
    });

    it('[HELD-1] messages that wait are listed in pages, the oldest first', async () => {
      const channelId = randomUUID();
      const all = [messageOf({ channelId }), messageOf({ channelId }), messageOf({ channelId })];
      for (const message of all) await hold(message);
      expect(await list(channelId, null, 2)).toEqual({ items: all.slice(0, 2), hasMore: true });
      expect(await list(channelId, all[1]!.id, 2)).toEqual({ items: all.slice(2), hasMore: false });
    });

    it('[HELD-2] a retry waits under the first id, at once or later; without a clientMessageId nothing is a retry', async () => {
      const first = messageOf({ clientMessageId: 'k' });
      const again = () => messageOf({ ...first, id: randomUUID() });
      const answers = await Promise.all([hold(first), hold(again()), hold(again())]);
      expect(new Set(answers.map((answer) => 'id' in answer && answer.id)).size).toBe(1);
      expect(answers.filter((answer) => 'duplicate' in answer && !answer.duplicate)).toHaveLength(1);
      expect((await list(first.channelId)).items).toHaveLength(1);
      expect(await hold(first)).toMatchObject({ kind: 'held', duplicate: true });
      expect(
        await hold(messageOf({ ...first, id: randomUUID(), author: { id: 'other', name: 'o' } })),
      ).toMatchObject({
        duplicate: false,
      });
      expect(await hold(messageOf({ channelId: first.channelId, author: first.author }))).toMatchObject({
        duplicate: false,
      });
    });

    it('[HELD-3] an author has at most 20 that wait, in all channels together', async () => {
      const author = { id: randomUUID(), name: 'Flo' };
      const all = Array.from({ length: 20 }, () => messageOf({ author, clientMessageId: 'k' }));
      for (const message of all) expect(await hold(message)).toMatchObject({ kind: 'held' });
      expect(await hold(messageOf({ author }))).toEqual({ kind: 'full' });
      expect(await hold(all[3]!)).toMatchObject({ kind: 'held', duplicate: true });
      valueOf(await stores.held.release(all[0]!.channelId, all[0]!.id, act(all[0]!.id)));
      expect(await hold(messageOf({ author }))).toMatchObject({ kind: 'held' });
    });

    it('[HELD-5] one that was rejected is told once, its text is gone, and a retry is told so for a week', async () => {
      const message = messageOf({ clientMessageId: 'k' });
      await hold(message);
      const { channelId, id } = message;
      expect(valueOf(await stores.held.reject('elsewhere', id, act(id)))).toBeNull();
      expect(valueOf(await stores.held.reject(channelId, id, act(id)))).toEqual(message);
      expect(valueOf(await stores.held.reject(channelId, id, act(id)))).toBeNull();
      expect((await list(channelId)).items).toEqual([]);
      expect(valueOf(await stores.held.find(channelId, id))).toBeNull();
      valueOf(await stores.held.release(channelId, id, act(id)));
      expect(await hold(messageOf({ ...message, id: randomUUID() }))).toEqual({ kind: 'rejected' });
      const { items } = valueOf(await stores.audit.list({ target: id, limit: 10 }));
      expect(items).toMatchObject([{ action: 'held:rejected', actor: { id: 'u-mod', name: 'Mod' } }]);
      if (name.includes('PostgreSQL')) {
        await hold(messageOf({ at: NOW + WEEK_MS + 1 }));
        expect(await hold(messageOf({ ...message, id: randomUUID() }))).toMatchObject({ kind: 'held' });
      }
    });

    it('[HELD-4] one that landed waits no more', async () => {
      const message = messageOf({ clientMessageId: 'k' });
      const { channelId, id, author } = message;
      await hold(message);
      expect(valueOf(await stores.held.sent(channelId, author.id, 'k'))).toBeNull();
      await land(channelId, author.id, { id, clientMessageId: 'k', data: message.data });
      valueOf(await stores.held.release(channelId, id, act(id)));
      expect((await list(channelId)).items).toEqual([]);
      expect(valueOf(await stores.held.sent(channelId, author.id, 'k'))).toEqual({ id, seq: 1 });
      expect(valueOf(await stores.held.sent(channelId, 'other', 'k'))).toBeNull();
      expect(valueOf(await stores.held.sent('elsewhere', author.id, 'k'))).toBeNull();
    });

    it('[HELD-7] who ever wrote in a channel has spoken there, and nowhere else', async () => {
      const [here, there] = [randomUUID(), randomUUID()];
      await land(here, 'ada', { clientMessageId: 'k' });
      await land(here, 'bob');
      await land(here, 'cleo', { type: 'reaction:added' });
      const spoken = async (channelId: string, user: string) =>
        valueOf(await stores.held.hasSpoken(channelId, user));
      expect(await Promise.all(['ada', 'bob', 'cleo', 'dan'].map((user) => spoken(here, user)))).toEqual([
        ...[true, true, false, false],
      ]);
      expect(await spoken(there, 'ada')).toBe(false);
    });
  });
}
