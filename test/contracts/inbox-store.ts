/** What every {@link InboxStore} keeps to, with the log that moves its conversations. Run by memory-inboxes and postgres-inboxes. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nameKey } from '../../src/protocol/text.ts';
import { sentCopyId } from '../../src/protocol/whispers.ts';
import type { ChannelLog, LogEntry } from '../../src/shard/ports/channel-log.ts';
import type { InboxMark, InboxOwner, InboxStore } from '../../src/shard/ports/inbox-store.ts';
import { commit, entryOf } from './channel-log.ts';
import { valueOf } from './stores.ts';

/** A store, two writers of its logs, and a way to make people known; all of it empty. */
export interface InboxesFixture {
  readonly inboxes: InboxStore;
  readonly one: ChannelLog;
  readonly two: ChannelLog;
  addPerson(person: InboxOwner): Promise<void>;
  close(): Promise<void>;
}

const WIDE = { limit: 1_000, maxBytes: 1_000_000 };

/** Ids of users that no other test has. */
function users<N extends string>(...names: readonly N[]): Record<N, string> {
  const run = randomUUID();
  return Object.fromEntries(names.map((name) => [name, `${name}-${run}`])) as Record<N, string>;
}

/** A whisper as both inboxes get it, or a note to oneself. */
function whisper(from: string, to: string, fields: Partial<LogEntry> = {}): LogEntry[] {
  const id = randomUUID();
  const data = JSON.stringify({
    id,
    from: { id: from, name: `old ${from}` },
    to: { id: to, name: `old ${to}` },
  });
  const received = entryOf(`inbox:${to}`, { id, type: 'whisper:created', sender: from, data, ...fields });
  return from === to
    ? [received]
    : [received, { ...received, log: `inbox:${from}`, id: sentCopyId(received.id) }];
}

/** Runs the suite over what `open` gives. */
export function inboxStoreContract(name: string, open: () => Promise<InboxesFixture>): void {
  describe(`${name} keeps the contract of InboxStore`, () => {
    let fixture: InboxesFixture;
    let inboxes: InboxStore;
    beforeAll(async () => {
      fixture = await open();
      inboxes = fixture.inboxes;
    });
    afterAll(() => fixture.close());

    /** Sends whispers in one batch; their ids. */
    const send = async (...pairs: readonly (readonly [from: string, to: string])[]): Promise<string[]> => {
      const groups = pairs.map(([from, to]) => whisper(from, to));
      await commit(fixture.one, groups.flat());
      return groups.map(([received]) => received!.id);
    };
    const inbox = async (owner: string) => valueOf(await inboxes.load([owner]))[0]!;
    const side = async (owner: string, correspondent: string) => {
      const { conversations } = await inbox(owner);
      return conversations.find((one) => one.correspondent === correspondent) ?? null;
    };
    const mark = async (...marks: readonly InboxMark[]) => valueOf(await inboxes.mark(marks));
    const markOf = (owner: string, correspondent: string, delivered: number, read = 0): InboxMark => ({
      ...{ owner, correspondent, delivered, read },
    });
    const history = async (owner: string, correspondent: string, range = {}) =>
      valueOf(await inboxes.history(owner, correspondent, { ...WIDE, ...range }));
    const seqsOf = (page: { readonly events: readonly { readonly seq: number }[] }) =>
      page.events.map(({ seq }) => seq);

    it('[MENTION-3] [MENTION-5] heads, and who has names, are told of many at once', async () => {
      const { ada, bob, eve } = users('ada', 'bob', 'eve');
      await send([ada, bob], [eve, bob]);
      expect(valueOf(await inboxes.heads([bob, 'nobody', eve, ada]))).toEqual([2, 0, 1, 1]);
      expect(valueOf(await inboxes.heads([]))).toEqual([]);
      const names = { ada: `Ada ${randomUUID().slice(0, 8)}`, bob: `Bob${randomUUID().slice(0, 8)}` };
      await fixture.addPerson({ id: ada, name: names.ada, guest: true });
      await fixture.addPerson({ id: bob, name: names.bob, guest: false });
      const keys = [nameKey(names.bob), 'no such name', nameKey(names.ada)];
      const found = valueOf(await inboxes.findNames(keys));
      expect([...found].sort((a, b) => (a.id < b.id ? -1 : 1))).toEqual([
        { key: nameKey(names.ada), id: ada, name: names.ada },
        { key: nameKey(names.bob), id: bob, name: names.bob },
      ]);
    });

    it('[LOG-41] a whisper moves both sides of its conversation: the newest one, and what the recipient has not read', async () => {
      const { ada, bob, eve } = users('ada', 'bob', 'eve');
      await send([ada, bob], [ada, bob], [bob, ada], [eve, bob]);
      await send([ada, bob]);
      const none = { delivered: 0, read: 0, sentDelivered: 0, sentRead: 0 };
      expect(await side(bob, ada)).toEqual({ correspondent: ada, lastSeq: 5, unread: 3, ...none });
      expect(await side(bob, eve)).toEqual({ correspondent: eve, lastSeq: 4, unread: 1, ...none });
      expect(await side(ada, bob)).toEqual({ correspondent: bob, lastSeq: 4, unread: 1, ...none });
      expect(await side(eve, bob)).toEqual({ correspondent: bob, lastSeq: 1, unread: 0, ...none });
      expect(await side(eve, ada)).toBeNull();
    });

    it('[LOG-41] a note to oneself is one event, and nothing that is unread', async () => {
      const { ada } = users('ada');
      await send([ada, ada], [ada, ada]);
      expect(await inbox(ada)).toMatchObject({
        head: 2,
        conversations: [{ correspondent: ada, lastSeq: 2, unread: 0 }],
      });
      expect(await mark(markOf(ada, ada, 2, 2))).toMatchObject([
        { deliveredWhisper: null, readWhisper: null },
      ]);
      expect(seqsOf(await history(ada, ada))).toEqual([1, 2]);
    });

    it('[LOG-41] a duplicate moves nothing, by its clientMessageId or by its id', async () => {
      const { ada, bob } = users('ada', 'bob');
      const first = whisper(ada, bob, { clientMessageId: 'k' });
      await commit(fixture.one, first);
      await commit(fixture.two, [...whisper(ada, bob, { clientMessageId: 'k' }), ...whisper(ada, bob)]);
      await commit(fixture.two, first, true);
      expect(await side(bob, ada)).toMatchObject({ lastSeq: 2, unread: 2 });
      expect(await side(ada, bob)).toMatchObject({ lastSeq: 2, unread: 0 });
    });

    it('[LOG-41] other events of an inbox move no conversation, nor does a whisper’s type in a channel', async () => {
      const { ada, bob } = users('ada', 'bob');
      const foreign = { type: 'whisper:created', sender: ada };
      const mention = entryOf(`inbox:${bob}`, { type: 'mention:created', sender: ada });
      await commit(fixture.one, [mention, entryOf(`channel:${randomUUID()}`, foreign)]);
      expect(await inbox(bob)).toMatchObject({ head: 1, conversations: [] });
      await send([ada, bob]);
      expect(await side(bob, ada)).toMatchObject({ lastSeq: 2, unread: 1 });
    });

    it('[LOG-41] what is refused moves nothing', async () => {
      const { ada, bob } = users('ada', 'bob');
      const outcome = await fixture.one.append([...whisper(ada, bob), ...whisper(ada, bob, { data: '{' })]);
      expect(outcome.status).toBe('refused');
      expect(await inbox(bob)).toMatchObject({ head: 0, conversations: [] });
    });

    it('[LOG-41] pairs that whisper to each other from two writers at once wait for each other in no circle', async () => {
      const all = Object.values(users('a', 'b', 'c', 'd'));
      const pairs = all.flatMap((from) => all.map((to) => [from, to] as const));
      const write = async (log: ChannelLog, order: typeof pairs) => {
        for (let round = 0; round < 15; round += 1) {
          await commit(
            log,
            order.flatMap(([from, to]) => whisper(from, to)),
          );
          await mark(...order.map(([owner, correspondent]) => markOf(owner, correspondent, round, round)));
        }
      };
      await Promise.all([write(fixture.one, pairs), write(fixture.two, pairs.toReversed())]);
      const loaded = valueOf(await inboxes.load(all));
      for (const { owner, head, conversations } of loaded) {
        // 30 from each of three others, 30 to each of them, and 30 notes.
        expect({ owner, head }).toEqual({ owner, head: 210 });
        for (const { correspondent, unread, read } of conversations) {
          const page = await history(owner, correspondent);
          const behind = page.events.filter(({ sender, seq }) => sender !== owner && seq > read);
          expect(unread).toBe(behind.length);
        }
      }
    });

    it('[LOG-66] whispers that were amended are told as they are now, and counts and marks go on as before', async () => {
      const { ada, bob } = users('ada', 'bob');
      const [first, second] = [whisper(ada, bob, { clientMessageId: 'k' }), whisper(ada, bob)];
      await commit(fixture.one, [...first, ...second]);
      const texts = async (owner: string, other: string) =>
        (await history(owner, other)).events.map(
          ({ data }) => (JSON.parse(data) as { content?: string }).content,
        );
      const amended = (target: readonly LogEntry[], isFinal: boolean) => {
        const [event, data] = [randomUUID(), JSON.parse(target[0]!.data) as { id: string; to: object }];
        return target.map(({ log, id, sender }, nth): LogEntry => {
          const type = isFinal ? 'whisper:deleted' : 'whisper:updated';
          const text = JSON.stringify(isFinal ? { to: data.to, deleted: true } : { ...data, content: 'now' });
          const amends = { id, data: text, superseded: '{}', isFinal };
          return entryOf(log, {
            id: nth === 0 ? event : sentCopyId(event),
            type,
            sender,
            data: text,
            amends,
          });
        });
      };
      const [before, others] = [await side(bob, ada), await side(ada, bob)];
      // Beside them a whisper that amends nothing.
      await commit(fixture.two, [...amended(second, false), ...whisper(bob, ada)]);
      expect(await side(bob, ada)).toEqual({ ...before, lastSeq: 4 });
      expect(await side(ada, bob)).toEqual({ ...others, lastSeq: 4, unread: 1 });
      expect(await texts(bob, ada)).toEqual([undefined, 'now', undefined]);
      expect(await texts(ada, bob)).toEqual([undefined, 'now', undefined]);
      await commit(fixture.one, [...amended(first, true), ...amended(second, true)]);
      expect(await side(bob, ada)).toEqual({ ...before, lastSeq: 4 });
      const found = valueOf(await inboxes.find(bob, first[0]!.id));
      expect(found).toMatchObject({ correspondent: ada, seq: 1, sent: false });
      expect(JSON.parse(found!.data)).toMatchObject({ deleted: true });
      expect(await mark(markOf(bob, ada, 0, 1))).toMatchObject([
        { state: { read: 1, unread: 1 }, readWhisper: { id: first[0]!.id, sentSeq: 1 } },
      ]);
      expect(await commit(fixture.one, whisper(ada, bob, { clientMessageId: 'k' }))).toMatchObject([
        { id: first[0]!.id, seq: 1, duplicate: true },
        { id: first[1]!.id, seq: 1, duplicate: true },
      ]);
      const { eve } = users('eve');
      const last = whisper(eve, bob);
      await commit(fixture.one, last);
      await commit(fixture.one, amended(last, true));
      const [item] = valueOf(await inboxes.conversations(bob, 10, 1_000_000)).items;
      expect(item).toMatchObject({ with: { id: eve }, state: { unread: 1 } });
      expect(JSON.parse(item!.last.data)).toMatchObject({ deleted: true });
    });

    it('[LOG-50] loads many inboxes at once, in the order in which they were asked for', async () => {
      const { ada, bob, eve } = users('ada', 'bob', 'eve');
      await send([ada, bob], [eve, bob]);
      valueOf(await inboxes.block(bob, eve, 1));
      valueOf(await inboxes.setPolicy(eve, 'nobody'));
      const nobody = randomUUID();
      const loaded = valueOf(await inboxes.load([nobody, bob, eve]));
      expect(loaded.map(({ owner, head, policy }) => [owner, head, policy])).toEqual([
        [nobody, 0, 'anyone'],
        [bob, 2, 'anyone'],
        [eve, 1, 'nobody'],
      ]);
      expect(loaded.map(({ blocked }) => blocked)).toEqual([[], [eve], []]);
      expect(loaded.map(({ conversations }) => conversations.length)).toEqual([0, 2, 1]);
      expect(new Set(loaded.map(({ epoch }) => epoch)).size).toBe(1);
      expect(valueOf(await inboxes.load([]))).toEqual([]);
    });

    describe('history', () => {
      const { ada, bob, eve } = users('ada', 'bob', 'eve');
      let size: number;
      beforeAll(async () => {
        // Of bob's ten events those of eve stand at 3, 6 and 9.
        const turn = [
          [ada, bob],
          [bob, ada],
          [eve, bob],
        ] as const;
        await send(...turn, ...turn, ...turn, [ada, bob]);
        const { events } = await history(bob, ada);
        size = events[0]!.data.length;
      });

      it('[LOG-51] is what two have whispered to each other, oldest first, each side in its own numbers', async () => {
        expect(seqsOf(await history(bob, ada))).toEqual([1, 2, 4, 5, 7, 8, 10]);
        expect(seqsOf(await history(bob, eve))).toEqual([3, 6, 9]);
        const ours = await history(ada, bob);
        expect(seqsOf(ours)).toEqual([1, 2, 3, 4, 5, 6, 7]);
        expect(ours.events[0]).toMatchObject({ type: 'whisper:created', sender: ada });
        expect(ours.events[0]!.id).toBe(sentCopyId((await history(bob, ada)).events[0]!.id));
        const none = { delivered: 0, read: 0, sentDelivered: 0, sentRead: 0 };
        expect(await history(ada, eve)).toEqual({ events: [], hasMore: false, marks: none });
      });

      it('[LOG-51] comes in pages, within a count and a number of bytes, but at least one event', async () => {
        const cases: [range: object, seqs: number[], hasMore: boolean][] = [
          [{ limit: 3 }, [7, 8, 10], true],
          [{ limit: 7 }, [1, 2, 4, 5, 7, 8, 10], false],
          [{ beforeSeq: 7, limit: 2 }, [4, 5], true],
          [{ beforeSeq: 6 }, [1, 2, 4, 5], false],
          [{ beforeSeq: 1 }, [], false],
          [{ beforeSeq: 99, limit: 1 }, [10], true],
          [{ maxBytes: size * 2 }, [8, 10], true],
          [{ maxBytes: 1 }, [10], true],
        ];
        for (const [range, seqs, hasMore] of cases) {
          const page = await history(bob, ada, range);
          expect([seqsOf(page), page.hasMore]).toEqual([seqs, hasMore]);
        }
      });

      it('[LOG-51] finds a whisper by its id in both inboxes, and in nobody else’s', async () => {
        const [received] = (await history(bob, ada, { beforeSeq: 5, limit: 1 })).events;
        const { id } = received!;
        const { data } = received!;
        expect(valueOf(await inboxes.find(bob, id))).toEqual({
          correspondent: ada,
          seq: 4,
          sent: false,
          data,
        });
        expect(valueOf(await inboxes.find(ada, id))).toEqual({
          correspondent: bob,
          seq: 3,
          sent: true,
          data,
        });
        expect(valueOf(await inboxes.find(eve, id))).toBeNull();
        expect(valueOf(await inboxes.find(bob, randomUUID()))).toBeNull();
      });

      it('[LOG-52] the list of conversations has the newest first, with their last whispers', async () => {
        const list = valueOf(await inboxes.conversations(bob, 10, 1_000_000));
        expect(
          list.items.map(({ with: { id }, last: { seq }, state: { unread } }) => [id, seq, unread]),
        ).toEqual([
          [ada, 10, 4],
          [eve, 9, 3],
        ]);
        expect(list.hasMore).toBe(false);
        expect(list.items[0]!.state).toEqual(await side(bob, ada));
        for (const [limit, bytes] of [
          [1, 1_000_000],
          [10, size + 1],
        ] as const) {
          const first = valueOf(await inboxes.conversations(bob, limit, bytes));
          expect([first.items.map(({ last }) => last.seq), first.hasMore]).toEqual([[10], true]);
        }
        expect(valueOf(await inboxes.conversations(randomUUID(), 10, 1_000))).toEqual({
          items: [],
          hasMore: false,
        });
      });

      it('[LOG-52] names them as they are called now, or as the last whisper does', async () => {
        const names = async (owner: string) =>
          valueOf(await inboxes.conversations(owner, 10, 1_000_000)).items.map(({ with: { name } }) => name);
        expect(await names(bob)).toEqual([`old ${ada}`, `old ${eve}`]);
        expect(await names(eve)).toEqual([`old ${bob}`]);
        const called = `n${randomUUID().slice(0, 8)}`;
        await fixture.addPerson({ id: ada, name: called, guest: false });
        expect(await names(bob)).toEqual([called, `old ${eve}`]);
      });
    });

    it('[LOG-53] marks only grow, go up to the newest whisper, and what is read is delivered', async () => {
      const { ada, bob } = users('ada', 'bob');
      const ids = await send([ada, bob], [ada, bob], [ada, bob]);
      const state = async () => {
        const { delivered, read, unread } = (await side(bob, ada))!;
        return [delivered, read, unread];
      };
      await mark(markOf(bob, ada, 2));
      expect(await state()).toEqual([2, 0, 3]);
      await mark(markOf(bob, ada, 1, 1));
      expect(await state()).toEqual([2, 1, 2]);
      const [marked] = await mark(markOf(bob, ada, 0, 99));
      expect(await state()).toEqual([3, 3, 0]);
      expect(marked).toEqual({
        owner: bob,
        state: await side(bob, ada),
        deliveredWhisper: { id: ids[2], sentSeq: 3 },
        readWhisper: { id: ids[2], sentSeq: 3 },
      });
      await mark(markOf(bob, ada, 1, 1));
      expect(await state()).toEqual([3, 3, 0]);
      await send([ada, bob]);
      expect(await state()).toEqual([3, 3, 1]);
    });

    it('[LOG-53] the sender’s side learns of it in its own numbers', async () => {
      const { ada, bob, eve } = users('ada', 'bob', 'eve');
      const ids = await send([ada, eve], [ada, bob], [bob, ada], [ada, bob], [bob, ada]);
      // In bob's log ada's are 1 and 3, in ada's own 2 and 4.
      const marked = await mark(markOf(bob, ada, 4, 2));
      expect(marked).toMatchObject([
        { deliveredWhisper: { id: ids[3], sentSeq: 4 }, readWhisper: { id: ids[1], sentSeq: 2 } },
      ]);
      expect(await side(ada, bob)).toMatchObject({
        delivered: 0,
        read: 0,
        sentDelivered: 4,
        sentRead: 2,
        unread: 2,
      });
      expect((await history(ada, bob)).marks).toEqual({
        delivered: 0,
        read: 0,
        sentDelivered: 4,
        sentRead: 2,
      });
      expect(await side(ada, eve)).toMatchObject({ sentDelivered: 0, sentRead: 0 });
    });

    it('[LOG-53] takes many at once, both sides of one conversation too, and leaves out those that are not there', async () => {
      const { ada, bob, eve } = users('ada', 'bob', 'eve');
      await send([ada, bob], [bob, ada], [eve, ada]);
      const marked = await mark(
        ...[markOf(bob, ada, 2, 2), markOf(ada, bob, 2, 2), markOf(ada, eve, 3), markOf(bob, eve, 1, 1)],
      );
      expect(marked).toHaveLength(3);
      for (const { owner, state } of marked) expect(state).toEqual(await side(owner, state.correspondent));
      expect(await side(ada, bob)).toMatchObject({
        delivered: 2,
        read: 2,
        sentDelivered: 1,
        sentRead: 1,
        unread: 0,
      });
      expect(await side(bob, ada)).toMatchObject({
        delivered: 2,
        read: 2,
        sentDelivered: 2,
        sentRead: 2,
        unread: 0,
      });
      expect(await side(eve, ada)).toMatchObject({ sentDelivered: 1, sentRead: 0 });
      expect(await mark()).toEqual([]);
    });

    it('[LOG-53] a mark tells of the newest whisper that was received, whatever was sent since', async () => {
      const { ada, bob } = users('ada', 'bob');
      const [first] = await send([ada, bob], [bob, ada], [bob, ada]);
      expect(await mark(markOf(bob, ada, 3, 3))).toMatchObject([{ readWhisper: { id: first, sentSeq: 1 } }]);
      expect(await mark(markOf(ada, bob, 1))).toMatchObject([{ deliveredWhisper: null, readWhisper: null }]);
    });

    it('[LOG-54] keeps whom a user blocks, in the order of blocking, by their names of now', async () => {
      const { ada, bob, eve } = users('ada', 'bob', 'eve');
      const called = `n${randomUUID().slice(0, 8)}`;
      await fixture.addPerson({ id: eve, name: called, guest: false });
      const blocks = async () => valueOf(await inboxes.blocks(ada));
      expect(await blocks()).toEqual([]);
      valueOf(await inboxes.block(ada, eve, 2));
      valueOf(await inboxes.block(ada, bob, 1));
      valueOf(await inboxes.block(ada, bob, 3));
      const both = [
        { id: bob, name: bob },
        { id: eve, name: called },
      ];
      expect(await blocks()).toEqual(both);
      expect((await inbox(ada)).blocked.toSorted()).toEqual([bob, eve].toSorted());
      expect((await inbox(bob)).blocked).toEqual([]);
      valueOf(await inboxes.unblock(ada, bob));
      valueOf(await inboxes.unblock(ada, bob));
      expect(await blocks()).toEqual([both[1]]);
    });

    it('[LOG-54] tells who of many blocks somebody', async () => {
      const { ada, bob, eve } = users('ada', 'bob', 'eve');
      for (const owner of [ada, eve]) valueOf(await inboxes.block(owner, bob, 1));
      valueOf(await inboxes.block(bob, ada, 1));
      const among = async (...owners: string[]) => [...valueOf(await inboxes.blockers(bob, owners))].sort();
      expect(await among(ada, bob, eve, 'nobody')).toEqual([ada, eve].sort());
      expect(await among(bob)).toEqual([]);
      valueOf(await inboxes.unblock(eve, bob));
      expect(await among(eve, ada)).toEqual([ada]);
      expect(await among()).toEqual([]);
    });

    it('[LOG-56] tells the roles of whoever is found', async () => {
      const { ada, bob } = users('ada', 'bob');
      const [guest, member] = [`Gu${randomUUID().slice(0, 8)}`, `Me${randomUUID().slice(0, 8)}`];
      await fixture.addPerson({ id: ada, name: guest, guest: true });
      await fixture.addPerson({ id: bob, name: member, guest: false });
      expect(valueOf(await inboxes.findTarget({ name: guest }))).toEqual({
        id: ada,
        name: guest,
        roles: ['guest'],
      });
      expect(valueOf(await inboxes.findTarget({ id: bob }))).toMatchObject({ id: bob, name: member });
      expect(valueOf(await inboxes.findTarget({ id: member }))).toBeNull();
    });

    it('[LOG-55] keeps who may whisper to a user', async () => {
      const { ada } = users('ada');
      for (const policy of ['shared', 'nobody', 'anyone', 'nobody'] as const) {
        valueOf(await inboxes.setPolicy(ada, policy));
        expect((await inbox(ada)).policy).toBe(policy);
      }
    });

    it('[LOG-56] finds people by exactly their id, or by their name in any case and width', async () => {
      const { ada } = users('ada');
      const called = `N${randomUUID().slice(0, 8)}`;
      const person = { id: ada, name: called, guest: true };
      await fixture.addPerson(person);
      const found = async (key: Parameters<InboxStore['findPerson']>[0]) =>
        valueOf(await inboxes.findPerson(key));
      expect(await found({ id: ada })).toEqual(person);
      expect(await found({ name: ` ${called.toLowerCase()}` })).toEqual(person);
      expect(await found({ name: called.replace('N', '\uff2e') })).toEqual(person);
      expect(await found({ id: called })).toBeNull();
      expect(await found({ name: ada })).toBeNull();
      expect(await found({ id: ada.toUpperCase() })).toBeNull();
    });
  });
}
