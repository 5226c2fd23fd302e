/** The checker, on inboxes of honest runs and on forged ones. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  findsIn,
  type Forgery,
  inLog,
  inView,
  invocation,
  logged,
  of,
  pick,
  type RecordOf,
  type Records,
  renumbered,
  replaced,
  withLog,
  without,
} from '../support/forged-history.ts';
import { honestInboxes } from '../support/honest-inboxes.ts';
import { checkHistory } from '../verify/check-history.ts';
import type { Finding } from '../verify/finding.ts';
import type { LoggedMessage } from '../verify/history-record.ts';
import { inboxKey } from '../verify/inbox-key.ts';
import { verdictText } from '../verify/verdict-text.ts';

/** Of forgeries that have a place in few histories. */
const MANY = 600;

const finds = (forge: Forgery, what: Finding['what'], words?: string, runs?: number): void =>
  findsIn(honestInboxes, forge, what, words, runs);

/** Nobody was shown anything, so the inboxes themselves have to tell. */
const unseen = (records: Records) => records.filter(({ type }) => type !== 'joins' && type !== 'shown');

/** Acknowledged whispers to somebody else, with what was sent. */
const acknowledged = (records: Records) =>
  of(records, 'ok')
    .map((ok) => ({ ok, sent: invocation(records, ok.operation) }))
    .filter(({ sent }) => sent.to !== sent.authorId);

/** Whether there is more than one operation of its key. */
const isRepeated = (records: Records, sent: RecordOf<'invoked'>) =>
  of(records, 'invoked').some(
    ({ clientMessageId, to, operation }) =>
      clientMessageId === sent.clientMessageId && to === sent.to && operation !== sent.operation,
  );

/** Takes an acknowledged whisper out of the inbox of one of the two. */
const lostBy =
  (who: 'sender' | 'recipient'): Forgery =>
  (records, which) => {
    const one = pick(acknowledged(records), which);
    if (one === undefined) return null;
    const { ok, sent } = one;
    const owner = who === 'sender' ? sent.authorId : sent.to!;
    return withLog(unseen(records), inboxKey(owner), (log) =>
      renumbered(log.filter(({ id }) => id !== ok.id)),
    );
  };

/** One that nobody knows the outcome of is in one inbox only. */
const halfLanded: Forgery = (records, which) => {
  const acks = new Set(of(records, 'ok').map(({ id }) => id));
  const open = logged(records).filter(
    ({ message }) => !acks.has(message.id!) && message.to !== message.authorId,
  );
  const one = pick(open, which);
  if (one === undefined) return null;
  return withLog(unseen(records), one.channelId, (log) =>
    renumbered(log.filter(({ id }) => id !== one.message.id)),
  );
};

const copied =
  (again: (whisper: LoggedMessage) => LoggedMessage): Forgery =>
  (records, which) => {
    const one = pick(logged(records), which);
    if (one === undefined) return null;
    return withLog(records, one.channelId, (log) => [...log, { ...again(one.message), seq: log.length + 1 }]);
  };

/** Two whispers of one device to one person change places with that person. */
const swappedForRecipient: Forgery = (records, which) => {
  const once = acknowledged(records)
    .filter(({ sent }) => !isRepeated(records, sent))
    .toSorted((a, b) => a.sent.operation - b.sent.operation);
  const pairs = once.flatMap((early, i) =>
    once
      .slice(i + 1)
      .filter(({ sent }) => sent.sender === early.sent.sender && sent.to === early.sent.to)
      .map((late) => [early, late] as const),
  );
  const pair = pick(pairs, which);
  if (pair === undefined) return null;
  const [early, late] = pair;
  return withLog(unseen(records), inboxKey(early.sent.to!), (log) => {
    const at = (id: string) => log.findIndex((whisper) => whisper.id === id);
    const [i, j] = [at(early.ok.id), at(late.ok.id)];
    return renumbered(log.with(i, log[j]!).with(j, log[i]!));
  });
};

/** Invoked when its recipient already had something that stands behind it. */
const sentTooLate: Forgery = (records, which) => {
  const candidates = acknowledged(records).filter(({ ok, sent }) => {
    if (isRepeated(records, sent)) return false;
    const copy = logged(records).find(
      ({ channelId, message }) => channelId === inboxKey(sent.to!) && message.id === ok.id,
    );
    const earlier = records.slice(0, records.indexOf(ok));
    return of(earlier, 'shown').some(
      ({ channelId, seq }) => channelId === copy?.channelId && seq >= copy.message.seq,
    );
  });
  const one = pick(candidates, which);
  if (one === undefined) return null;
  const { ok, sent } = one;
  return records.flatMap((record) => (record === sent ? [] : record === ok ? [sent, ok] : [record]));
};

const failedLanded: Forgery = (records, which) => {
  const failed = of(records, 'failed').map(({ operation }) => invocation(records, operation));
  const one = pick(
    failed.filter((sent) => !isRepeated(records, sent)),
    which,
  );
  if (one === undefined) return null;
  const { authorId, to, clientMessageId, content } = one;
  const whisper = { id: 'w-failed', authorId, to: to!, clientMessageId, content, timestamp: 1 };
  return [...new Set([authorId, to!])].reduce<Records>(
    (forged, owner) =>
      withLog(forged, inboxKey(owner), (log) => [...log, { ...whisper, seq: log.length + 1 }]),
    records,
  );
};

describe('inboxes in which every promise was kept', () => {
  it('[VERIFY-12] nothing is found, whatever was cut, lost, sent again or of unknown outcome', () => {
    let [notes, duplicates, unknown] = [0, 0, 0];
    fc.assert(
      fc.property(honestInboxes, (records) => {
        const verdict = checkHistory(records);
        const { whispers, invoked, logged: inChannels } = verdict.counts;
        expect(verdict.findings).toEqual([]);
        expect([invoked, inChannels]).toEqual([0, 0]);
        expect(whispers.acknowledged + whispers.failed + whispers.unknown).toBe(whispers.invoked);
        expect(whispers.logged).toBe(logged(records).length);
        expect(whispers.shown).toBe(of(records, 'shown').length);
        expect(verdictText(verdict)).toContain(
          `\n${whispers.invoked} whispers: ${whispers.acknowledged} ack`,
        );
        notes += of(records, 'invoked').filter(({ authorId, to }) => authorId === to).length;
        duplicates +=
          whispers.invoked - new Set(of(records, 'invoked').map((sent) => sent.clientMessageId)).size;
        unknown += whispers.unknown;
      }),
      { numRuns: 300 },
    );
    expect(Math.min(notes, duplicates, unknown)).toBeGreaterThan(300);
  });

  it('[VERIFY-12] one clientMessageId may go to several people, and is in the inbox of its sender for each', () => {
    const whisper = (to: string) => ({ authorId: 'ada', to, clientMessageId: 'k', content: 'text' });
    const event = (to: string, seq: number) => ({ ...whisper(to), seq, id: `w-${to}`, timestamp: 1 });
    const sent = (operation: number, to: string) =>
      ({
        type: 'invoked',
        at: 0,
        operation,
        sender: 'd',
        channelId: inboxKey('ada'),
        ...whisper(to),
      }) as const;
    const ok = (operation: number, to: string, seq: number) =>
      ({ type: 'ok', at: 1, operation, id: `w-${to}`, seq, duplicate: false }) as const;
    const page = (owner: string, events: LoggedMessage[]) =>
      ({ type: 'page', at: 2, channelId: inboxKey(owner), events }) as const;
    const history: Records = [
      ...[sent(1, 'bob'), sent(2, 'cy'), ok(2, 'cy', 1), ok(1, 'bob', 2)],
      ...[
        page('ada', [event('cy', 1), event('bob', 2)]),
        page('bob', [event('bob', 1)]),
        page('cy', [event('cy', 1)]),
      ],
    ];
    expect(checkHistory(history).findings).toEqual([]);
    expect(checkHistory(history.slice(0, -1)).findings).toEqual([
      { what: 'unread', detail: 'inbox:cy: its log was not read back' },
    ]);
  });
});

describe('forged inboxes', () => {
  it('[VERIFY-13] an acknowledged whisper that its sender or its recipient has lost', () => {
    finds(lostBy('sender'), 'lost', 'is not in the log');
    finds(lostBy('recipient'), 'lost', 'is not in the inbox of its recipient');
  });

  it('[VERIFY-13] a whisper of unknown outcome that is in one of two inboxes', () => {
    finds(halfLanded, 'lost', 'is not in inbox:');
  });

  it('[VERIFY-13] a whisper that is another one in the other inbox', () => {
    const changes: readonly ((whisper: LoggedMessage) => Partial<LoggedMessage>)[] = [
      ({ content }) => ({ content: `${content}!` }),
      ({ timestamp }) => ({ timestamp: timestamp! + 1 }),
    ];
    for (const change of changes) {
      finds(
        (records, which) => {
          const between = logged(records).filter(({ message }) => message.to !== message.authorId);
          const one = pick(between, which);
          if (one === undefined) return null;
          return withLog(unseen(records), one.channelId, (log) =>
            log.map((whisper) => (whisper === one.message ? { ...whisper, ...change(whisper) } : whisper)),
          );
        },
        'altered',
        'is another one in inbox:',
      );
    }
  });

  it('[VERIFY-12] [VERIFY-13] a whisper that is there twice, is of nobody, or of two others', () => {
    finds(
      copied((whisper) => whisper),
      'duplicate',
    );
    finds(
      copied((whisper) => ({ ...whisper, id: 'w-other' })),
      'duplicate',
    );
    finds(
      copied((whisper) => ({ ...whisper, id: 'w-spam', clientMessageId: 'spam' })),
      'foreign',
      'was sent by nobody',
    );
    finds(
      copied((whisper) => ({ ...whisper, id: 'w-strange', authorId: 'eve', to: 'mallory' })),
      'foreign',
      'is neither from nor to its owner',
    );
  });

  it('[VERIFY-14] whispers of one device in another order than it sent them', () => {
    finds(swappedForRecipient, 'order', '', MANY);
    const whisper = (operation: number) => {
      return { authorId: 'ada', to: 'bob', clientMessageId: `k${operation}`, content: 'text' };
    };
    const channelId = inboxKey('ada');
    const sent = (operation: number) =>
      ({ type: 'invoked', at: 0, operation, sender: 'd', channelId, ...whisper(operation) }) as const;
    const ok = (operation: number) =>
      ({ type: 'ok', at: 1, operation, id: `w${operation}`, seq: operation, duplicate: false }) as const;
    const page = (owner: string, ...operations: number[]) => {
      const events = operations.map((operation, i) => {
        return { ...whisper(operation), seq: i + 1, id: `w${operation}`, timestamp: 1 };
      });
      return { type: 'page', at: 2, channelId: inboxKey(owner), events } as const;
    };
    const history: Records = [sent(1), sent(2), ok(1), ok(2), page('ada', 1, 2), page('bob', 2, 1)];
    expect(checkHistory(history).findings).toEqual([
      {
        what: 'order',
        detail: 'inbox:bob: k2, acknowledged to its sender as 2, is 1, and was sent by d behind 2',
      },
    ]);
  });

  it('[VERIFY-14] a whisper that stands before what its recipient had when it was sent', () => {
    finds(sentTooLate, 'order', 'was known already', MANY);
  });

  it('[VERIFY-12] acknowledgements of other places, failed ones that landed, gaps, and inboxes not read back', () => {
    finds((records, which) => {
      const ok = pick(of(records, 'ok'), which);
      return ok === undefined ? null : replaced(records, ok, { ...ok, seq: ok.seq + 1 });
    }, 'misplaced');
    finds(failedLanded, 'refused');
    finds(
      inLog(({ seq }) => ({ seq: seq + 1 })),
      'gap',
    );
    finds((records, which) => {
      const one = pick(of(records, 'page'), which)!;
      return records.filter((record) => record.type !== 'page' || record.channelId !== one.channelId);
    }, 'unread');
  });

  it('[VERIFY-12] devices that were shown something else, or not all', () => {
    finds(
      inView(({ content }) => ({ content: `${content}!` })),
      'altered',
    );
    finds(
      inView(() => ({ to: 'eve' })),
      'altered',
      ': to',
    );
    finds((records) => {
      const last = of(records, 'shown').findLast(
        (shown) =>
          shown.observer !== 'ends' &&
          !of(records.slice(records.indexOf(shown)), 'joins').some(
            ({ observer }) => observer === shown.observer,
          ),
      );
      return last === undefined ? null : without(records, last);
    }, 'missed');
    finds((records, which) => {
      const one = pick(of(records, 'shown'), which);
      return one === undefined ? null : records.flatMap((record) => (record === one ? [one, one] : [record]));
    }, 'order');
  });
});
