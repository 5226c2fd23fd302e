/**
 * Which shards have users who follow channels of this one, and what those shards are told: once a second at most what was
 * written in all of these channels, and which of their users' connections are in one, for those see it themselves.
 *
 * It knows shards, not users: a message costs the same whoever follows its channel, and what a shard is told grows with what
 * was written, not with who reads it. Whom it concerns is found there (followed-channels.ts). A shard that is replaced begins
 * anew: it follows again what it wants.
 */
import { inboxLog } from '../inbox/whisper.ts';
import type { CommittedEvent } from '../log/committed-event.ts';
import type { ConnectionKey } from '../log/waiter.ts';
import { shadowOf } from '../protocol/shadow.ts';
import { shardOf } from '../threads/shard-of.ts';
import type { ShardPorts } from './ports/shard-ports.ts';

/** What was written is told at most so often, ms. */
export const NEWS_INTERVAL_MS = 1_000;
/** So many messages of one channel aren't gathered for longer. */
const MOST_GATHERED = 1_000;

/** What was shown in a channel since it was told of last. */
export interface ChannelNews {
  readonly channelId: string;
  /** Who knows what stands up to here misses nothing by this. */
  readonly from: number;
  readonly head: number;
  /** Messages behind `from`, and their authors (ids), in order. */
  readonly seqs: readonly number[];
  readonly senders: readonly string[];
  /** Users (ids) who may read the channel from now on, or no longer; null: that may be anyone. */
  readonly concerned: readonly string[] | null;
}

/** What shards tell each other about channels that users follow. */
export type FollowMessage =
  /** Users of the shard `from` follow the channel, or none of them does any longer. */
  | { readonly kind: 'follow' | 'unfollow'; readonly from: number; readonly channelId: string }
  /** The answer to `follow`. */
  | {
      readonly kind: 'followed';
      readonly channelId: string;
      /** What was shown up to now; null: the channel sleeps, and nothing is on its way. */
      readonly head: number | null;
      /** Connections of that shard's users in the channel. */
      readonly listeners: readonly ConnectionKey[];
    }
  /** A connection is in the channel from now on, or no longer. */
  | {
      readonly kind: 'listens';
      readonly channelId: string;
      readonly connection: ConnectionKey;
      readonly isListening: boolean;
    }
  | { readonly kind: 'channels-moved'; readonly channels: readonly ChannelNews[] };

/** What it needs of its shard. */
export interface FollowersHost {
  readonly shards: number;
  readonly timers: ShardPorts['timers'];
  /** What was shown of a channel; null when it isn't loaded. */
  headOf(channelId: string): number | null;
  /** Connections in a channel, with their users' ids. */
  listenersOf(channelId: string): Iterable<readonly [ConnectionKey, string | undefined]>;
  /** False when there is no way to that shard. */
  send(shard: number, message: FollowMessage): boolean;
}

interface Gathered {
  readonly seqs: number[];
  readonly senders: string[];
  concerned: Set<string> | null;
  head: number;
}

interface Followers {
  readonly shards: Set<number>;
  /** What was told reaches up to here; null: nothing was told or shown yet. */
  told: number | null;
  gathered: Gathered | null;
}

/** See the head of the file. */
export class ChannelFollowers {
  readonly #host: FollowersHost;
  readonly #channels = new Map<string, Followers>();
  readonly #moved = new Set<string>();
  #toldAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | null = null;

  constructor(host: FollowersHost) {
    this.#host = host;
  }

  /** Channels that are followed. */
  get size(): number {
    return this.#channels.size;
  }

  /** `shard` is told of the channel from now on. */
  follow(channelId: string, shard: number): void {
    const head = this.#host.headOf(channelId);
    const known = this.#channels.get(channelId);
    if (known === undefined)
      this.#channels.set(channelId, { shards: new Set([shard]), told: head, gathered: null });
    else known.shards.add(shard);
    const listeners: ConnectionKey[] = [];
    for (const [connection, user] of this.#host.listenersOf(channelId)) {
      if (user !== undefined && this.#shardOf(user) === shard) listeners.push(connection);
    }
    this.#host.send(shard, { kind: 'followed', channelId, head, listeners });
  }

  /** `shard` has nobody any more who follows the channel. */
  unfollow(channelId: string, shard: number): void {
    const known = this.#channels.get(channelId);
    known?.shards.delete(shard);
    if (known?.shards.size !== 0) return;
    this.#channels.delete(channelId);
    this.#moved.delete(channelId);
  }

  /** `shard` is replaced, and follows nothing yet. */
  drop(shard: number): void {
    for (const channelId of [...this.#channels.keys()]) this.unfollow(channelId, shard);
  }

  /** An event of a channel was shown. */
  noted(channelId: string, { type, seq, sender, data }: CommittedEvent): void {
    const followers = this.#channels.get(channelId);
    if (followers === undefined) return;
    // What a shadow ban hides counts for nobody.
    const isMessage = type === 'message:created' && shadowOf(data) === undefined;
    const concerned = isMessage ? NOBODY : concernedBy(type, data);
    if (!isMessage && concerned === NOBODY) return;
    followers.told ??= seq - 1;
    followers.gathered ??= { seqs: [], senders: [], concerned: new Set(), head: seq };
    const { gathered } = followers;
    gathered.head = seq;
    if (isMessage) {
      gathered.seqs.push(seq);
      gathered.senders.push(sender);
    }
    if (concerned === null) gathered.concerned = null;
    else for (const user of concerned) gathered.concerned?.add(user);
    this.#moved.add(channelId);
    if (gathered.seqs.length >= MOST_GATHERED) this.#tell();
    else this.#tellLater();
  }

  /** Another server wrote in a channel that isn't loaded here: for whoever follows it, it is counted anew. False: nobody does. */
  behind(channelId: string, head: number): boolean {
    const followers = this.#channels.get(channelId);
    if (followers === undefined) return false;
    followers.told ??= head;
    followers.gathered ??= { seqs: [], senders: [], concerned: null, head };
    const { gathered } = followers;
    gathered.head = Math.max(gathered.head, head);
    gathered.concerned = null;
    this.#moved.add(channelId);
    this.#tellLater();
    return true;
  }

  /** Whether anybody follows the channel. */
  has(channelId: string): boolean {
    return this.#channels.has(channelId);
  }

  /** A connection came to be in the channel, or is no longer; `user` undefined: it isn't known whose it was. */
  listens(
    channelId: string,
    connection: ConnectionKey,
    user: string | undefined,
    isListening: boolean,
  ): void {
    const shards = this.#channels.get(channelId)?.shards;
    if (shards === undefined) return;
    const ofUser = user === undefined ? null : this.#shardOf(user);
    for (const shard of shards) {
      if (ofUser !== null && ofUser !== shard) continue;
      this.#host.send(shard, { kind: 'listens', channelId, connection, isListening });
    }
  }

  close(): void {
    this.#cancel?.();
  }

  /** At once where nothing was told for a while. */
  #tellLater(): void {
    const { timers } = this.#host;
    this.#cancel ??= timers.after(Math.max(0, this.#toldAt + NEWS_INTERVAL_MS - timers.mono()), () => {
      this.#tell();
    });
  }

  #tell(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#toldAt = this.#host.timers.mono();
    const news = new Map<number, ChannelNews[]>();
    for (const channelId of this.#moved) {
      const followers = this.#channels.get(channelId);
      if (followers?.gathered == null) continue;
      const { gathered, shards, told } = followers;
      const { seqs, senders, head } = gathered;
      const concerned = gathered.concerned === null ? null : [...gathered.concerned];
      const one = { channelId, from: told ?? 0, head, seqs, senders, concerned };
      followers.told = head;
      followers.gathered = null;
      for (const shard of shards) news.set(shard, [...(news.get(shard) ?? []), one]);
    }
    this.#moved.clear();
    for (const [shard, channels] of news) this.#host.send(shard, { kind: 'channels-moved', channels });
  }

  #shardOf(user: string): number {
    return shardOf(inboxLog(user), this.#host.shards);
  }
}

const NOBODY: readonly string[] = [];
/** Events of one user's right to read the channel. */
const OF_READERS: ReadonlySet<string> = new Set([
  'member:added',
  'member:left',
  'member:kicked',
  'member:banned',
  'member:unbanned',
]);

/** Whose right to read the channel an event may change; null: anyone's. */
function concernedBy(type: string, data: string): readonly string[] | null {
  if (OF_READERS.has(type)) {
    const { user } = JSON.parse(data) as { readonly user: { readonly id: string } };
    return [user.id];
  }
  if (!type.startsWith('channel:')) return NOBODY;
  return type !== 'channel:updated' || 'private' in (JSON.parse(data) as object) ? null : NOBODY;
}
