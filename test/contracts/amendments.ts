/** What every {@link ChannelLog} keeps to when entries amend earlier events. Run by memory-log.test.ts and postgres-log.test.ts. */
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChannelLog, LogEntry, LogKey, StoredEvent } from '../../src/shard/ports/channel-log.ts';
import { commit, entryOf, freshLog, type LogFixture, valueOf } from './channel-log.ts';

interface Text {
  readonly id: string;
  readonly content?: string;
  readonly editedAt?: number;
  readonly deleted?: true;
}

/** A message as `entryOf` makes it, with a text. */
function messageOf(log: LogKey, content: string, fields: Partial<LogEntry> = {}): LogEntry {
  const id = randomUUID();
  return entryOf(log, { id, data: JSON.stringify({ id, content }), ...fields });
}

let clock = 1_700_000_000_000;

/** Gives `target` another text, at a time of its own. */
export function updateOf(
  target: Pick<LogEntry, 'log' | 'id'>,
  content: string,
  fields: Partial<LogEntry> = {},
): LogEntry {
  const { log, id } = target;
  clock += 1;
  const data = JSON.stringify({ id, content, editedAt: clock });
  const amends = { id, data, superseded: JSON.stringify({ id }), isFinal: false };
  return entryOf(log, { type: 'message:updated', data, amends, ...fields });
}

export function deletionOf({ log, id }: Pick<LogEntry, 'log' | 'id'>): LogEntry {
  const superseded = JSON.stringify({ id });
  const data = JSON.stringify({ id, deleted: true });
  return entryOf(log, {
    type: 'message:deleted',
    data: superseded,
    amends: { id, data, superseded, isFinal: true },
  });
}

/** What someone has who was shown `events` in order and begins with what `known` tells. */
function shown(events: readonly Pick<StoredEvent, 'type' | 'data'>[], known = new Map<string, Text>()) {
  const texts = new Map(known);
  for (const { type, data } of events) {
    const { id, ...text } = JSON.parse(data) as Text;
    if (type === 'message:created') texts.set(id, { id, ...text });
    else if (type === 'message:deleted') texts.set(id, { id, deleted: true });
    else if (text.content !== undefined) texts.set(id, { id, ...text });
  }
  return texts;
}

/** Runs the suite over what `open` gives. */
export function amendmentsContract(name: string, open: () => Promise<LogFixture>): void {
  describe(`${name} amends events`, () => {
    let fixture: LogFixture;
    let log: ChannelLog;
    beforeAll(async () => {
      fixture = await open();
      log = fixture.one;
    });
    afterAll(() => fixture.close());
    const pageOf = async (key: LogKey, limit = 1_000) =>
      valueOf(await log.read(key, { direction: 'newest', limit, maxBytes: 1_000_000 }));
    const textsOf = async (key: LogKey) =>
      (await pageOf(key)).events.map(({ data }) => JSON.parse(data) as unknown);

    it('[LOG-60] the event has the data of now, byte for byte, and nothing else of it changes', async () => {
      const key = freshLog();
      const message = messageOf(key, 'first', { clientMessageId: 'k' });
      await commit(log, [messageOf(key, 'other'), message]);
      const before = (await pageOf(key)).events;
      const update = updateOf(message, 'second 😀 "');
      expect(await commit(log, [update])).toEqual([{ id: update.id, seq: 3, duplicate: false }]);
      const { id, type, sender, timestamp, data, amends } = update;
      expect((await pageOf(key)).events).toEqual([
        before[0],
        { ...before[1], data: amends!.data },
        { id, type, sender, timestamp, data, seq: 3 },
      ]);
    });

    it('[LOG-60] an amendment that another takes the place of keeps only what that one leaves of it', async () => {
      const key = freshLog();
      const message = messageOf(key, 'a');
      const { id } = message;
      await commit(log, [message]);
      const [b, c, deletion] = [updateOf(message, 'b'), updateOf(message, 'c'), deletionOf(message)];
      await commit(log, [b]);
      await commit(fixture.two, [c]);
      expect(await textsOf(key)).toEqual([JSON.parse(c.data), { id }, JSON.parse(c.data)]);
      expect(await commit(log, [deletion])).toMatchObject([{ seq: 4, duplicate: false }]);
      expect(await textsOf(key)).toEqual([{ id, deleted: true }, { id }, { id }, { id }]);
    });

    it('[LOG-67] an event is found by its id in its log, as it stands now, and in no other', async () => {
      const [key, other] = [freshLog(), freshLog()];
      const message = messageOf(key, 'a', { clientMessageId: 'k' });
      await commit(log, [messageOf(key, 'x'), message, messageOf(other, 'y')]);
      const find = async (from: LogKey, id = message.id) => valueOf(await log.find(from, id));
      expect(await find(key)).toEqual((await pageOf(key)).events[1]);
      await commit(log, [updateOf(message, 'b')]);
      expect(await find(key)).toEqual((await pageOf(key)).events[1]);
      expect([await find(other), await find(freshLog()), await find(key, 'nothing')]).toEqual([
        null,
        null,
        null,
      ]);
    });

    it('[LOG-61] what changes nothing is a duplicate of what made it so', async () => {
      const key = freshLog();
      const message = messageOf(key, 'a');
      await commit(log, [message]);
      const dup = (id: string, seq: number) => [{ id, seq, duplicate: true }];
      expect(await commit(log, [updateOf(message, 'a')])).toEqual(dup(message.id, 1));
      const [b, a] = [updateOf(message, 'b'), updateOf(message, 'a')];
      expect(await commit(log, [b])).toMatchObject([{ seq: 2, duplicate: false }]);
      expect(await commit(log, [updateOf(message, 'b')])).toEqual(dup(b.id, 2));
      expect(await commit(log, [a])).toMatchObject([{ seq: 3, duplicate: false }]);
      expect(await commit(log, [updateOf(message, 'a')])).toEqual(dup(a.id, 3));
      const deletion = deletionOf(message);
      await commit(log, [deletion]);
      expect(await commit(log, [deletionOf(message)])).toEqual(dup(deletion.id, 4));
      expect((await pageOf(key)).head).toBe(4);
    });

    it('[LOG-61] what is not in the log, or was amended for good, is amended nowhere', async () => {
      const [key, other, nowhere] = [freshLog(), freshLog(), freshLog()];
      const [message, fresh] = [messageOf(key, 'a'), messageOf(key, 'fresh')];
      await commit(log, [message, messageOf(other, 'x')]);
      await commit(log, [deletionOf(message)]);
      const lost = [
        updateOf(message, 'b'),
        updateOf({ log: other, id: message.id }, 'b'),
        deletionOf({ log: key, id: randomUUID() }),
        updateOf({ log: nowhere, id: message.id }, 'b'),
        // It has to have landed before.
        updateOf(fresh, 'b'),
      ];
      const placements = await commit(log, [...lost.slice(0, 2), fresh, ...lost.slice(2)]);
      expect(placements.filter(({ id }) => id !== fresh.id)).toEqual(
        lost.map(({ id }) => ({ id, seq: 0, duplicate: false })),
      );
      expect(placements[2]).toEqual({ id: fresh.id, seq: 3, duplicate: false });
      expect([(await pageOf(key)).head, (await pageOf(other)).head, (await pageOf(nowhere)).head]).toEqual([
        3, 1, 0,
      ]);
      expect(valueOf(await log.load(nowhere.slice('channel:'.length), 1, 1)).channel).toBeNull();
    });

    it('[LOG-61] those of one batch are decided one after the other, beside entries that amend nothing', async () => {
      const [key, other, made] = [freshLog(), freshLog(), freshLog()];
      const [message, second] = [messageOf(key, 'start'), messageOf(key, 'other', { clientMessageId: 'k' })];
      await commit(log, [message, second, messageOf(other, 'x')]);
      const [a, b, again, deletion] = [
        updateOf(message, 'a'),
        updateOf(message, 'b'),
        updateOf(message, 'a'),
        deletionOf(message),
      ];
      const batch = [
        ...[messageOf(made, 'new'), a, updateOf(message, 'a'), messageOf(other, 'y'), b, again],
        ...[messageOf(key, 'twin', { clientMessageId: 'k' }), deletion, updateOf(message, 'c')],
        ...[deletionOf(message), updateOf(second, 'edited'), messageOf(key, 'last')],
      ];
      const placements = await commit(log, batch);
      expect(placements.map(({ seq, duplicate }) => [seq, duplicate])).toEqual([
        ...[1, 3, 3, 2, 4, 5].map((seq, nth) => [seq, nth === 2]),
        ...[2, 6, 0, 6, 7, 8].map((seq, nth) => [seq, nth === 0 || nth === 3]),
      ]);
      expect([placements[2]!.id, placements[6]!.id, placements[9]!.id]).toEqual([
        a.id,
        second.id,
        deletion.id,
      ]);
      const { id } = message;
      const texts = await textsOf(key);
      expect(texts[0]).toEqual({ id, deleted: true });
      expect(texts[1]).toMatchObject({ content: 'edited' });
      expect(texts.slice(2, 6)).toEqual([{ id }, { id }, { id }, { id }]);
      expect(texts.slice(6)).toMatchObject([{ content: 'edited' }, { content: 'last' }]);
      expect(valueOf(await log.load(made.slice('channel:'.length), 1, 1_000))).toMatchObject({
        channel: { id: made.slice('channel:'.length) },
        page: { head: 1 },
      });
    });

    it('[LOG-62] one that landed is found by its id, whatever has become of its event since', async () => {
      const key = freshLog();
      const message = messageOf(key, 'a', { clientMessageId: 'k' });
      await commit(log, [message]);
      const [b, c, deletion] = [updateOf(message, 'b'), updateOf(message, 'c'), deletionOf(message)];
      await commit(log, [b, c]);
      await commit(log, [deletion]);
      for (const retry of [false, true]) {
        expect(await commit(fixture.two, [deletion, c, b], retry)).toEqual([
          { id: deletion.id, seq: 4, duplicate: true },
          { id: c.id, seq: 3, duplicate: true },
          { id: b.id, seq: 2, duplicate: true },
        ]);
        expect(await commit(log, [message], retry)).toEqual([{ id: message.id, seq: 1, duplicate: true }]);
      }
      expect(await commit(log, [messageOf(key, 'a', { clientMessageId: 'k' })])).toEqual([
        { id: message.id, seq: 1, duplicate: true },
      ]);
      const lost = updateOf(message, 'd');
      expect(valueOf(await log.locate([b, lost, deletion]))).toEqual([
        { id: b.id, seq: 2, duplicate: true },
        null,
        { id: deletion.id, seq: 4, duplicate: true },
      ]);
      expect((await pageOf(key)).head).toBe(4);
    });

    const sound = { superseded: '{}', isFinal: false };
    const unstorable: [string, (id: string) => Partial<LogEntry>][] = [
      ['data that is not JSON', (id) => ({ amends: { id, data: '{"id":', ...sound } })],
      ['U+0000 in its text', (id) => ({ amends: { id, data: '{"a":"\0"}', ...sound } })],
      ['U+0000 in the id', (id) => ({ amends: { id: `${id}\0`, data: '{}', ...sound } })],
      ['a lone surrogate', (id) => ({ amends: { id, data: '{"a":"\ud800"}', ...sound } })],
      ['a rest that is not JSON', (id) => ({ amends: { id, data: '{}', ...sound, superseded: '{' } })],
      ['U+001F in the sender', () => ({ sender: 'a\x1fb' })],
      ['an event that is not JSON', () => ({ data: '{' })],
    ];
    it.each(unstorable)('[LOG-63] %s: the batch is refused and nothing is changed', async (_, fields) => {
      const key = freshLog();
      const message = messageOf(key, 'a');
      await commit(log, [message]);
      // What is left of an amendment is looked at when another one takes its place.
      await commit(log, [updateOf(message, 'b')]);
      const before = (await pageOf(key)).events;
      const bad = updateOf(message, 'd', fields(message.id));
      const outcome = await log.append([updateOf(message, 'c'), bad, messageOf(key, 'x')]);
      expect(outcome.status).toBe('refused');
      expect((await pageOf(key)).events).toEqual(before);
    });

    it('[LOG-61] two writers at once leave logs dense, with the text of the last amendment and of no other', async () => {
      const keys = [freshLog(), freshLog()];
      const messages = keys.map((key) => messageOf(key, 'start'));
      await commit(log, messages);
      const write = async (writer: ChannelLog, by: string) => {
        for (let round = 0; round < 25; round += 1) {
          const updates = messages.map((message) => updateOf(message, `${by} ${round % 3}`));
          // The writers name the logs in different orders, and make new ones.
          const entries = [...updates, messageOf(freshLog(), 'new')];
          await commit(writer, by === 'one' ? entries : entries.toReversed());
        }
      };
      await Promise.all([write(fixture.one, 'one'), write(fixture.two, 'two')]);
      for (const key of keys) {
        const { events, head } = await pageOf(key);
        expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: head }, (_, index) => index + 1));
        const [first, ...updates] = events.map(({ data }) => JSON.parse(data) as Text);
        expect(updates.at(-1)).toEqual(first);
        expect(updates.slice(0, -1)).toEqual(updates.slice(0, -1).map(({ id }) => ({ id })));
      }
    });

    it('[LOG-64] what was read before, and the events since, come to what is read now', async () => {
      const operation = fc.tuple(
        fc.constantFrom('send', 'update', 'update', 'delete'),
        fc.nat(3),
        fc.constantFrom('a', 'b'),
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.array(operation, { minLength: 1, maxLength: 4 }), { maxLength: 8 }),
          async (batches) => {
            const key = freshLog();
            const messages = [messageOf(key, 'start')];
            await commit(log, messages);
            const pages = [await pageOf(key)];
            for (const batch of batches) {
              const entries = batch.map(([kind, nth, content]) => {
                const message = messages[nth % messages.length]!;
                if (kind === 'send') return messageOf(key, content);
                return kind === 'update' ? updateOf(message, content) : deletionOf(message);
              });
              await commit(log, entries);
              messages.push(...entries.filter(({ amends }) => amends === undefined));
              pages.push(await pageOf(key));
            }
            const now = shown(pages.at(-1)!.events);
            for (const page of pages) {
              const since = pages.at(-1)!.events.slice(page.head);
              expect(shown(since, shown(page.events))).toEqual(now);
            }
          },
        ),
        { numRuns: 25 },
      );
    });
  });
}
