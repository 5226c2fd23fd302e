/** The checker, on histories of honest runs and on forged ones. */
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
import { honestHistory } from '../support/honest-history.ts';
import { checkHistory } from '../verify/check-history.ts';
import type { Finding } from '../verify/finding.ts';
import type { LoggedMessage } from '../verify/history-record.ts';

const nobodySaw = (records: Records) => records.filter(({ type }) => type !== 'joins' && type !== 'shown');

const lossOfAcknowledged =
  (number: (log: readonly LoggedMessage[]) => LoggedMessage[]): Forgery =>
  (records, which) => {
    const one = pick(of(records, 'ok'), which);
    if (one === undefined) return null;
    const { channelId } = invocation(records, one.operation);
    return withLog(records, channelId, (log) => number(log.filter(({ seq }) => seq !== one.seq)));
  };

const double =
  (again: (message: LoggedMessage) => LoggedMessage): Forgery =>
  (records, which) => {
    const one = pick(logged(records), which);
    if (one === undefined) return null;
    return withLog(records, one.channelId, (log) => [...log, { ...again(one.message), seq: log.length + 1 }]);
  };

const swapInLog: Forgery = (records, which) => {
  const one = pick(
    logged(records).filter(({ message }) => message.seq > 1),
    which,
  );
  if (one === undefined) return null;
  const at = one.message.seq - 1;
  return withLog(records, one.channelId, (log) =>
    renumbered(log.with(at, log[at - 1]!).with(at - 1, log[at]!)),
  );
};

/** Two neighbours of what one client was shown of one channel. */
const neighbours = (records: Records, which: number) => {
  const shown = of(records, 'shown');
  const pairs = shown.flatMap((second) => {
    const first = shown.find(
      ({ observer, channelId, seq }) =>
        observer === second.observer && channelId === second.channelId && seq === second.seq - 1,
    );
    return first === undefined ? [] : [{ first, second }];
  });
  return pick(pairs, which);
};
const swapInView: Forgery = (records, which) => {
  const pair = neighbours(records, which);
  if (pair === undefined) return null;
  const { first, second } = pair;
  return records.map((record) => (record === first ? second : record === second ? first : record));
};

const acknowledgedElsewhere =
  (change: (ok: RecordOf<'ok'>) => Partial<RecordOf<'ok'>>): Forgery =>
  (records, which) => {
    const one = pick(of(records, 'ok'), which);
    return one === undefined ? null : replaced(records, one, { ...one, ...change(one) });
  };

/** An unknown outcome twice in the log: the second time under another id, at another time. */
const unknownTwice: Forgery = (records, which) => {
  const ended = new Set([...of(records, 'ok'), ...of(records, 'failed')].map(({ operation }) => operation));
  const open = of(records, 'invoked').filter(({ operation }) => !ended.has(operation));
  const one = pick(open, which);
  if (one === undefined) return null;
  const { authorId, clientMessageId, content } = one;
  const landed = (id: string) => ({ seq: 0, id, authorId, clientMessageId, content, timestamp: 1 });
  return withLog(records, one.channelId, (log) => {
    const before = log.filter((message) => message.clientMessageId !== clientMessageId);
    return renumbered([...before, landed('m-once'), landed('m-again')]);
  });
};

const failedLanded: Forgery = (records, which) => {
  const failed = pick(of(records, 'failed'), which);
  if (failed === undefined) return null;
  const { channelId, authorId, clientMessageId, content } = invocation(records, failed.operation);
  return withLog(records, channelId, (log) => [
    ...log,
    { seq: log.length + 1, id: 'm-failed', authorId, clientMessageId, content, timestamp: 1 },
  ]);
};

const foreign: Forgery = (records, which) => {
  const one = pick(of(records, 'page'), which)!;
  const spam = { id: 'm-spam', authorId: 'eve', clientMessageId: 'spam', content: 'spam', timestamp: 1 };
  return withLog(records, one.channelId, (log) => [...log, { ...spam, seq: log.length + 1 }]);
};

/** Of those who stay to the end, and are shown something behind the event. */
const missedInTheMiddle: Forgery = (records, which) => {
  const pair = neighbours(records, which);
  return pair === undefined || pair.first.observer === 'late' ? null : without(records, pair.first);
};
const missedAtTheEnd: Forgery = (records) => {
  const last = of(records, 'shown').findLast(({ observer }) => observer !== 'late');
  return last === undefined ? null : without(records, last);
};
const shownTwice: Forgery = (records, which) => {
  const one = pick(of(records, 'shown'), which);
  return one === undefined ? null : records.flatMap((record) => (record === one ? [one, one] : [record]));
};

/** The first event after a client came back, when there is another behind it. */
const missedOverResume: Forgery = (records, which) => {
  const candidates = of(records, 'cut').flatMap((cut) => {
    const later = records.slice(records.indexOf(cut));
    const shown = of(later, 'shown').filter(({ observer }) => observer === cut.observer);
    return [...Map.groupBy(shown, ({ channelId }) => channelId).values()].filter(
      ([first, second]) => second !== undefined && first!.observer !== 'late',
    );
  });
  const [first] = pick(candidates, which) ?? [];
  return first === undefined ? null : without(records, first);
};

const notReadBack: Forgery = (records, which) => {
  const one = pick(of(records, 'page'), which)!;
  return records.filter((record) => record.type !== 'page' || record.channelId !== one.channelId);
};

/** A message that is told of before it was sent. */
const sentTooLate: Forgery = (records, which) => {
  const candidates = of(records, 'ok').filter((ok) => {
    const { channelId } = invocation(records, ok.operation);
    const earlier = records.slice(0, records.indexOf(ok));
    return of(earlier, 'shown').some((shown) => shown.channelId === channelId && shown.seq >= ok.seq);
  });
  const ok = pick(candidates, which);
  if (ok === undefined) return null;
  const sent = invocation(records, ok.operation);
  return records.flatMap((record) => (record === sent ? [] : record === ok ? [sent, ok] : [record]));
};

const finds = (forge: Forgery, what: Finding['what'], words?: string): void =>
  findsIn(honestHistory, forge, what, words);

describe('histories of runs in which every promise was kept', () => {
  it('[VERIFY-1] nothing is found, whatever was cut, lost or of unknown outcome', () => {
    let unknown = 0;
    fc.assert(
      fc.property(honestHistory, (records) => {
        const { counts, findings } = checkHistory(records);
        expect(findings).toEqual([]);
        expect(counts.acknowledged + counts.failed + counts.unknown).toBe(counts.invoked);
        expect(counts.logged).toBe(logged(records).length);
        expect(counts.shown).toBe(of(records, 'shown').length);
        expect(counts.resumes).toBe(of(records, 'back').length);
        unknown += counts.unknown;
      }),
      { numRuns: 500 },
    );
    expect(unknown).toBeGreaterThan(500);
  });

  it('[VERIFY-1] a message that two clients sent under one key is there once for both', () => {
    const message = { channelId: 'c', authorId: 'ada', clientMessageId: 'k', content: 'text' };
    const { channelId, ...event } = message;
    const history: Records = [
      { type: 'invoked', at: 0, operation: 1, sender: 'one', ...message },
      { type: 'shown', at: 1, observer: 'eve', channelId, ...event, seq: 1, id: 'm', timestamp: 1 },
      { type: 'failed', at: 1, operation: 1, reason: 'gave up' },
      { type: 'invoked', at: 2, operation: 2, sender: 'two', ...message },
      { type: 'ok', at: 3, operation: 2, id: 'm', seq: 1, duplicate: true },
      { type: 'page', at: 4, channelId, events: [{ ...event, seq: 1, id: 'm', timestamp: 1 }] },
    ];
    const joined: Records = [{ type: 'joins', at: 0, observer: 'eve', channelId, after: 0 }, ...history];
    expect(checkHistory(joined).findings).toEqual([]);
  });
});

describe('histories of a channel of which something was removed because its time was over', () => {
  /** What lies below `floor` is in no log, and whoever hadn't been shown it was told so. */
  const removed = (records: Records, floor: number): Records => {
    const wereShown = new Set<string>();
    return records.flatMap((record): Records => {
      if (record.type === 'page') {
        return [{ ...record, events: record.events.filter(({ seq }) => seq >= floor), floor }];
      }
      if (record.type !== 'shown' || record.seq >= floor || record.seq % 2 === 0) return [record];
      const { observer, channelId, seq, at } = record;
      const key = `${observer} ${channelId}`;
      const isFirst = !wereShown.has(key);
      wereShown.add(key);
      return isFirst ? [{ type: 'gap', at, observer, channelId, from: seq, to: seq }] : [];
    });
  };
  const anyFloor = fc.tuple(honestHistory, fc.integer({ min: 1, max: 6 }));

  it('[VERIFY-15] nothing is found of what was removed, and everything else as ever', () => {
    fc.assert(
      fc.property(anyFloor, ([records, floor]) => {
        expect(checkHistory(removed(records, floor)).findings).toEqual([]);
      }),
      { numRuns: 300 },
    );
    const findsRemoved = (forge: Forgery, what: Finding['what']): void =>
      findsIn(
        anyFloor.map(([records, floor]) => removed(records, floor)),
        forge,
        what,
        '',
        500,
      );
    findsRemoved((records, which) => {
      const floor = of(records, 'page')[0]?.floor ?? 1;
      const one = pick(
        of(records, 'ok').filter(({ seq }) => seq >= floor),
        which,
      );
      if (one === undefined) return null;
      const { channelId } = invocation(records, one.operation);
      return records.map((record) =>
        record.type === 'page' && record.channelId === channelId
          ? { ...record, events: record.events.filter(({ seq }) => seq !== one.seq) }
          : record,
      );
    }, 'lost');
    findsRemoved((records, which) => {
      const one = pick(
        of(records, 'joins').filter(({ after }) => after !== null),
        which,
      );
      if (one === undefined) return null;
      const { observer, channelId } = one;
      const floor = of(records, 'page')[0]?.floor ?? 1;
      return [...records, { type: 'gap', at: 0, observer, channelId, from: floor, to: floor }];
    }, 'missed');
  });
});

describe('forged histories', () => {
  it('[VERIFY-2] an acknowledged message that is lost, with and without a gap where it was', () => {
    finds(lossOfAcknowledged(renumbered), 'lost');
    finds(
      lossOfAcknowledged((log) => [...log]),
      'lost',
    );
    finds((records, which) => lossOfAcknowledged(renumbered)(nobodySaw(records), which), 'lost');
  });

  it('[VERIFY-2] a message that is there twice, under its own id or another', () => {
    finds(
      double((message) => message),
      'duplicate',
    );
    finds(
      double((message) => ({ ...message, id: 'm-other' })),
      'duplicate',
    );
    finds(
      double((message) => ({ ...message, clientMessageId: 'other' })),
      'duplicate',
    );
  });

  it('[VERIFY-2] an acknowledgement that tells another seq or id', () => {
    finds(
      acknowledgedElsewhere(({ seq }) => ({ seq: seq + 1 })),
      'misplaced',
    );
    finds(
      acknowledgedElsewhere(() => ({ id: 'm-other' })),
      'misplaced',
    );
  });

  it('[VERIFY-3] an altered text, author or time, in the log and in what was shown', () => {
    for (const change of [
      inLog(({ content }) => ({ content: `${content}!` })),
      inLog(() => ({ authorId: 'eve' })),
      inView(({ content }) => ({ content: `${content}!` })),
      inView(() => ({ authorId: 'eve' })),
      inView(({ timestamp }) => ({ timestamp: timestamp! + 1 })),
      inView(() => ({ id: 'm-other' })),
    ]) {
      finds(change, 'altered');
    }
  });

  it('[VERIFY-3] a message that nobody sent', () => finds(foreign, 'foreign'));

  it('[VERIFY-4] an unknown outcome that landed twice', () => finds(unknownTwice, 'duplicate'));

  it('[VERIFY-4] a failed message that landed', () => finds(failedLanded, 'refused'));

  it('[VERIFY-5] a gap in a log', () => {
    finds(
      inLog(({ seq }) => ({ seq: seq + 1 })),
      'gap',
    );
    finds((records, which) => {
      const one = pick(
        logged(records).filter(({ message }) => message.seq > 1),
        which,
      );
      if (one === undefined) return null;
      return withLog(records, one.channelId, (log) => log.filter(({ seq }) => seq !== one.message.seq - 1));
    }, 'gap');
  });

  it('[VERIFY-5] two messages that changed places, in the log or for one client', () => {
    finds(swapInLog, 'altered');
    finds(swapInView, 'order');
  });

  it('[VERIFY-5] an event that a client was not shown, at the end too, or was shown twice', () => {
    finds(missedInTheMiddle, 'missed');
    finds(missedAtTheEnd, 'missed');
    finds(shownTwice, 'order');
    finds(
      inView(({ seq }) => ({ seq: seq + 1_000 })),
      'lost',
    );
  });

  it('[VERIFY-5] places that a client said it would not show', () => {
    finds((records, which) => {
      const { observer, channelId } = pick(of(records, 'joins'), which)!;
      return [...records, { type: 'gap', at: 0, observer, channelId, from: 1, to: 2 }];
    }, 'missed');
  });

  it('[VERIFY-5] clients that were shown different things, where the log was not read back', () => {
    finds(notReadBack, 'unread');
    finds((records, which) => {
      const unread = records.filter(({ type }) => type !== 'page');
      const twice = of(unread, 'shown').filter((shown) =>
        of(unread, 'shown').some(
          (other) => other !== shown && other.channelId === shown.channelId && other.seq === shown.seq,
        ),
      );
      const one = pick(twice, which);
      return one === undefined ? null : replaced(unread, one, { ...one, content: 'another' });
    }, 'altered');
  });

  it('[VERIFY-6] an event that is missed over a resume, and says so', () => {
    finds(missedOverResume, 'missed', 'having come back');
  });

  it('[VERIFY-7] a message that stands before what was known when it was sent', () => {
    finds(sentTooLate, 'order');
  });

  it('[VERIFY-7] messages of one client in another order than it sent them', () => {
    const message = (operation: number) => {
      return { channelId: 'c', authorId: 'ada', clientMessageId: `k${operation}`, content: `${operation}` };
    };
    const history: Records = [
      { type: 'invoked', at: 0, operation: 1, sender: 'one', ...message(1) },
      { type: 'invoked', at: 0, operation: 2, sender: 'one', ...message(2) },
      { type: 'ok', at: 1, operation: 1, id: 'm2', seq: 2, duplicate: false },
      { type: 'ok', at: 1, operation: 2, id: 'm1', seq: 1, duplicate: false },
    ];
    expect(checkHistory(history).findings.map(({ what }) => what)).toEqual(['order', 'unread']);
  });

  it('[VERIFY-1] records that contradict each other', () => {
    const ok = { type: 'ok', at: 0, operation: 1, id: 'm', seq: 1, duplicate: false } as const;
    const sent = { operation: 1, channelId: 'c', authorId: 'ada', clientMessageId: 'k', content: 'text' };
    const invoked = { type: 'invoked', at: 0, sender: 'one', ...sent } as const;
    const nobody = { type: 'gap', at: 0, observer: 'eve', channelId: 'c', from: 1, to: 2 } as const;
    for (const history of [[ok], [invoked, ok, ok], [invoked, invoked], [nobody]]) {
      expect(checkHistory(history).findings[0]?.what).toBe('contradiction');
    }
  });
});
