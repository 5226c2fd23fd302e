/** {@link ChannelDirectory} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { AuditActor } from '../../protocol/audit-act.ts';
import {
  type ChannelDirectory,
  creationOf,
  type DirectoryPage,
  type DirectoryQuery,
} from '../../protocol/channel-directory.ts';
import type { ChannelSummary } from '../../protocol/entities.ts';
import { reaches } from '../../protocol/permissions.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { MemoryAuditLog } from './memory-audit-log.ts';

/** The channels that {@link MemoryDirectory.create} made. */
export class MemoryDirectory implements ChannelDirectory {
  readonly #channels = new Map<string, ChannelSummary>();
  readonly #audit: MemoryAuditLog;

  constructor(audit = new MemoryAuditLog()) {
    this.#audit = audit;
  }

  async list(query: DirectoryQuery): Promise<Result<DirectoryPage>> {
    const { prefix = '', after, within } = query;
    const found = [...this.#channels.values()]
      .filter((channel) => (within === undefined ? !channel.private : reaches(within, channel.id)))
      .filter((channel) => channel.id.startsWith(prefix))
      .filter((channel) => after === undefined || channel.id > after)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    return ok({ items: found.slice(0, query.limit), hasMore: found.length > query.limit });
  }

  async find(id: string): Promise<Result<ChannelSummary | null>> {
    return ok(this.#channels.get(id) ?? null);
  }

  async create(
    channel: ChannelSummary,
    by: AuditActor,
    now: number,
  ): Promise<Result<{ readonly created: boolean; readonly channel: ChannelSummary }>> {
    const existing = this.#channels.get(channel.id);
    if (existing !== undefined) return ok({ created: false, channel: existing });
    this.#channels.set(channel.id, channel);
    this.#audit.add(creationOf(channel, by, now));
    return ok({ created: true, channel });
  }
}
