/** {@link ChannelDirectory} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { AuditActor } from '../../protocol/audit-act.ts';
import {
  byPlace,
  type ChannelDirectory,
  type ChannelOfUser,
  creationOf,
  type DirectoryPage,
  type DirectoryQuery,
  type ListedMember,
  type MembersQuery,
} from '../../protocol/channel-directory.ts';
import type { ChannelSummary, UserRef } from '../../protocol/entities.ts';
import { reaches } from '../../protocol/permissions.ts';
import type { ChannelRetention } from '../../protocol/retention.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';
import { MemoryAuditLog } from './memory-audit-log.ts';

/** The channels that {@link MemoryDirectory.create} made. */
export class MemoryDirectory implements ChannelDirectory {
  readonly #channels = new Map<string, ChannelSummary>();
  /** By channel: who made it, and when. */
  readonly #owners = new Map<string, UserRef & { readonly joinedAt: number }>();
  readonly #retention = new Map<string, Partial<ChannelRetention>>();
  readonly #audit: MemoryAuditLog;

  constructor(audit = new MemoryAuditLog()) {
    this.#audit = audit;
  }

  async list(query: DirectoryQuery): Promise<Result<DirectoryPage>> {
    const { prefix = '', after, within, member, among } = query;
    const isOpen = ({ id, private: isPrivate }: ChannelSummary): boolean =>
      !isPrivate || (member !== undefined && this.#owners.get(id)?.id === member);
    const found = [...this.#channels.values()]
      .filter((channel) => (within === undefined ? isOpen(channel) : reaches(within, channel.id)))
      .filter((channel) => channel.id.startsWith(prefix))
      .filter((channel) => after === undefined || byPlace(channel, this.#at(after)) > 0)
      .filter((channel) => among?.includes(channel.id) ?? true)
      .sort(byPlace);
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

  async members({ channelId, after = '', limit }: MembersQuery) {
    const owner = this.#owners.get(channelId);
    const all: ListedMember[] =
      owner === undefined
        ? []
        : [{ user: { id: owner.id, name: owner.name }, role: 'owner', joinedAt: owner.joinedAt }];
    const found = all.filter(({ user }) => user.id > after);
    return ok({ items: found.slice(0, limit), hasMore: found.length > limit });
  }

  async retentionOf(ids: readonly string[]): Promise<Result<ReadonlyMap<string, ChannelRetention>>> {
    const known = ids.filter((id) => this.#channels.has(id));
    const none: ChannelRetention = { retentionDays: null, retentionMessages: null };
    return ok(new Map(known.map((id) => [id, { ...none, ...this.#retention.get(id) }])));
  }

  async privateOf(users: readonly string[]): Promise<Result<readonly (readonly ChannelSummary[])[]>> {
    const all = [...this.#channels.values()].sort(byPlace);
    return ok(
      users.map((user) =>
        all.filter(({ id, private: isPrivate }) => isPrivate && this.#owners.get(id)?.id === user),
      ),
    );
  }

  /** Where a channel that doesn't exist stands is where one of that id without a place would. */
  #at(id: string): ChannelSummary {
    return this.#channels.get(id) ?? { id, name: id, private: false };
  }

  async create(
    channel: ChannelSummary,
    by: AuditActor,
    now: number,
    retention: Partial<ChannelRetention> = {},
  ): Promise<Result<{ readonly created: boolean; readonly channel: ChannelSummary }>> {
    const existing = this.#channels.get(channel.id);
    if (existing !== undefined) return ok({ created: false, channel: existing });
    this.#channels.set(channel.id, channel);
    this.#owners.set(channel.id, { id: by.id, name: by.name ?? by.id, joinedAt: now });
    this.#retention.set(channel.id, retention);
    this.#audit.add(creationOf(channel, by, now, retention));
    return ok({ created: true, channel });
  }
}
