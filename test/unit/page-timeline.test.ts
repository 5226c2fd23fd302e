import { describe, expect, it } from 'vitest';
import type { LogEvent } from '../../src/protocol/events.ts';
import type { LoggedMessage } from '../../web/src/state/logged-message.ts';
import { MessageRows } from '../../web/src/state/message-rows.ts';
import {
  atLatest,
  EMPTY_TIMELINE,
  firstUnread,
  hasNewer,
  MAX_LOADED,
  restarted,
  trimmed,
  withAcknowledged,
  withFailed,
  withMarkShown,
  withMissing,
  withNewer,
  withOlder,
  withoutShownMark,
  withOutgoing,
  type Timeline,
} from '../../web/src/state/timeline.ts';

function message(
  seq: number,
  more: { author?: string; at?: number; clientMessageId?: string } = {},
): LogEvent {
  const { author = 'ada', at = seq, clientMessageId } = more;
  return {
    type: 'message:created',
    channelId: 'c',
    seq,
    timestamp: at,
    data: {
      id: `m${seq}`,
      content: `text ${seq}`,
      author: { id: author, name: author },
      ...(clientMessageId === undefined ? {} : { clientMessageId }),
    },
  };
}

const range = (from: number, to: number): LogEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) => message(from + index));
const loaded = (timeline: Timeline): LoggedMessage[] => timeline.messages.list.flat();
const seqs = (timeline: Timeline): number[] => loaded(timeline).map((one) => one.seq);

describe('a timeline', () => {
  it('[PAGE-86] marks what others don’t see, also where it is the text alone, until there is one that they see', () => {
    const ada = { id: 'ada', name: 'ada' };
    const data = { id: 'm2', content: 'text 2', author: ada, shadow: 'ada' };
    const hidden: LogEvent = { type: 'message:created', channelId: 'c', seq: 2, timestamp: 2, data };
    const known = [message(1), hidden];
    const edit = (seq: number, id: string, more: object = {}): LogEvent => {
      const edited = { id, content: `edit ${seq}`, editedAt: seq, author: ada, ...more };
      return { type: 'message:updated', channelId: 'c', seq, timestamp: seq, data: edited };
    };
    const marks = (...events: LogEvent[]) =>
      loaded(withNewer(withNewer(EMPTY_TIMELINE, known), events)).map(({ shadowed }) => shadowed === true);
    expect(marks()).toEqual([false, true]);
    expect(marks(edit(3, 'm1', { shadow: 'ada' }))).toEqual([true, true]);
    expect(marks(edit(3, 'm1', { shadow: 'ada' }), edit(4, 'm1'))).toEqual([false, true]);
    expect(marks(edit(3, 'm2', { shadow: 'ada' }))).toEqual([false, true]);
    // Places of others are void.
    const places: LogEvent[] = [{ type: 'void', channelId: 'c', seq: 3 }, message(4)];
    expect(marks(...places)).toEqual([false, true, false]);
  });

  it('[PAGE-7] has older messages to load until number 1 is shown', () => {
    const page = withNewer(EMPTY_TIMELINE, range(51, 60));
    expect(page.hasOlder).toBe(true);
    const more = withOlder(page, range(1, 50), false);
    expect(seqs(more)).toEqual(seqs(withNewer(EMPTY_TIMELINE, range(1, 60))));
    expect(more.hasOlder).toBe(false);
    expect(withNewer(EMPTY_TIMELINE, range(1, 5)).hasOlder).toBe(false);
  });

  it('[PAGE-7] passes over what it has, and goes on behind places without text', () => {
    const page = withNewer(EMPTY_TIMELINE, [{ type: 'void', channelId: 'c', seq: 40 }, message(41)]);
    expect(seqs(withNewer(page, [message(41), message(42)]))).toEqual([41, 42]);
    const voids = withOlder(page, [{ type: 'void', channelId: 'c', seq: 39 }], true);
    expect(voids).toMatchObject({ oldestSeq: 39, hasOlder: true });
    expect(withOlder(voids, [], true).hasOlder).toBe(false);
  });

  it('[PAGE-71] tells messages as they are after each change, and what is deleted stays so', () => {
    const updated = (seq: number, id: string, content: string): LogEvent => ({
      ...{ type: 'message:updated', channelId: 'c', seq, timestamp: seq },
      data: { id, content, editedAt: seq, author: { id: 'ada', name: 'ada' } },
    });
    const changes: LogEvent[] = [
      updated(4, 'm1', 'new'),
      {
        ...{ type: 'message:deleted', channelId: 'c', seq: 5, timestamp: 5 },
        data: { id: 'm2', by: { id: 'mod', name: 'mod' } },
      },
      updated(6, 'm2', 'late'),
      { ...{ type: 'message:updated', channelId: 'c', seq: 7, timestamp: 7 }, data: { id: 'm3' } },
    ];
    const whole = withNewer(EMPTY_TIMELINE, [...range(1, 3), ...changes]);
    const later = withNewer(withNewer(EMPTY_TIMELINE, range(1, 3)), changes);
    expect(loaded(later)).toEqual(loaded(whole));
    expect(loaded(later)).toMatchObject([
      { id: 'm1', content: 'new', editedAt: 4 },
      { id: 'm2', content: '', deleted: true },
      { id: 'm3', content: 'text 3' },
    ]);
    expect(later).toMatchObject({ newestSeq: 7, arrived: 3 });
  });

  it('[PAGE-7] lets the oldest of many go and can have them again', () => {
    const long = trimmed(withNewer(EMPTY_TIMELINE, range(1, 1_000)));
    const oldest = seqs(long)[0]!;
    expect(long.messages.count).toBeLessThanOrEqual(600);
    expect(seqs(long)).toEqual(Array.from({ length: 1_001 - oldest }, (_, index) => oldest + index));
    expect(long).toMatchObject({ hasOlder: true, oldestSeq: oldest });
    expect(seqs(withOlder(long, range(oldest - 50, oldest - 1), true))[0]).toBe(oldest - 50);
  });

  it('[PAGE-20] holds one stretch of the log: past its bound the far end goes, and comes again', () => {
    let reading = withNewer(EMPTY_TIMELINE, range(30_001, 30_050));
    for (let oldest = 30_001; oldest > 1; oldest -= 200)
      reading = withOlder(reading, range(oldest - 200, oldest - 1), oldest > 201);
    expect(reading.messages.count).toBeLessThanOrEqual(MAX_LOADED);
    expect(reading).toMatchObject({ oldestSeq: 1, hasOlder: false, headSeq: 30_050 });
    expect(hasNewer(reading)).toBe(true);

    // What comes now is behind the gap: it is counted and not shown.
    const told = withNewer(reading, range(30_051, 30_053));
    expect(told).toMatchObject({ headSeq: 30_053, newestSeq: reading.newestSeq });
    expect(told.arrived - reading.arrived).toBe(3);

    let back = told;
    while (hasNewer(back)) {
      const from = back.newestSeq + 1;
      back = withMissing(back, range(from, Math.min(from + 199, 30_053)), from + 199 < 30_053);
      expect(back.messages.count).toBeLessThanOrEqual(MAX_LOADED);
    }
    expect(back).toMatchObject({ newestSeq: 30_053, hasOlder: true });
    const all = seqs(back);
    expect(all).toEqual(Array.from({ length: all.length }, (_, index) => back.oldestSeq + index));
  });

  it('[PAGE-20] goes from far back to the newest page at once, and goes on from there', () => {
    const full = withNewer(EMPTY_TIMELINE, range(1, MAX_LOADED));
    const away = withNewer(full, range(MAX_LOADED + 1, MAX_LOADED + 500));
    expect(hasNewer(away)).toBe(true);
    const newest = atLatest(away, range(MAX_LOADED + 301, MAX_LOADED + 500), true, 0);
    expect(newest).toMatchObject({ oldestSeq: MAX_LOADED + 301, hasOlder: true });
    expect(hasNewer(newest)).toBe(false);
    // A message came while the page was on its way: it has to be fetched too.
    const raced = atLatest(withNewer(away, range(MAX_LOADED + 501, MAX_LOADED + 501)), range(1, 1), true, 0);
    expect(hasNewer(raced)).toBe(true);
    expect(seqs(withNewer(newest, range(MAX_LOADED + 501, MAX_LOADED + 501))).at(-1)).toBe(MAX_LOADED + 501);
  });

  it('[PAGE-20] a message more costs a copy of one chunk, and the rows of the others stay the same', () => {
    const before = withNewer(EMPTY_TIMELINE, range(1, 2_000));
    const after = withNewer(before, range(2_001, 2_001));
    const kept = after.messages.list.filter((chunk) => before.messages.list.includes(chunk));
    expect(kept).toHaveLength(before.messages.list.length - 1);

    const rows = new MessageRows();
    const [first, second] = loaded(after);
    const row = rows.logged(second!, first!);
    expect(rows.logged(second!, first!)).toBe(row);
    expect(rows.logged(second!, null)).not.toBe(row);
  });

  it('[PAGE-22] marks where one stopped reading, until it was seen and there is a later such place', () => {
    const read = withNewer(EMPTY_TIMELINE, range(1, 10));
    const away = withNewer(withNewer(read, range(11, 12), true), range(13, 14), true);
    expect(firstUnread(away)).toBe(11);
    const seen = withMarkShown(away);
    expect(firstUnread(withNewer(seen, range(15, 15)))).toBe(11);
    expect(firstUnread(withNewer(seen, range(15, 15), true))).toBe(15);
    expect(firstUnread(withoutShownMark(seen))).toBe(null);
    expect(firstUnread(withoutShownMark(away))).toBe(11);
    expect(firstUnread(withOutgoing(seen, 'k', 'mine', 0))).toBe(null);
    // Too far back to be loaded: the first message that is loaded isn't the first unread one.
    expect(firstUnread(trimmed(withNewer(away, range(15, 1_500), true)))).toBe(null);
  });

  it('[PAGE-9] shows a message once, whether its ack or its event comes first', () => {
    const written = withOutgoing(EMPTY_TIMELINE, 'k', 'text 1', 0);
    const event = [message(1, { clientMessageId: 'k' })];
    const ackFirst = withNewer(withAcknowledged(written, 'k', 1), event);
    const eventFirst = withAcknowledged(withNewer(written, event), 'k', 1);
    for (const timeline of [ackFirst, eventFirst]) {
      expect(timeline.outgoing).toEqual([]);
      expect(seqs(timeline)).toEqual([1]);
    }
  });

  it('[PAGE-9] keeps what was not acknowledged when the log begins anew', () => {
    const waiting = withOutgoing(
      withOutgoing(withNewer(EMPTY_TIMELINE, range(1, 3)), 'a', 'x', 0),
      'b',
      'y',
      0,
    );
    const anew = restarted(withAcknowledged(waiting, 'a', 4));
    expect(anew.outgoing.map((one) => one.clientMessageId)).toEqual(['b']);
    expect(anew.messages.count).toBe(0);
    expect(withFailed(anew, 'b', 'why').outgoing[0]).toMatchObject({ delivery: 'failed', problem: 'why' });
  });

  it('[PAGE-17] puts an author’s run under one name until a pause, another author or another day', () => {
    const noon = new Date(2026, 0, 5, 12).getTime();
    const minute = 60_000;
    const events = [
      message(1, { at: noon }),
      message(2, { at: noon + minute }),
      message(3, { at: noon + 2 * minute, author: 'bob' }),
      message(4, { at: noon + 20 * minute, author: 'bob' }),
      message(5, { at: noon + 24 * 60 * minute, author: 'bob' }),
    ];
    const messages = loaded(withNewer(EMPTY_TIMELINE, events));
    const rows = new MessageRows();
    const made = messages.map((one, index) => rows.logged(one, messages[index - 1] ?? null));
    expect(made.map((row) => row.startsRun)).toEqual([true, false, true, true, true]);
    expect(made.map((row) => row.newDay)).toEqual([true, false, false, false, true]);

    // What one writes oneself stands as it will in the log.
    const self = { id: 'ada', name: 'ada' };
    const at = noon + 24 * 60 * minute;
    const unsent = ['a', 'b'].map((id, index) => ({
      clientMessageId: id,
      content: id,
      at: at + (index + 1) * 4 * minute,
      delivery: 'pending' as const,
    }));
    const outgoing = rows.outgoing(unsent, self, messages.at(-1)!);
    expect(outgoing.map((row) => row.startsRun)).toEqual([true, false]);
  });
});
