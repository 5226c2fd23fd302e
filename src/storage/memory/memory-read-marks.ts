/** {@link ReadMarkStore} in memory, for tests and simulations: counts out of the logs of a {@link MemoryLogStore}. */
import { MAX_COUNTED_MENTIONS, MAX_COUNTED_UNREAD, MAX_FOLLOWED_CHANNELS } from '../../protocol/limits.ts';
import { ok, type Result } from '../../protocol/result.ts';
import { shadowOf } from '../../protocol/shadow.ts';
import type { UnreadState } from '../../protocol/unread.ts';
import type { StoredEvent } from '../../shard/ports/channel-log.ts';
import type {
  FollowedChannel,
  MarkedChannel,
  ReadMark,
  ReadMarkStore,
} from '../../shard/ports/read-mark-store.ts';
import type { MemoryLogStore } from '../memory-log-store.ts';

/** As many events are looked at behind a mark: what 0015_marks.sql has. */
const COUNTED_EVENTS = 4_000;

interface Mark {
  readonly seq: number;
  readonly at: number;
}

/** See the head of the file. */
export class MemoryReadMarks implements ReadMarkStore {
  readonly #logs: MemoryLogStore;
  readonly #now: () => number;
  /** By user, then by channel. */
  readonly #marks = new Map<string, Map<string, Mark>>();

  /** `now`: wall clock, ms since the epoch. */
  constructor(logs: MemoryLogStore, now: () => number = Date.now) {
    this.#logs = logs;
    this.#now = now;
  }

  async mark(marks: readonly ReadMark[]): Promise<Result<readonly MarkedChannel[]>> {
    for (const { user, channelId, seq, at } of marks) {
      const { head } = this.#log(channelId);
      if (head === 0) continue;
      const known = this.#marks.get(user) ?? new Map<string, Mark>();
      this.#marks.set(user, known);
      const reached = Math.min(seq, head);
      if (reached > (known.get(channelId)?.seq ?? -1)) known.set(channelId, { seq: reached, at });
    }
    return ok(marks.map(({ user, channelId }) => ({ user, channelId, ...this.#count(user, channelId) })));
  }

  async unread(
    users: readonly string[],
    channels?: readonly string[],
  ): Promise<Result<readonly (readonly FollowedChannel[])[]>> {
    return ok(
      users.map((user) =>
        [...new Set(channels ?? this.#followed(user))].sort().flatMap((id) => this.#channelOf(user, id)),
      ),
    );
  }

  #channelOf(user: string, id: string): FollowedChannel[] {
    const channel = this.#logs.channel(id);
    if (channel === null) return [];
    const { members, sanctions } = this.#logs.tables(id);
    const isMember = members.some((member) => member.user === user);
    const isOut = sanctions.some(
      (one) =>
        one.user === user &&
        (one.kind === 'ban' || one.kind === 'kick') &&
        (one.until === null || one.until > this.#now()),
    );
    return [{ id, ...this.#count(user, id), private: channel.private, isMember, isOut }];
  }

  #followed(user: string): readonly string[] {
    const latest = [...(this.#marks.get(user) ?? [])]
      .sort(([a, one], [b, other]) => other.at - one.at || (a < b ? -1 : 1))
      .slice(0, MAX_FOLLOWED_CHANNELS)
      .map(([channelId]) => channelId);
    const joinedAt = (id: string): number | undefined =>
      this.#logs.tables(id).members.find((member) => member.user === user)?.joinedAt;
    const joined = this.#logs
      .channelIds()
      .flatMap((id) => {
        const at = joinedAt(id);
        return at === undefined ? [] : [[id, at] as const];
      })
      .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
      .slice(0, MAX_FOLLOWED_CHANNELS)
      .map(([channelId]) => channelId);
    const mentioned = this.#mentions(user).map(([channelId]) => channelId);
    const isUnread = (channelId: string): boolean => this.#count(user, channelId).mentions > 0;
    return [...latest, ...joined, ...mentioned.filter(isUnread)];
  }

  #count(user: string, channelId: string): UnreadState {
    const { events, head, floor } = this.#log(channelId);
    const below = floor - 1;
    const seq = Math.max(this.#marks.get(user)?.get(channelId)?.seq ?? 0, below);
    const behind = events.slice(seq - below, seq - below + COUNTED_EVENTS);
    const counted = behind.filter(
      (event) => isMessage(event) && event.sender !== user && shadowOf(event.data) === undefined,
    ).length;
    const isWhole = head <= seq + COUNTED_EVENTS;
    const mentions = this.#mentions(user)
      .filter(([id]) => id === channelId)
      .map(([, messageId]) => events.find(({ id }) => id === messageId))
      .filter((event) => event !== undefined && event.seq > seq && isMessage(event)).length;
    return {
      seq,
      head,
      unread: isWhole ? Math.min(counted, MAX_COUNTED_UNREAD) : MAX_COUNTED_UNREAD,
      mentions: Math.min(mentions, MAX_COUNTED_MENTIONS),
    };
  }

  /** Channel and message of each mention in the user's inbox. */
  #mentions(user: string): readonly (readonly [channelId: string, messageId: string])[] {
    const { events } = this.#logs.log(`inbox:${user}`);
    return events
      .filter(({ type }) => type === 'mention:created')
      .map(({ id, clientMessageId = '' }) => [
        clientMessageId.split('\x01')[0] ?? '',
        id.split(':')[0] ?? '',
      ]);
  }

  #log(channelId: string): ReturnType<MemoryLogStore['log']> {
    return this.#logs.log(`channel:${channelId}`);
  }
}

/** A message that isn't deleted. */
function isMessage({ type, data }: StoredEvent): boolean {
  return type === 'message:created' && !('deleted' in (JSON.parse(data) as object));
}
