/** {@link AuditLog} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import { randomBytes } from 'node:crypto';
import type { AuditEntry, AuditLog, AuditPage, AuditQuery } from '../../admin/ports/audit-log.ts';
import type { AuditAct } from '../../protocol/audit-act.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import {
  type AuditHead,
  type AuditRow,
  type AuditText,
  auditTexts,
  type CheckedRow,
  detailsOf,
  NO_HASH,
  rowHash,
} from '../audit-chain.ts';
import { auditEntryOf } from '../audit-entry.ts';
import type { AuditChain } from '../audit-chain-reader.ts';

const SALT_BYTES = 32;

/** Rows in a list, texts in a map. */
export class MemoryAuditLog implements AuditLog, AuditChain {
  readonly #rows: AuditRow[] = [];
  readonly #texts = new Map<number, AuditText>();

  /** Appends one act, as stores do in the transaction of what they change. */
  add(act: AuditAct): void {
    const text = { salt: randomBytes(SALT_BYTES).toString('hex'), text: auditTexts(act) };
    const { at, actor, action, target, channel = null } = act;
    const { seq: last, hash: previous } = this.#head();
    const fields = {
      ...{ seq: last + 1, at, actor, action, channel, details: detailsOf(text) },
      ...{ targetKind: target?.kind ?? null, targetId: target?.id ?? null },
    };
    this.#rows.push({ ...fields, previous, hash: rowHash(fields, previous) });
    this.#texts.set(fields.seq, text);
  }

  /** The same for an act that there may be none of, with what was before. */
  keep(act: AuditAct | undefined, before?: object): void {
    if (act !== undefined) this.add({ ...act, ...(before === undefined ? {} : { before }) });
  }

  async append(act: AuditAct): Promise<Result<void>> {
    this.add(act);
    return ok(undefined);
  }

  async list(query: AuditQuery): Promise<Result<AuditPage>> {
    const found = this.#rows
      .map((row) => auditEntryOf(row, this.#texts.get(row.seq)?.text ?? null))
      .filter((entry) => fits(entry, query))
      .reverse();
    return ok({ items: found.slice(0, query.limit), hasMore: found.length > query.limit });
  }

  async erase(seq: number, act: AuditAct): Promise<Result<boolean>> {
    const erased = this.#texts.delete(seq);
    if (erased) this.add(act);
    return ok(erased);
  }

  async head(): Promise<Result<AuditHead>> {
    return ok(this.#head());
  }

  async rows(after: number, limit: number): Promise<Result<readonly CheckedRow[]>> {
    const found = this.#rows.slice(after, after + limit);
    return ok(found.map((row) => ({ ...row, text: this.#texts.get(row.seq) ?? null })));
  }

  #head(): AuditHead {
    const { seq, hash } = this.#rows.at(-1) ?? { seq: 0, hash: NO_HASH };
    return { seq, hash };
  }
}

function fits(entry: AuditEntry, query: AuditQuery): boolean {
  const { actor = entry.actor.id, target = entry.target?.id, action = entry.action } = query;
  const { channel = entry.channel, since = 0, until = Infinity, before = Infinity } = query;
  return (
    entry.actor.id === actor &&
    entry.target?.id === target &&
    entry.action === action &&
    entry.channel === channel &&
    entry.at >= since &&
    entry.at < until &&
    entry.seq < before
  );
}
