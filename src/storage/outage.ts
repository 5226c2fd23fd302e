/** What an error of `pg` says about the statement that it came from. */
import pg from 'pg';

/**
 * - `refused`: the rows can't be taken, now or later; nothing happened.
 * - `unavailable`: nothing happened, and the same statement may work later.
 * - `unknown`: the connection broke; the statement may have been committed.
 */
export type OutageKind = 'refused' | 'unavailable' | 'unknown';

/** Classes of SQLSTATE that blame a row: 21 cardinality, 22 data, 23 integrity, 54 limits of the program, HB our own. */
const ROW_CLASSES = new Set(['21', '22', '23', '54', 'HB']);

/**
 * Codes that end the connection. They can arrive after the commit (an administrator's stop while the commit waits
 * for a standby), so the outcome is open.
 */
const ENDED = new Set(['57P01', '57P02', '57P03', '57P04', '57P05', '25P03', '25P04', '40003']);

/** Classifies an error that came after a statement was handed to an open connection. */
export function classifyStatementError(error: unknown): OutageKind {
  if (!(error instanceof pg.DatabaseError) || error.code === undefined) return 'unknown';
  const sqlClass = error.code.slice(0, 2);
  if (ENDED.has(error.code) || sqlClass === '08') return 'unknown';
  return ROW_CLASSES.has(sqlClass) ? 'refused' : 'unavailable';
}

/** Whether this error tells of a unique key that existed, and of which constraint or index. */
export function violatedUnique(error: unknown): string | null {
  return error instanceof pg.DatabaseError && error.code === '23505' ? (error.constraint ?? '') : null;
}

/** The key of the log whose channel was deleted, or is another one by now, where that stood against an append. */
export function goneLog(error: unknown): string | null {
  return error instanceof pg.DatabaseError && error.code === 'HB001' ? (error.detail ?? '') : null;
}

/** Whether a log got another key between two looks of append_events: its channel was deleted just then. The next try tells. */
export function wasLogMoved(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.message === 'keys must be distinct and in order';
}

/** Whether PostgreSQL gave the statement up, by its timeout as a rule; nothing of it was done. */
export function wasCanceled(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '57014';
}

/** A short reason for logs. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  if (error instanceof pg.DatabaseError) return `${error.message} (SQLSTATE ${error.code ?? 'none'})`;
  return error instanceof Error ? error.message : String(error);
}
