/**
 * What the connected users of this shard's inboxes haven't read of the channels that they follow, moved on by what the shards
 * of those channels tell (channel-followers.ts), and told to those of their connections that aren't in the channel.
 *
 * Counts begin with what the store says (at a connect, with a mark, with a mention) at a place of the channel's log; what was
 * written behind that place is added. Where something lies between what is known and what is told, and where a right to read
 * may have changed, the store counts anew. Kept for those who are connected alone.
 */
import { encodeUnread, readable } from '../inbox/unread.ts';
import type { ConnectionKey } from '../log/waiter.ts';
import { MAX_COUNTED_UNREAD, MAX_FOLLOWED_CHANNELS } from '../protocol/limits.ts';
import { shardOf } from '../threads/shard-of.ts';
import type { ChannelNews, FollowMessage } from './channel-followers.ts';
import type { ShardConnection } from './connection.ts';
import type { FollowedChannel } from './ports/read-mark-store.ts';
import type { ShardPorts } from './ports/shard-ports.ts';
import { UnreadRecounts } from './unread-recounts.ts';

/** Channels that are kept of one user: those that were followed first are let go. */
const MOST_KEPT = 3 * MAX_FOLLOWED_CHANNELS;

/** What it needs of its shard. */
export interface FollowedHost {
  readonly index: number;
  readonly shards: number;
  readonly ports: Pick<ShardPorts, 'reads' | 'timers' | 'logger'>;
  /** Connections of a user that have come to their inbox. */
  connectionsOf(user: string): readonly ShardConnection[];
  /** False when there is no way to that shard. */
  send(shard: number, message: FollowMessage): boolean;
}

interface Followed {
  /** What was told of the channel reaches up to here. */
  head: number;
  /** Connections of this shard's users that are in the channel. */
  readonly listeners: Set<ConnectionKey>;
  /** By user. */
  readonly counts: Map<string, FollowedChannel>;
}

/** See the head of the file. */
export class FollowedChannels {
  readonly #host: FollowedHost;
  readonly #channels = new Map<string, Followed>();
  /** By user, in the order of following. */
  readonly #ofUser = new Map<string, Set<string>>();
  readonly #recounts: UnreadRecounts;

  constructor(host: FollowedHost) {
    this.#host = host;
    this.#recounts = new UnreadRecounts({
      ports: host.ports,
      known: (channelId, user) => this.#channels.get(channelId)?.counts.get(user),
      counted: (channelId, user, channel, before) => {
        this.#counted(channelId, user, channel, before);
      },
    });
  }

  /** The store has counted what a user, who is connected, hasn't read: they follow these channels. */
  take(user: string, channels: readonly FollowedChannel[]): void {
    if (this.#host.connectionsOf(user).length === 0) return;
    for (const channel of channels) {
      const followed = this.#follow(user, channel.id);
      const known = followed.counts.get(user);
      const kept = known !== undefined && isOlder(channel, known) ? known : channel;
      followed.counts.set(user, kept);
      if (kept.head < followed.head || kept.seq < channel.seq) this.#recounts.ask(channel.id, user);
    }
  }

  /** A message mentions a user, or they belong to it from now on: it is theirs to follow, if they are connected. */
  concerns(user: string, channelId: string): void {
    if (this.#host.connectionsOf(user).length > 0) this.#recounts.ask(channelId, user);
  }

  /** The last connection of a user has gone. */
  gone(user: string): void {
    for (const channelId of this.#ofUser.get(user) ?? []) this.#channels.get(channelId)?.counts.delete(user);
    this.#ofUser.delete(user);
  }

  /** The shard of a channel tells something. */
  received(message: Exclude<FollowMessage, { readonly kind: 'follow' | 'unfollow' }>): void {
    switch (message.kind) {
      case 'followed': {
        const followed = this.#channels.get(message.channelId);
        if (followed === undefined) return;
        for (const connection of message.listeners) followed.listeners.add(connection);
        followed.head = Math.max(followed.head, message.head ?? 0);
        for (const [user, { head }] of followed.counts) {
          if (head < followed.head) this.#recounts.ask(message.channelId, user);
        }
        return;
      }
      case 'listens': {
        const listeners = this.#channels.get(message.channelId)?.listeners;
        if (message.isListening) listeners?.add(message.connection);
        else listeners?.delete(message.connection);
        return;
      }
      case 'channels-moved': {
        const changed = new Map<string, string[]>();
        for (const news of message.channels) {
          for (const user of this.#moved(news)) {
            const channels = changed.get(user);
            if (channels === undefined) changed.set(user, [news.channelId]);
            else channels.push(news.channelId);
          }
        }
        for (const [user, channels] of changed) this.#tell(user, channels);
        return;
      }
    }
  }

  /** The way to `shard` is there, again: it follows nothing for anybody, and what it was about to tell may be lost. */
  wayBack(shard: number): void {
    for (const [channelId, followed] of this.#channels) {
      if (this.#shardOf(channelId) !== shard) continue;
      followed.listeners.clear();
      this.#send('follow', channelId);
      for (const user of followed.counts.keys()) this.#recounts.ask(channelId, user);
    }
  }

  /** Lets go of channels that nobody follows any more: not at once, for who went may come again. */
  tidy(): void {
    for (const [channelId, { counts }] of this.#channels) {
      if (counts.size > 0) continue;
      this.#channels.delete(channelId);
      this.#send('unfollow', channelId);
    }
  }

  close(): void {
    this.#recounts.close();
  }

  #follow(user: string, channelId: string): Followed {
    const channels = this.#ofUser.get(user) ?? new Set();
    this.#ofUser.set(user, channels);
    channels.add(channelId);
    if (channels.size > MOST_KEPT) {
      const [first = ''] = channels;
      this.#drop(user, first);
    }
    const known = this.#channels.get(channelId);
    if (known !== undefined) return known;
    const followed: Followed = { head: 0, listeners: new Set(), counts: new Map() };
    this.#channels.set(channelId, followed);
    this.#send('follow', channelId);
    return followed;
  }

  #drop(user: string, channelId: string): void {
    this.#channels.get(channelId)?.counts.delete(user);
    this.#ofUser.get(user)?.delete(channelId);
  }

  /** Adds what was written; gives those users whose counts are others now. */
  #moved({ channelId, from, head, seqs, senders, concerned }: ChannelNews): readonly string[] {
    const followed = this.#channels.get(channelId);
    if (followed === undefined) return [];
    followed.head = Math.max(followed.head, head);
    const by = new Map<string, number>();
    for (const sender of senders) by.set(sender, (by.get(sender) ?? 0) + 1);
    const anew = new Set(concerned);
    const changed: string[] = [];
    for (const [user, counts] of followed.counts) {
      if (concerned === null || anew.has(user) || counts.head < from) {
        this.#recounts.ask(channelId, user);
        continue;
      }
      if (counts.head >= head) continue;
      const more =
        counts.head === from
          ? seqs.length - (by.get(user) ?? 0)
          : seqs.filter((seq, at) => seq > counts.head && senders[at] !== user).length;
      const unread = Math.min(counts.unread + more, MAX_COUNTED_UNREAD);
      if (unread !== counts.unread) changed.push(user);
      followed.counts.set(user, { ...counts, head, unread });
    }
    return changed;
  }

  #counted(
    channelId: string,
    user: string,
    channel: FollowedChannel | null,
    before: FollowedChannel | undefined,
  ): void {
    if (this.#host.connectionsOf(user).length === 0) return;
    if (channel === null) {
      this.#drop(user, channelId);
      return;
    }
    const { counts } = this.#follow(user, channelId);
    const known = counts.get(user);
    // What is known has moved on meanwhile. Else the log itself began anew.
    if (known !== undefined && known !== before && isOlder(channel, known)) {
      this.#recounts.ask(channelId, user);
      return;
    }
    counts.set(user, channel);
    if (known === undefined || !isSame(channel, known)) this.#tell(user, [channelId]);
  }

  /** Tells a user's connections how those channels stand that they aren't in. */
  #tell(user: string, channelIds: readonly string[]): void {
    const now = this.#host.ports.timers.now();
    for (const connection of this.#host.connectionsOf(user)) {
      const channels = channelIds.flatMap((channelId) => {
        const followed = this.#channels.get(channelId);
        const counts = followed?.counts.get(user);
        return counts === undefined || followed?.listeners.has(connection.key) === true ? [] : [counts];
      });
      const told = readable(channels, connection.user);
      if (told.length > 0) connection.peer.send(connection.id, encodeUnread(told, now));
    }
  }

  #send(kind: 'follow' | 'unfollow', channelId: string): void {
    this.#host.send(this.#shardOf(channelId), { kind, from: this.#host.index, channelId });
  }

  #shardOf(channelId: string): number {
    return shardOf(`channel:${channelId}`, this.#host.shards);
  }
}

function isSame(a: FollowedChannel, b: FollowedChannel): boolean {
  const names = ['seq', 'head', 'unread', 'mentions', 'private', 'isMember', 'isOut'] as const;
  return names.every((name) => a[name] === b[name]);
}

function isOlder(a: FollowedChannel, b: FollowedChannel): boolean {
  return a.seq < b.seq || a.head < b.head;
}
