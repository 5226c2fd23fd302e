/** Rows of the audit log as its readers get them. */
import type { AuditEntry } from '../admin/ports/audit-log.ts';
import type { AuditTarget } from '../protocol/audit-act.ts';
import type { AuditRow } from './audit-chain.ts';

/** What `auditTexts` made. */
interface Texts {
  readonly by?: string;
  readonly target?: string;
  readonly reason?: string;
  readonly before?: object;
  readonly after?: object;
}

/** A row with its text; null: erased. */
export function auditEntryOf(row: AuditRow, text: string | null): AuditEntry {
  const { seq, at, actor, action, targetKind, targetId, channel, hash } = row;
  const { by, target: name, reason, before, after } = text === null ? {} : (JSON.parse(text) as Texts);
  return {
    ...{ seq, at, action, hash, erased: text === null },
    actor: { id: actor, ...(by === undefined ? {} : { name: by }) },
    ...(targetKind === null || targetId === null ? {} : { target: targetOf(targetKind, targetId, name) }),
    ...(channel === null ? {} : { channel }),
    ...(reason === undefined ? {} : { reason }),
    ...(before === undefined ? {} : { before }),
    ...(after === undefined ? {} : { after }),
  };
}

function targetOf(kind: string, id: string, name: string | undefined): AuditTarget {
  return { kind: kind as AuditTarget['kind'], id, ...(name === undefined ? {} : { name }) };
}
