/** {@link ChannelDirectory} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { AuditActor } from '../../protocol/audit-act.ts';
import {
  type ChannelDirectory,
  type ChannelOfUser,
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
  /** By channel: who made it, and when. */
  readonly #owners = new Map<string, { readonly id: string; readonly joinedAt: number }>();
  readonly #audit: MemoryAuditLog;

  constructor(audit = new MemoryAuditLog()) {
    this.#audit = audit;
  }

  async list(query: DirectoryQuery): Promise<Result<DirectoryPage>> {
    const { prefix = '', after, within, member } = query;
    const isOpen = ({ id, private: isPrivate }: ChannelSummary): boolean =>
      !isPrivate || (member !== undefined && this.#owners.get(id)?.id === member);
    const found = [...this.#channels.values()]
      .filter((channel) => (within === undefined ? isOpen(channel) : reaches(within, channel.id)))
      .filter((channel) => channel.id.startsWith(prefix))
      .filter((channel) => after === undefined || channel.id > after)
      .sort((a, b) => (a.id < b.id ? -1 : 1));
    return ok({ items: found.slice(0, query.limit), hasMore: found.length > query.limit });
  }

  async find(id: string): Promise<Result<ChannelSummary | null>> {
    return ok(this.#channels.get(id) ?? null);
  }

  async findFor(id: string, userId: string): Promise<Result<ChannelOfUser | null>> {
    const channel = this.#channels.get(id);
    if (channel === undefined) return ok(null);
    const owner = this.#owners.get(id);
    const standing = owner?.id === userId ? ({ role: 'owner', joinedAt: owner.joinedAt } as const) : null;
    return ok({ channel, settings: {}, standing, sanctions: [] });
  }

  async privateOf(users: readonly string[]): Promise<Result<readonly (readonly ChannelSummary[])[]>> {
    const all = [...this.#channels.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    return ok(
      users.map((user) =>
        all.filter(({ id, private: isPrivate }) => isPrivate && this.#owners.get(id)?.id === user),
      ),
    );
  }

  async create(
    channel: ChannelSummary,
    by: AuditActor,
    now: number,
  ): Promise<Result<{ readonly created: boolean; readonly channel: ChannelSummary }>> {
    const existing = this.#channels.get(channel.id);
    if (existing !== undefined) return ok({ created: false, channel: existing });
    this.#channels.set(channel.id, channel);
    this.#owners.set(channel.id, { id: by.id, joinedAt: now });
    this.#audit.add(creationOf(channel, by, now));
    return ok({ created: true, channel });
  }
}
