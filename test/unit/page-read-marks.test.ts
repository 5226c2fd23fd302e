/** What the page makes of how far its reader has come with channels. */
import { describe, expect, it } from 'vitest';
import type { ChatClient } from '../../src/client/chat-client.ts';
import {
  CONNECTING,
  isMentioned,
  newChannel,
  unreadTotal,
  type PageState,
  type SignedIn,
} from '../../web/src/state/page-state.ts';
import { ReadMarks, withCounts } from '../../web/src/state/read-marks.ts';
import { EMPTY_TIMELINE } from '../../web/src/state/timeline.ts';

const channel = { ...newChannel('c'), joined: true };
const STATE: SignedIn = { ...CONNECTING, channels: { c: channel } };
const COUNTS = new Map([
  ['c', { seq: 7, unread: 3, mentions: 1 }],
  ['other', { seq: 1, unread: 1, mentions: 0 }],
]);
const inC = (state: PageState) => (state.screen === 'chat' ? state.channels['c'] : undefined);

describe('counts of the server', () => {
  it('[PAGE-74] are taken as they are, and mark where one stopped reading', () => {
    const told = inC(withCounts(STATE, COUNTS, () => false));
    expect(told).toMatchObject({ unread: 3, mentions: 1 });
    expect(told?.timeline.unread).toEqual({ afterSeq: 7, shown: false });
    const read = new Map([['c', { seq: 10, unread: 0, mentions: 0 }]]);
    expect(
      inC(
        withCounts(
          withCounts(STATE, COUNTS, () => false),
          read,
          () => false,
        ),
      ),
    ).toMatchObject({
      unread: 0,
      mentions: 0,
    });
  });

  it('[PAGE-74] count nothing of a channel that is looked at', () => {
    expect(inC(withCounts(STATE, COUNTS, () => true))).toEqual({ ...channel, markSeq: 7 });
  });

  it('[PAGE-84] are kept of channels that one is not in; title and icon tell of mentions there', () => {
    const state = withCounts(STATE, new Map([['other', { seq: 1, unread: 5, mentions: 2 }]]), () => false);
    expect(state).toMatchObject({ counts: { other: { unread: 5, mentions: 2 } } });
    expect([unreadTotal(state), isMentioned(state)]).toEqual([2, true]);
    const quiet = withCounts(STATE, new Map([['other', { seq: 1, unread: 5, mentions: 0 }]]), () => false);
    expect([unreadTotal(quiet), isMentioned(quiet)]).toEqual([0, false]);
  });

  it('[PAGE-74] are left to the page while the mark stays where it is', () => {
    const known = withCounts(STATE, COUNTS, () => false);
    const later = new Map([['c', { seq: 7, unread: 9, mentions: 9 }]]);
    expect(inC(withCounts(known, later, () => false))).toEqual(inC(known));
  });
});

describe('a read mark', () => {
  function marks() {
    const told: number[] = [];
    const waiting: (() => void)[] = [];
    let headSeq = 5;
    let lookedAt = true;
    const client = {
      markRead: (_id: string, seq: number) => {
        told.push(seq);
        return Promise.reject(new Error('not now'));
      },
    } as unknown as ChatClient;
    const made = new ReadMarks({
      client: () => client,
      state: () => ({
        ...STATE,
        channels: { c: { ...channel, timeline: { ...EMPTY_TIMELINE, headSeq } } },
      }),
      isLookedAt: () => lookedAt,
      wait: (_ms, then) => waiting.push(then),
    });
    return {
      made,
      told,
      grow: (to: number) => {
        headSeq = to;
        made.seen('c');
      },
      look: (there: boolean) => {
        lookedAt = there;
      },
      wake: () => waiting.shift()?.(),
    };
  }

  it('[PAGE-74] follows what is looked at, in a busy channel only now and then, and to where one has read', () => {
    const { made, told, grow, look, wake } = marks();
    made.seen('c');
    grow(6);
    grow(7);
    expect(told).toEqual([5]);
    look(false);
    grow(8);
    wake();
    expect(told).toEqual([5, 7]);
    wake();
    look(true);
    grow(8);
    made.seen('@bob');
    made.seen('other');
    expect(told).toEqual([5, 7, 8]);
  });
});
