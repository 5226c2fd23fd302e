/** Acts on notes about users, as the audit log keeps them: without what they say. */
import type { UserNote } from '../admin/ports/user-notes.ts';
import { type AuditAct, actBy } from '../protocol/audit-act.ts';
import type { UserRef } from '../protocol/entities.ts';

/** A note was made. */
export function noteMade({ id, userId, by, createdAt }: UserNote): AuditAct {
  return actBy(by, createdAt, {
    action: 'note:created',
    target: { kind: 'user', id: userId },
    after: { note: id },
  });
}

/** A note was deleted. */
export function noteDeleted(userId: string, id: string, by: UserRef, at: number): AuditAct {
  return actBy(by, at, {
    action: 'note:deleted',
    target: { kind: 'user', id: userId },
    before: { note: id },
  });
}
