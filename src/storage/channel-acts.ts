/** The ends of channels as the audit log keeps them. */
import { type AuditAct, actBy } from '../protocol/audit-act.ts';
import type { ChannelDeletion, ChannelRestoration } from '../shard/ports/channel-records.ts';

/** A channel was deleted. */
export function deletionOf({ id, purge, by, at, before }: ChannelDeletion): AuditAct {
  const target = { kind: 'channel', id, name: before.name } as const;
  return { ...actBy(by, at, { action: 'channel:deleted', target, before, after: { purge } }), channel: id };
}

/** It was brought back. */
export function restorationOf({ id, by, at, before }: ChannelRestoration): AuditAct {
  const target = { kind: 'channel', id, name: before.name } as const;
  return { ...actBy(by, at, { action: 'channel:restored', target }), channel: id };
}
