import { describe, expect, it } from 'vitest';
import type { LogEvent } from '../../src/protocol/events.ts';
import { groupMessages } from '../../web/src/state/message-groups.ts';
import {
  EMPTY_TIMELINE,
  restarted,
  trimmed,
  withDelivery,
  withNewer,
  withOlder,
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
const seqs = (timeline: Timeline): number[] => timeline.messages.map((one) => one.seq);

describe('a timeline', () => {
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

  it('[PAGE-7] lets the oldest of many go and can have them again', () => {
    const long = trimmed(withNewer(EMPTY_TIMELINE, range(1, 601)));
    expect(seqs(long)[0]).toBe(202);
    expect(long).toMatchObject({ hasOlder: true, oldestSeq: 202 });
    expect(seqs(withOlder(long, range(152, 201), true))[0]).toBe(152);
  });

  it('[PAGE-9] shows a message once, whether its ack or its event comes first', () => {
    const written = withOutgoing(EMPTY_TIMELINE, 'k', 'text 1', 0);
    const event = [message(1, { clientMessageId: 'k' })];
    const ackFirst = withNewer(withDelivery(written, 'k', 'acknowledged'), event);
    const eventFirst = withDelivery(withNewer(written, event), 'k', 'acknowledged');
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
    const anew = restarted(withDelivery(waiting, 'a', 'acknowledged'));
    expect(anew.outgoing.map((one) => one.clientMessageId)).toEqual(['b']);
    expect(anew.messages).toEqual([]);
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
    const groups = groupMessages(withNewer(EMPTY_TIMELINE, events).messages);
    expect(groups.map((group) => group.messages.map((one) => one.seq))).toEqual([[1, 2], [3], [4], [5]]);
    expect(groups.map((group) => group.newDay)).toEqual([true, false, false, true]);
  });
});
