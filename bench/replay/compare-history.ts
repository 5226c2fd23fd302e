/** A channel's history against the script that was played into it. */
import { fromContent } from './wire-text.ts';

/** What a line has to look like when it is read back. */
export interface ExpectedLine {
  readonly lineNumber: number;
  readonly authorId: string;
  readonly kind: string;
  readonly text: string;
}

/** A message of the history; `lineNumber` and `kind` are null where it doesn't tell them. */
export interface HistoryLine {
  readonly seq: number;
  readonly authorId: string;
  readonly content: string;
  readonly lineNumber: number | null;
  readonly kind: string | null;
}

/** One difference, in words that name the line and the place. */
export interface Difference {
  readonly what: 'lost' | 'doubled' | 'moved' | 'altered' | 'foreign' | 'gap';
  readonly detail: string;
}

/**
 * Everything that isn't as it should be: a line that is missing, there twice, in another place, with another text,
 * author or kind; a message that no line stands for; a `seq` that doesn't follow `firstSeq`, `firstSeq` + 1, ….
 * Empty when the history is the script exactly.
 */
export function compareHistory(
  script: readonly ExpectedLine[],
  history: readonly HistoryLine[],
  firstSeq = 1,
): Difference[] {
  return [
    ...seqGaps(history, firstSeq),
    ...contentDifferences(script, history),
    ...orderDifferences(script, history),
  ];
}

function seqGaps(history: readonly HistoryLine[], firstSeq: number): Difference[] {
  return history.flatMap(({ seq }, index) => {
    const due = index === 0 ? firstSeq : (history[index - 1]?.seq ?? 0) + 1;
    return seq === due ? [] : [{ what: 'gap' as const, detail: `seq ${seq} stands where ${due} is due` }];
  });
}

function contentDifferences(script: readonly ExpectedLine[], history: readonly HistoryLine[]): Difference[] {
  const expected = new Map(script.map((line) => [line.lineNumber, line]));
  const seen = new Set<number>();
  const found = history.flatMap((event): Difference[] => {
    const line = event.lineNumber === null ? undefined : expected.get(event.lineNumber);
    if (line === undefined) return [{ what: 'foreign', detail: `seq ${event.seq} is of no line` }];
    const where = `line ${line.lineNumber} (seq ${event.seq})`;
    if (seen.has(line.lineNumber)) return [{ what: 'doubled', detail: `${where} is there again` }];
    seen.add(line.lineNumber);
    return alterations(line, event, where);
  });
  const lost = script
    .filter(({ lineNumber }) => !seen.has(lineNumber))
    .map(({ lineNumber }): Difference => ({ what: 'lost', detail: `line ${lineNumber} is missing` }));
  return [...found, ...lost];
}

function alterations(line: ExpectedLine, event: HistoryLine, where: string): Difference[] {
  const sides = [
    ['text', line.text, fromContent(event.content)],
    ['author', line.authorId, event.authorId],
    ['kind', line.kind, event.kind],
  ] as const;
  return sides
    .filter(([, due, got]) => due !== got)
    .map(([side, due, got]) => ({
      what: 'altered',
      detail: `${where} has the ${side} ${JSON.stringify(got)}, not ${JSON.stringify(due)}`,
    }));
}

/** Lines that stand behind one that should follow them. */
function orderDifferences(script: readonly ExpectedLine[], history: readonly HistoryLine[]): Difference[] {
  const place = new Map(script.map(({ lineNumber }, index) => [lineNumber, index]));
  let latest = -1;
  return history.flatMap(({ lineNumber, seq }): Difference[] => {
    const own = lineNumber === null ? undefined : place.get(lineNumber);
    if (own === undefined || own === latest) return [];
    if (own > latest) {
      latest = own;
      return [];
    }
    return [{ what: 'moved', detail: `line ${lineNumber ?? 0} (seq ${seq}) comes too late` }];
  });
}
