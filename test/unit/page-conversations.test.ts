/** What the page makes of the inbox's news. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { InboxEvent } from '../../src/client/inbox-news.ts';
import { completionAt } from '../../web/src/state/completion.ts';
import {
  newestOfOthers,
  withEvent,
  withList,
  withLoaded,
  withoutLogs,
  withReceipts,
  withUnread,
} from '../../web/src/state/conversation-changes.ts';
import { byNewest, conversationKey, newConversation, receiptAt } from '../../web/src/state/conversation.ts';
import { findPeople, knownPeople, personNamed } from '../../web/src/state/known-people.ts';
import { CONNECTING, isMentioned, newChannel, unreadTotal } from '../../web/src/state/page-state.ts';
import type { SignedIn } from '../../web/src/state/page-state.ts';
import { firstUnread } from '../../web/src/state/timeline.ts';
import { quotedName, whisperCommand } from '../../web/src/state/whisper-command.ts';

const ADA = { id: 'a', name: 'ada' };
const BOB = { id: 'b', name: 'bob' };
const EVE = { id: 'e', name: 'Eve Online' };
const BOBS = conversationKey(BOB.id);

const START: SignedIn = { ...CONNECTING, user: { ...ADA, guest: true, roles: ['guest'] } };

function created(seq: number, from = BOB, to = ADA, content = `text ${seq}`): InboxEvent<'whisper:created'> {
  return { type: 'whisper:created', seq, timestamp: seq, data: { id: `w${seq}`, from, to, content } };
}

function updated(seq: number, id: string, content: string): InboxEvent {
  const data = { id, from: BOB, to: ADA, content, editedAt: seq };
  return { type: 'whisper:updated', seq, timestamp: seq, data };
}

function deleted(seq: number, id: string): InboxEvent {
  return { type: 'whisper:deleted', seq, timestamp: seq, data: { id, from: BOB, to: ADA } };
}

const after = (events: readonly InboxEvent[], state: SignedIn = START): SignedIn =>
  events.reduce((known, event) => withEvent(known, event, ADA.id, false) as SignedIn, state);
const withBob = (state: SignedIn) => state.conversations[BOBS]!;
const texts = (state: SignedIn) =>
  withBob(state)
    .timeline.messages.list.flat()
    .map(({ content, editedAt, deleted: gone }) => [content, editedAt ?? null, gone === true]);

describe('events of the inbox', () => {
  it('[PAGE-64] go to the conversation with the other one, whoever wrote, with their newest name', () => {
    const state = after([
      created(1),
      created(2, ADA, BOB),
      created(3, EVE),
      created(4, { ...BOB, name: 'bobby' }),
    ]);
    expect(texts(state).map(([content]) => content)).toEqual(['text 1', 'text 2', 'text 4']);
    expect(withBob(state)).toMatchObject({
      with: { id: 'b', name: 'bobby' },
      last: { id: 'w4', own: false },
    });
    expect(byNewest(Object.values(state.conversations)).map((one) => one.with.name)).toEqual([
      'bobby',
      EVE.name,
    ]);
  });

  it('[PAGE-67] change what came before: the last text stands, a deletion for good', () => {
    const state = after([created(1), created(2), updated(3, 'w1', 'one'), updated(4, 'w2', 'two')]);
    expect(texts(state)).toEqual([
      ['one', 3, false],
      ['two', 4, false],
    ]);
    expect(withBob(state).last).toMatchObject({ id: 'w2', content: 'two', seq: 2 });
    const gone = after([deleted(5, 'w2'), updated(6, 'w2', 'again')], state);
    expect(texts(gone)[1]).toEqual(['', 4, true]);
    expect(withBob(gone).last).toMatchObject({ deleted: true, content: '' });
  });

  it('[PAGE-67] replayed, where pages tell the state of now, come to the same texts', () => {
    const superseded = { type: 'whisper:updated', seq: 2, timestamp: 2, data: { id: 'w1' } } as const;
    const edited = created(1, BOB, ADA, 'new');
    const now = { ...edited, data: { ...edited.data, editedAt: 3 } };
    expect(texts(after([now, superseded, updated(3, 'w1', 'new')]))).toEqual([['new', 3, false]]);
    const { id, from, to } = edited.data;
    const gone = { ...edited, data: { id, from, to, deleted: true as const } } as unknown as InboxEvent;
    expect(texts(after([gone, superseded, deleted(3, 'w1')]))).toEqual([['', null, true]]);
  });

  it('[PAGE-64, PAGE-67] live before the page, behind it or in it, make the same conversation', () => {
    const history = [
      created(1),
      updated(4, 'w1', 'edited'),
      created(5, ADA, BOB),
      created(7),
      deleted(9, 'w5'),
    ];
    const shown = texts(after(history));
    fc.assert(
      fc.property(fc.integer({ min: 0, max: history.length }), (cut) => {
        // Pages tell the state of now; changes that are in them are told live again.
        const live = after(history.slice(cut));
        const before = live.conversations[BOBS] ?? newConversation(BOB, ADA.id);
        const edited = created(1, BOB, ADA, 'edited');
        const page = [
          { ...edited, data: { ...edited.data, editedAt: 4 } },
          {
            ...created(5, ADA, BOB),
            data: { id: 'w5', from: ADA, to: BOB, deleted: true, content: undefined },
          } as unknown as InboxEvent,
          created(7),
        ];
        const loaded = withLoaded(before, page, false, 0);
        const state = { ...live, conversations: { [BOBS]: loaded } };
        expect(texts(after(history.slice(cut), state)).map(([content, , gone]) => [content, gone])).toEqual(
          shown.map(([content, , gone]) => [content, gone]),
        );
        expect(loaded).toMatchObject({ joined: true, timeline: { hasOlder: false } });
      }),
    );
  });

  it('[PAGE-66] that weren’t read are marked where they begin, and counted like mentions', () => {
    const events = [created(1), created(3, ADA, BOB), created(6), created(8)];
    const loaded = withLoaded(newConversation(BOB, ADA.id), events, false, 2);
    expect(firstUnread(loaded.timeline)).toBe(6);
    expect(firstUnread(withLoaded(newConversation(BOB, ADA.id), events, false, 0).timeline)).toBeNull();

    const counts = { total: 2, of: new Map([[BOB.id, 2]]) };
    const counted = withUnread(after(events), counts, null);
    expect([unreadTotal(counted), isMentioned(counted)]).toEqual([2, true]);
    expect(unreadTotal(withUnread(counted, counts, BOBS))).toBe(0);
    expect(newestOfOthers(withBob(after(events)))?.data).toMatchObject({ id: 'w8' });
  });
});

describe('lists and receipts', () => {
  it('[PAGE-64] a list that is older than what came meanwhile takes nothing back', () => {
    const state = after([created(1), created(5)]);
    const none = { total: 0, of: new Map<string, number>() };
    const listed = withList(state, [{ with: BOB, last: created(1), unread: 1 }], none) as SignedIn;
    expect(withBob(listed).last?.id).toBe('w5');
    const fresh = withList(START, [{ with: BOB, last: created(1), unread: 1 }], none) as SignedIn;
    expect(withBob(fresh)).toMatchObject({ last: { id: 'w1' }, joined: false });
  });

  it('[PAGE-67] receipts say how far own whispers came, and notes have none', () => {
    const state = withReceipts(after([created(2, ADA, BOB)]), BOB.id, { delivered: 5, read: 3 }) as SignedIn;
    expect([2, 4, 6].map((seq) => receiptAt(withBob(state), seq))).toEqual(['read', 'delivered', 'sent']);
    expect(receiptAt(newConversation(ADA, ADA.id), 1)).toBeNull();
  });

  it('[PAGE-64] after a gap logs are loaded anew, and what is on its way stays', () => {
    const state = withoutLogs(after([created(1)])) as SignedIn;
    expect(withBob(state)).toMatchObject({ joined: false, timeline: { newestSeq: 0 }, last: { id: 'w1' } });
  });
});

describe('people by name', () => {
  const state: SignedIn = {
    ...after([created(1)]),
    channels: { c: { ...newChannel('c'), members: [ADA, BOB, EVE] } },
  };

  it('[PAGE-65] are those one whispers with and those who are present, each once and without oneself', () => {
    expect(knownPeople(state)).toEqual([BOB, EVE]);
    expect(findPeople(knownPeople(state), 'ON').map(({ id }) => id)).toEqual(['e']);
    expect(personNamed(knownPeople(state), 'eve online')).toEqual(EVE);
    expect(personNamed([BOB, { id: 'x', name: 'Bob' }], 'bob')).toBeNull();
  });

  it('[PAGE-65] are read out of a command, in quotes where they have spaces', () => {
    expect(whisperCommand('/w bob hello there')).toEqual({ name: 'bob', content: 'hello there' });
    expect(whisperCommand('/whisper @bob')).toEqual({ name: 'bob', content: '' });
    expect(whisperCommand('/w "Eve Online" one\n two')).toEqual({ name: 'Eve Online', content: 'one\n two' });
    expect(whisperCommand('/w')).toEqual({ name: '', content: '' });
    for (const text of ['hello', '/where', '/wbob hi', 'say /w bob', ''])
      expect(whisperCommand(text)).toBeNull();
  });

  it('[PAGE-65] however they are called, come back from the command that names them', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[^\s"]+$/u), { minLength: 1 }), (words) => {
        const name = words.join(' ');
        expect(whisperCommand(`/w ${quotedName(name)} text`)).toEqual({ name, content: 'text' });
      }),
    );
  });

  it('[PAGE-53, PAGE-65] complete behind a command, until the name is whole', () => {
    const names = { mentioned: [], whispered: [BOB.name, EVE.name] };
    const items = (text: string) => completionAt(text, text.length, names)?.items.map(({ insert }) => insert);
    expect(items('/w ev')).toEqual(['"Eve Online" ']);
    expect(items('/whisper "Eve O')).toEqual(['"Eve Online" ']);
    expect(items('/w @bo')).toEqual(['bob ']);
    for (const text of ['/w bob', '/w bob hello', '/w ', 'ev', ' /w ev']) expect(items(text)).toBeUndefined();
  });
});
