/**
 * Has the store count anew what users haven't read of channels, where what was told doesn't suffice. Those of one channel that
 * are asked for while another read is under way are read together; a store that is away is asked again.
 */
import type { FollowedChannel } from './ports/read-mark-store.ts';
import type { ShardPorts } from './ports/shard-ports.ts';
import { FIRST_PAUSE_MS, nextPause, paused } from './retry-pause.ts';

/** Users in one read. */
const BATCH = 200;

/** What it needs of its shard. */
export interface RecountHost {
  readonly ports: Pick<ShardPorts, 'reads' | 'timers' | 'logger'>;
  /** What is known now; it comes back with what is counted. */
  known(channelId: string, user: string): FollowedChannel | undefined;
  /** What the store says of a user in a channel, and what was known when it was asked; null: there is no such channel. */
  counted(
    channelId: string,
    user: string,
    channel: FollowedChannel | null,
    before: FollowedChannel | undefined,
  ): void;
}

/** See the head of the file. */
export class UnreadRecounts {
  readonly #host: RecountHost;
  /** By channel, in the order of asking. */
  readonly #wanted = new Map<string, Set<string>>();
  #isRunning = false;
  #closed = false;

  constructor(host: RecountHost) {
    this.#host = host;
  }

  /** Has it counted what `user` hasn't read of the channel, as it stands from now on. */
  ask(channelId: string, user: string): void {
    const wanted = this.#wanted.get(channelId);
    if (wanted === undefined) this.#wanted.set(channelId, new Set([user]));
    else wanted.add(user);
    if (!this.#isRunning) void this.#run();
  }

  close(): void {
    this.#closed = true;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    // What is asked for in the same tick is read in the same query.
    await Promise.resolve();
    let pause = FIRST_PAUSE_MS;
    for (let next = this.#next(); next !== null && !this.#closed; next = this.#next()) {
      const [channelId, users] = next;
      const before = users.map((user) => this.#host.known(channelId, user));
      const lists = await this.#read(channelId, users);
      if (lists === null) {
        for (const user of users) this.ask(channelId, user);
        await paused(this.#host.ports.timers, pause);
        pause = nextPause(pause);
        continue;
      }
      pause = FIRST_PAUSE_MS;
      for (const [index, user] of users.entries()) {
        if (index < lists.length)
          this.#host.counted(channelId, user, lists[index]?.[0] ?? null, before[index]);
      }
    }
    this.#isRunning = false;
  }

  #next(): readonly [channelId: string, users: readonly string[]] | null {
    for (const [channelId, wanted] of this.#wanted) {
      const users = [...wanted].slice(0, BATCH);
      for (const user of users) wanted.delete(user);
      if (wanted.size === 0) this.#wanted.delete(channelId);
      return [channelId, users];
    }
    return null;
  }

  /** Null: to be tried again. */
  async #read(
    channelId: string,
    users: readonly string[],
  ): Promise<readonly (readonly FollowedChannel[])[] | null> {
    const { reads, logger } = this.#host.ports;
    try {
      const lists = await reads.unread(users, [channelId]);
      if (lists.ok) return lists.value;
      logger.warn(
        { reason: lists.failure.message, channel: channelId },
        'unread counts could not be read yet',
      );
      return null;
    } catch (error) {
      logger.error({ err: error }, 'unread counts could not be read');
      return [];
    }
  }
}
