import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareHistory, type ExpectedLine, type HistoryLine } from '../../bench/replay/compare-history.ts';

const script: ExpectedLine[] = Array.from({ length: 8 }, (_, i) => ({
  lineNumber: 2 * i + 1,
  authorId: `u${i % 3}`,
  kind: 'message',
  text: `same text ${i % 2}`,
}));
const exact: HistoryLine[] = script.map(({ lineNumber, authorId, kind, text }, i) => {
  return { seq: i + 1, lineNumber, authorId, kind, content: text };
});
const renumbered = (history: readonly HistoryLine[]) => history.map((event, i) => ({ ...event, seq: i + 1 }));
const whats = (history: readonly HistoryLine[]) => [
  ...new Set(compareHistory(script, history).map(({ what }) => what)),
];

describe('a history against its log', () => {
  it('[REPLAY-5] is exact when every line is there, in order, as it was said', () => {
    expect(compareHistory(script, exact)).toEqual([]);
    const later = exact.map((event) => ({ ...event, seq: event.seq + 40 }));
    expect(compareHistory(script, later, 41)).toEqual([]);
  });

  it('[REPLAY-5] shows a lost line, first, last or in between', () => {
    for (const lost of [0, 4, 7]) {
      const history = renumbered(exact.filter((_, i) => i !== lost));
      expect(compareHistory(script, history)).toEqual([
        { what: 'lost', detail: `line ${2 * lost + 1} is missing` },
      ]);
    }
  });

  it('[REPLAY-5] shows a line that is there twice', () => {
    expect(whats(renumbered(exact.toSpliced(5, 0, exact[4]!)))).toEqual(['doubled']);
    expect(whats(renumbered([...exact, exact[0]!]))).toEqual(['doubled', 'moved']);
  });

  it('[REPLAY-5] shows two lines that changed places', () => {
    const history = renumbered(exact.with(2, exact[3]!).with(3, exact[2]!));
    expect(compareHistory(script, history)).toEqual([
      { what: 'moved', detail: 'line 5 (seq 4) comes too late' },
    ]);
  });

  it('[REPLAY-5] shows an altered text, author or kind', () => {
    for (const change of [
      { content: 'same text 1 ' },
      { authorId: 'u1' },
      { kind: 'action' },
      { kind: null },
    ]) {
      expect(whats(exact.with(0, { ...exact[0]!, ...change }))).toEqual(['altered']);
    }
  });

  it('[REPLAY-5] shows messages of nobody, and numbers with gaps', () => {
    const foreign = { seq: 9, lineNumber: null, authorId: 'x', kind: null, content: 'spam' };
    expect(whats([...exact, foreign])).toEqual(['foreign']);
    expect(whats(exact.map((event, i) => (i < 6 ? event : { ...event, seq: event.seq + 1 })))).toEqual([
      'gap',
    ]);
    expect(whats(exact.map((event) => ({ ...event, seq: event.seq + 1 })))).toEqual(['gap']);
    expect(whats([])).toEqual(['lost']);
  });

  it('[REPLAY-5] lets no change of a history pass', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(exact, { minLength: 0 }),
        fc.array(fc.constantFrom(...exact)),
        (some, more) => {
          const history = renumbered([...some, ...more]);
          const same = JSON.stringify(history) === JSON.stringify(exact);
          expect(compareHistory(script, history).length === 0).toBe(same);
        },
      ),
    );
  });
});
