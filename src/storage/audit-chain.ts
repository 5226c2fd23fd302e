/** The chain of the audit log: how a row is hashed, and whether rows are what was once appended (docs/adr/0023). */
import { createHash, hash as hashOf } from 'node:crypto';
import type { AuditNote } from '../protocol/audit-act.ts';

/** A row of the chain. Digests are lower-case hex. */
export interface AuditRow {
  readonly seq: number;
  /** ms since the epoch. */
  readonly at: number;
  readonly actor: string;
  readonly action: string;
  readonly targetKind: string | null;
  readonly targetId: string | null;
  readonly channel: string | null;
  /** Over salt and text. */
  readonly details: string;
  readonly previous: string;
  readonly hash: string;
}

/** What stands beside a row and can be erased. */
export interface AuditText {
  /** Hex. */
  readonly salt: string;
  readonly text: string;
}

/** A row as it is checked; `text` null: erased. */
export interface CheckedRow extends AuditRow {
  readonly text: AuditText | null;
}

/** Where the chain ends. `seq` 0: nothing was ever done. */
export interface AuditHead {
  readonly seq: number;
  readonly hash: string;
}

/** The hash that the first row follows. */
export const NO_HASH = '0'.repeat(64);

/** The JSON text that can be erased of an act. */
export function auditTexts({ by, target, reason, before, after }: AuditNote): string {
  return JSON.stringify({ by, target: target?.name, reason, before, after });
}

/** What a row holds of its text. */
export function detailsOf({ salt, text }: AuditText): string {
  return createHash('sha256').update(Buffer.from(salt, 'hex')).update(text).digest('hex');
}

/** A row's hash, behind a row with the hash `previous`. */
export function rowHash(row: Omit<AuditRow, 'previous' | 'hash'>, previous: string): string {
  const { seq, at, actor, action, targetKind, targetId, channel, details } = row;
  const fields = [String(seq), String(at), actor, action, targetKind, targetId, channel, details];
  const canonical = fields.map((field) => (field === null ? '-' : `${Buffer.byteLength(field)}:${field}`));
  return hashOf('sha256', Buffer.concat([Buffer.from(previous, 'hex'), Buffer.from(canonical.join(''))]));
}

/** Checks a chain row after row, from the first one on, in the order of their numbers. */
export class ChainCheck {
  #head: AuditHead = { seq: 0, hash: NO_HASH };

  /** The last row that was checked. */
  get head(): AuditHead {
    return this.#head;
  }

  /** Takes the next row; what is wrong with it as a sentence, null for nothing. Not asked again after that. */
  next(row: CheckedRow): string | null {
    const { seq, hash } = this.#head;
    if (row.seq !== seq + 1) {
      return row.seq > seq + 1 ? `row ${seq + 1} is missing` : `row ${row.seq} stands behind row ${seq}`;
    }
    if (row.previous !== hash) return `row ${row.seq} does not follow the row before it`;
    if (row.hash !== rowHash(row, hash)) return `row ${row.seq} was changed`;
    if (row.text !== null && detailsOf(row.text) !== row.details)
      return `the text of row ${row.seq} was changed`;
    this.#head = { seq: row.seq, hash: row.hash };
    return null;
  }
}
