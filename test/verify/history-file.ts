/** A history as text: NDJSON, one record a line. */
import { isHistoryRecord, type HistoryRecord } from './history-record.ts';

/** What a text turned out to be. */
export type ReadHistory =
  | { readonly ok: true; readonly records: readonly HistoryRecord[] }
  | { readonly ok: false; readonly problem: string };

/** The lines of `records`, each with its end. */
export function* historyLines(records: Iterable<HistoryRecord>): Generator<string> {
  for (const record of records) yield `${JSON.stringify(record)}\n`;
}

/** Reads what {@link historyLines} wrote; blank lines are let through. A line that is no record is named, from 1. */
export function readHistory(text: string): ReadHistory {
  const records: HistoryRecord[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const value = parsed(line);
    if (!isHistoryRecord(value)) return { ok: false, problem: `line ${index + 1} is no record of a history` };
    records.push(value);
  }
  if (records.length === 0) return { ok: false, problem: 'there is no record in it' };
  return { ok: true, records };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
