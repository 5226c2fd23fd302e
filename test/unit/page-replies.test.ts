/** What the page makes of reactions, replies, quotes, threads and pins. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChatClient } from '../../src/client/chat-client.ts';
import type { LogEvent } from '../../src/protocol/events.ts';
import { readFound } from '../../web/src/state/message-search.ts';
import { CONNECTING, newChannel, type PageState } from '../../web/src/state/page-state.ts';
import { Places } from '../../web/src/state/places.ts';
import { withReaction } from '../../web/src/state/reactions.ts';
import { readThreadPage, withShown } from '../../web/src/state/thread-page.ts';
import {
  atPlace,
  EMPTY_TIMELINE,
  hasNewer,
  withFailed,
  withNewer,
  withOlder,
  withOutgoing,
  withRetried,
  type Timeline,
} from '../../web/src/state/timeline.ts';

const ADA = { id: 'ada', name: 'Ada' };
const BOB = { id: 'bob', name: 'Bob' };

const event = (type: string, seq: number, data: object): LogEvent =>
  ({ type, channelId: 'c', seq, timestamp: seq * 10, data }) as unknown as LogEvent;
const message = (seq: number, more: object = {}): LogEvent =>
  event('message:created', seq, { id: `m${seq}`, content: `text ${seq}`, author: ADA, ...more });
const after = (...events: LogEvent[]): Timeline =>
  events.reduce((timeline, one) => withNewer(timeline, [one]), EMPTY_TIMELINE);
const loaded = (timeline: Timeline, id: string) => timeline.messages.list.flat().find((one) => one.id === id);

describe('reactions', () => {
  it('[PAGE-72] come and go one by one, whoever gives them, and what is told again changes nothing', () => {
    const added = (seq: number, emoji: string, user = ADA) =>
      event('reaction:added', seq, { messageId: 'm1', emoji, user });
    const all = [added(2, '👍'), added(3, '👍', BOB), added(4, '🎉'), added(5, '👍')];
    expect(loaded(after(message(1), ...all), 'm1')?.reactions).toEqual([
      { emoji: '👍', users: ['ada', 'bob'] },
      { emoji: '🎉', users: ['ada'] },
    ]);
    const gone = event('reaction:removed', 6, { messageId: 'm1', emoji: '🎉', user: ADA });
    expect(loaded(after(message(1), ...all, gone), 'm1')?.reactions).toHaveLength(1);
  });

  it('[PAGE-72] are those of a page, without what it does not tell rightly', () => {
    const reactions = [
      { emoji: '👍', users: ['bob'] },
      { emoji: 7, users: ['x'] },
      { emoji: '🎉', users: [] },
      null,
    ];
    expect(loaded(after(message(1, { reactions })), 'm1')?.reactions).toEqual([
      { emoji: '👍', users: ['bob'] },
    ]);
    expect(loaded(after(message(1, { reactions: 'none' })), 'm1')?.reactions).toBeUndefined();
  });

  it('[PAGE-72] hold each user once an emoji, and no emoji without users', () => {
    const step = fc.record({
      emoji: fc.constantFrom('👍', '🎉', '😀'),
      user: fc.constantFrom('ada', 'bob', 'eve'),
      given: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
        const model = new Set<string>();
        let reactions: ReturnType<typeof withReaction> = [];
        for (const { emoji, user, given } of steps) {
          reactions = withReaction(reactions, emoji, user, given);
          if (given) model.add(emoji + user);
          else model.delete(emoji + user);
        }
        expect(reactions.every(({ users }) => users.length > 0)).toBe(true);
        const all = reactions.flatMap(({ emoji, users }) => users.map((user) => emoji + user));
        expect(all.sort()).toEqual([...model].sort());
      }),
    );
  });
});

describe('replies', () => {
  const quote = { id: 'm1', author: ADA, content: 'text 1' };

  it('[PAGE-73] count below what they answer, also where its page has counted them already', () => {
    const reply = (seq: number) => message(seq, { root: 'm1', replyTo: 'm1', quote });
    const live = after(message(1), reply(2), reply(3));
    expect(loaded(live, 'm1')?.thread).toEqual({ count: 2, lastAt: 30, asOf: 3 });
    const page = [message(1, { thread: { count: 2, lastAt: 30 } }), reply(2), reply(3)];
    const replayed = withNewer(EMPTY_TIMELINE, page, false, 3);
    expect(loaded(replayed, 'm1')?.thread).toEqual({ count: 2, lastAt: 30, asOf: 3 });
    const later = withNewer(replayed, [reply(4)]);
    expect(loaded(later, 'm1')?.thread).toEqual({ count: 3, lastAt: 40, asOf: 4 });
  });

  it('[PAGE-73] of one moment are counted each, and those that a page of history has counted are not', () => {
    const at = (seq: number) => ({ ...message(seq, { root: 'm1', quote }), timestamp: 20 }) as LogEvent;
    const live = after(message(1), at(2), at(3), { ...at(4), timestamp: 10 } as LogEvent);
    expect(loaded(live, 'm1')?.thread).toEqual({ count: 3, lastAt: 20, asOf: 4 });
    // The page was read when the log had come to 8, the events between are told later.
    const loadedThen = withOlder(
      withNewer(EMPTY_TIMELINE, [message(5)]),
      [message(1, { thread: { count: 2, lastAt: 20 } })],
      false,
      8,
    );
    const gone = event('message:deleted', 8, { id: 'm6', by: ADA, root: 'm1' });
    const caughtUp = [at(6), at(7), gone].reduce((known, one) => withNewer(known, [one]), loadedThen);
    expect(loaded(caughtUp, 'm1')?.thread).toMatchObject({ count: 2 });
    expect(loaded(withNewer(caughtUp, [at(9)]), 'm1')?.thread).toMatchObject({ count: 3, asOf: 9 });
  });

  it('[PAGE-73] that are deleted count no more; the last one takes the thread along', () => {
    const reply = message(2, { root: 'm1', quote });
    const gone = event('message:deleted', 3, { id: 'm2', by: ADA });
    expect(loaded(after(message(1), reply, gone), 'm1')?.thread).toBeUndefined();
    // Told as deleted at once, and then of its deletion.
    const empty = event('message:created', 2, { id: 'm2', author: ADA, root: 'm1', deleted: true });
    expect(loaded(after(message(1), empty, gone), 'm1')?.thread).toBeUndefined();
  });

  it('[PAGE-73] quote what they answer as it is now, and nothing of it once it is deleted', () => {
    const reply = message(2, { root: 'm1', quote });
    const edited = event('message:updated', 3, { id: 'm1', content: 'other', editedAt: 30, author: ADA });
    const deleted = event('message:deleted', 4, { id: 'm1', by: ADA });
    expect(loaded(after(message(1), reply, edited), 'm2')?.quote).toMatchObject({ content: 'other' });
    const gone = loaded(after(message(1), reply, edited, deleted), 'm2')?.quote;
    expect(gone).toMatchObject({ content: '', deleted: true });
  });

  it('[PAGE-73] keep what they answer while they are on their way, refused and tried again', () => {
    const written = withOutgoing(EMPTY_TIMELINE, 'k', 'yes', 1, { ...quote, deleted: false });
    const tried = withRetried(withFailed(written, 'k', 'no'), 'k');
    expect(tried.outgoing).toEqual([
      {
        clientMessageId: 'k',
        content: 'yes',
        at: 1,
        quote: { ...quote, deleted: false },
        delivery: 'pending',
      },
    ]);
  });

  it('[PAGE-73] of a thread stand in order, each once and as it is now', () => {
    const page = readThreadPage({ root: message(1), events: [message(2), message(3)], hasMore: false });
    expect(page.root?.id).toBe('m1');
    const shown = after(
      message(1),
      message(3, { root: 'm1', content: 'new text' }),
      message(4, { root: 'm1' }),
    );
    const replies = withShown(page, 'm1', shown.messages.list.flat());
    expect(replies.map(({ content }) => content)).toEqual(['text 2', 'new text', 'text 4']);
    expect(readThreadPage({})).toEqual({ root: null, replies: [], hasMore: false });
  });
});

describe('a deletion', () => {
  it('[PAGE-72, PAGE-79] takes text, reactions and pin along, and a later reaction brings none back', () => {
    const timeline = after(
      message(1, { reactions: [{ emoji: '👍', users: ['bob'] }], mentions: [BOB] }),
      event('message:pinned', 2, { id: 'm1', by: BOB }),
    );
    expect(loaded(timeline, 'm1')?.pinned).toBe(true);
    const gone = [
      event('message:deleted', 3, { id: 'm1', by: ADA }),
      event('reaction:added', 4, { messageId: 'm1', emoji: '👍', user: BOB }),
    ].reduce((known, one) => withNewer(known, [one]), timeline);
    expect(loaded(gone, 'm1')).toEqual({ id: 'm1', seq: 1, author: ADA, at: 10, content: '', deleted: true });
  });
});

describe('a place of the log', () => {
  it('[PAGE-73] of a message that is not loaded is looked for in its whole thread', async () => {
    const asked: unknown[] = [];
    const shown: number[] = [];
    const problems: string[] = [];
    const client = {
      request: async (_type: string, { data }: { data: { id: string; beforeSeq?: number } }) => {
        asked.push(data.beforeSeq);
        const to = data.beforeSeq ?? 900;
        const events = Array.from({ length: 200 }, (_, nth) => message(to - 200 + nth));
        return { root: message(1), events, hasMore: to > 500 };
      },
      history: async (_id: string, { afterSeq }: { afterSeq: number }) => {
        shown.push(afterSeq);
        return { seq: 900, events: [message(afterSeq + 1)], hasMore: true };
      },
    } as unknown as ChatClient;
    let state: PageState = { ...CONNECTING, active: 'c', channels: { c: newChannel('c') } };
    const places = new Places({
      client: () => client,
      state: () => state,
      update: (change) => {
        state = change(state);
      },
      open: async () => undefined,
      onProblem: (problem) => problems.push(problem),
    });
    await places.showMessage('c', 'm550');
    expect(asked).toEqual([undefined, 700]);
    expect(shown).toEqual([490]);
    expect(state).toMatchObject({ channels: { c: { goal: 550 } } });
    await places.showMessage('c', 'm1');
    expect(state).toMatchObject({ channels: { c: { goal: 1 } } });
    await places.showMessage('c', 'nowhere');
    expect(problems).toEqual([expect.stringContaining('can’t be found')]);
  });

  const page = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => message(from + index));
  const seqs = (timeline: Timeline) => timeline.messages.list.flat().map(({ seq }) => seq);

  it('[PAGE-78] is shown with what is around it, and the latest is still to be had', () => {
    const there = atPlace(withNewer(EMPTY_TIMELINE, page(91, 100)), page(20, 30), true);
    expect(seqs(there)).toEqual(page(20, 30).map(({ seq }) => seq));
    expect(there.hasOlder).toBe(true);
    expect(hasNewer(there)).toBe(true);
    expect(there.headSeq).toBe(100);
  });

  it('[PAGE-78] that reaches what is loaded is added to it', () => {
    const there = atPlace(withNewer(EMPTY_TIMELINE, page(5, 10)), page(1, 7), true);
    expect(seqs(there)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(hasNewer(there)).toBe(false);
    expect(there.hasOlder).toBe(false);
  });

  it('[PAGE-78] found messages come with their channels, and the way on where there is more', () => {
    const answer = { events: [message(2), message(1)], hasMore: true, next: 'm1' };
    expect(readFound(answer)).toMatchObject({
      found: [{ channelId: 'c', message: { id: 'm2' } }, { message: { id: 'm1' } }],
      next: 'm1',
    });
    expect(readFound(null)).toEqual({ found: [], next: null });
  });
});
