import { describe, expect, it } from 'vitest';
import { type CheckedEvent, countFaults, LogCheck, type LogFaults } from '../../bench/load/log-check.ts';

function event(seq: number, clientMessageId?: string): CheckedEvent {
  return { seq, ...(clientMessageId === undefined ? {} : { data: { clientMessageId } }) };
}

function check(acknowledged: Readonly<Record<string, number>>, ...pages: CheckedEvent[][]): LogFaults {
  const log = new LogCheck(new Map(Object.entries(acknowledged)));
  for (const page of pages) log.read(page);
  return log.faults();
}

const NONE: LogFaults = { missing: 0, doubled: 0, misplaced: 0, gaps: 0 };

describe('the check of a log', () => {
  it('[BENCH-9] finds nothing where every acknowledged message is there once, at its place', () => {
    const pages = [[event(1, 'a'), event(2)], [event(3, 'b')], []];
    expect(check({ a: 1, b: 3 }, ...pages)).toEqual(NONE);
    // One that was never acknowledged may be there or not.
    expect(check({ a: 1 }, ...pages)).toEqual(NONE);
  });

  it('[BENCH-9] finds what is missing', () => {
    expect(check({ a: 1, b: 2 }, [event(1, 'a')])).toEqual({ ...NONE, missing: 1 });
    expect(check({ a: 1 })).toEqual({ ...NONE, missing: 1 });
  });

  it('[BENCH-9] finds what is there twice, or elsewhere', () => {
    expect(check({ a: 1 }, [event(1, 'a'), event(2, 'a')])).toEqual({ ...NONE, doubled: 1, misplaced: 1 });
    expect(check({ a: 2 }, [event(1, 'a'), event(2, 'b')])).toEqual({ ...NONE, misplaced: 1 });
    expect(check({}, [event(1, 'x')], [event(2, 'x')])).toEqual({ ...NONE, doubled: 1 });
  });

  it('[BENCH-23] finds what is missing or doubled where no acknowledgement told its place', () => {
    const read = (...events: CheckedEvent[]) => {
      const log = new LogCheck(new Map([['a', null]]));
      log.read(events);
      return log.faults();
    };
    expect(read(event(1, 'b'), event(2, 'a'))).toEqual(NONE);
    expect(read(event(1, 'b'))).toEqual({ ...NONE, missing: 1 });
    expect(read(event(1, 'a'), event(2, 'a'))).toEqual({ ...NONE, doubled: 1 });
  });

  it('[BENCH-9] finds gaps, at the beginning and between pages too', () => {
    expect(check({}, [event(2)])).toEqual({ ...NONE, gaps: 1 });
    expect(check({}, [event(1), event(2)], [event(4)], [event(4)])).toEqual({ ...NONE, gaps: 2 });
  });

  it('[BENCH-9] tells how far it has read, and all faults together', () => {
    const log = new LogCheck(new Map());
    expect(log.head).toBe(0);
    log.read([event(1), event(2)]);
    expect(log.head).toBe(2);
    expect(countFaults([{ missing: 1, doubled: 2, misplaced: 3, gaps: 4 }, NONE])).toBe(10);
  });
});
