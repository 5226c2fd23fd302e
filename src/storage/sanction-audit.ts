/** Bans and mutes from everywhere as acts of the audit log. */
import type { NewSanction, Pardon } from '../auth/sanction-store.ts';
import { actBy, type AuditAct } from '../protocol/audit-act.ts';

const ACTIONS = {
  ban: { begun: 'user:banned', ended: 'user:unbanned' },
  mute: { begun: 'user:muted', ended: 'user:unmuted' },
} as const;

/** It begins. */
export function imposedAct({
  kind,
  user,
  by,
  at,
  reason,
  address,
  until,
  deleteSince,
}: NewSanction): AuditAct {
  return actBy(by, at, {
    ...{ action: ACTIONS[kind].begun, target: { kind: 'user', ...user } },
    ...(reason === undefined ? {} : { reason }),
    after: { until, address, deleteSince },
  });
}

/** It is ended before its time. */
export function pardonedAct({ kind, user, by, at }: Pardon): AuditAct {
  return actBy(by, at, { action: ACTIONS[kind].ended, target: { kind: 'user', ...user } });
}
