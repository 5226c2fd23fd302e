import { describe, expect, it } from 'vitest';
import { checkRecords } from '../kill/check-records.ts';
import type { KillRecords, LoggedMessage, SendRecord, ViewRecord } from '../kill/records.ts';

/** Six messages of two senders in one channel, seen by two clients; the last one has an unknown outcome and landed. */
const log: LoggedMessage[] = [1, 2, 3, 4, 5, 6].map((seq) => ({
  seq,
  id: `m${seq}`,
  authorId: seq % 2 === 0 ? 'ada' : 'bob',
  clientMessageId: `k${seq}`,
  content: `text ${seq}`,
}));
const sends: SendRecord[] = [
  ...log.map(({ seq, id, authorId, clientMessageId, content }) => ({
    channelId: 'c',
    authorId: authorId!,
    clientMessageId: clientMessageId!,
    content: content!,
    acknowledged: seq === 6 ? null : { id: id!, seq },
  })),
  // Of unknown outcome, and never landed.
  { channelId: 'c', authorId: 'ada', clientMessageId: 'k7', content: 'text 7', acknowledged: null },
];
const view: ViewRecord = {
  observer: 'eve',
  channelId: 'c',
  shown: log,
  fromStart: true,
  toEnd: true,
  gaps: 0,
};
const part: ViewRecord = { ...view, observer: 'dan', shown: log.slice(2, 5), fromStart: false, toEnd: false };
const kept: KillRecords = { sends, views: [view, part], logs: new Map([['c', log]]) };

const whats = (records: KillRecords) => [...new Set(checkRecords(records).map(({ what }) => what))].sort();
const withLog = (forged: readonly LoggedMessage[]) => whats({ ...kept, logs: new Map([['c', forged]]) });
const withView = (change: Partial<ViewRecord>) => whats({ ...kept, views: [{ ...view, ...change }] });
const renumbered = (messages: readonly LoggedMessage[]) =>
  messages.map((message, i) => ({ ...message, seq: i + 1 }));

describe('the checker of the kill check', () => {
  it('[KILL-1] finds nothing where every promise was kept, unknown outcomes included', () => {
    expect(checkRecords(kept)).toEqual([]);
    const neverLanded = { ...kept, views: [], logs: new Map([['c', log.slice(0, 5)]]) };
    expect(checkRecords(neverLanded)).toEqual([]);
    expect(checkRecords({ sends: [], views: [], logs: new Map() })).toEqual([]);
  });

  it('[KILL-2] finds an acknowledged message that is not in the log', () => {
    expect(whats({ ...kept, views: [], logs: new Map([['c', log.filter(({ seq }) => seq !== 5)]]) })).toEqual(
      ['gap', 'lost'],
    );
    const atTheEnd = new Map([['c', log.slice(0, 4)]]);
    expect(whats({ ...kept, views: [], logs: atTheEnd })).toEqual(['lost']);
    expect(whats({ ...kept, views: [], logs: new Map() })).toEqual(['lost']);
  });

  it('[KILL-2] finds an acknowledgement that tells another place or id', () => {
    const wrong = (acknowledged: SendRecord['acknowledged']) =>
      whats({ ...kept, sends: sends.with(0, { ...sends[0]!, acknowledged }) });
    expect(wrong({ id: 'm1', seq: 2 })).toEqual(['lost']);
    expect(wrong({ id: 'm9', seq: 1 })).toEqual(['lost']);
  });

  it('[KILL-3] finds a message that was shown and is not in the log', () => {
    const unknown = { ...kept, logs: new Map([['c', log.slice(0, 5)]]) };
    expect(whats(unknown)).toEqual(['lost']);
  });

  it('[KILL-4] finds a message that is there twice, under one id or two', () => {
    const again = (change: Partial<LoggedMessage>) => [...log, { ...log[5]!, ...change, seq: 7 }];
    for (const forged of [
      again({}),
      again({ id: 'm7' }),
      again({ clientMessageId: 'k7', content: 'text 7' }),
    ]) {
      expect(whats({ ...kept, views: [], logs: new Map([['c', forged]]) })).toContain('duplicate');
    }
  });

  it('[KILL-5] finds a gap in the numbers, at the beginning too', () => {
    expect(withLog(log.map((message) => ({ ...message, seq: message.seq + 1 })))).toContain('gap');
    expect(withLog([...log.slice(0, 5), { ...log[5]!, seq: 7 }])).toContain('gap');
  });

  it('[KILL-6] finds what was shown in another order, twice, or not at all', () => {
    expect(withView({ shown: log.with(2, log[3]!).with(3, log[2]!) })).toEqual(['order']);
    expect(withView({ shown: log.toSpliced(3, 0, log[2]!) })).toEqual(['order']);
    expect(withView({ shown: log.filter(({ seq }) => seq !== 3) })).toEqual(['order']);
    expect(withView({ shown: log.slice(1) })).toEqual(['order']);
    expect(withView({ shown: log.slice(0, 5) })).toEqual(['missed']);
    expect(withView({ shown: [] })).toEqual(['missed']);
    expect(withView({ gaps: 1 })).toEqual(['missed']);
  });

  it('[KILL-6] finds two messages that changed places between what was shown and the log', () => {
    const swapped = renumbered(log.with(2, log[3]!).with(3, log[2]!));
    expect(withView({ shown: swapped })).toEqual(['altered']);
    expect(withLog(swapped)).toEqual(['altered', 'lost']);
  });

  it('[KILL-7] finds an altered text, in the log and in what was shown', () => {
    const altered = log.with(3, { ...log[3]!, content: 'text 4!' });
    expect(withLog(altered)).toEqual(['altered']);
    expect(withView({ shown: altered })).toEqual(['altered']);
  });

  it('[KILL-7] finds a message that nobody sent, and one of an author who did not', () => {
    const foreign = { seq: 7, id: 'm8', authorId: 'eve', clientMessageId: 'k8', content: 'spam' };
    expect(whats({ ...kept, views: [], logs: new Map([['c', [...log, foreign]]]) })).toEqual(['foreign']);
    expect(
      whats({ ...kept, views: [], logs: new Map([['c', log.with(5, { ...log[5]!, authorId: 'bob' })]]) }),
    ).toEqual(['foreign']);
  });
});
