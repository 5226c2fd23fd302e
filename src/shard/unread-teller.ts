/** Tells connections that come what their users haven't read: those that come soon after each other are read together. */
import { encodeUnread, readable } from '../inbox/unread.ts';
import { Gathering } from '../threads/gathering.ts';
import type { ShardConnection } from './connection.ts';
import type { FollowedChannel } from './ports/read-mark-store.ts';
import type { ShardPorts } from './ports/shard-ports.ts';
import { FIRST_PAUSE_MS, nextPause, paused } from './retry-pause.ts';

/** Users in one read. */
const BATCH = 200;

/** What it needs of its shard. */
export interface UnreadHost {
  readonly ports: Pick<ShardPorts, 'reads' | 'timers' | 'logger'>;
  isConnected(connection: number): boolean;
  /** A user, who is there, follows these channels. */
  follows(user: string, channels: readonly FollowedChannel[]): void;
}

export class UnreadTeller {
  readonly #host: UnreadHost;
  /** By user, in the order of coming. */
  #waiting = new Map<string, ShardConnection[]>();
  #isRunning = false;
  readonly #gathering: Gathering;
  #closed = false;

  constructor(host: UnreadHost) {
    this.#host = host;
    this.#gathering = new Gathering(host.ports.timers);
  }

  /** The connection is told as soon as it can be; a user without anything to tell of isn't told. */
  tell(connection: ShardConnection): void {
    const { id } = connection.user;
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) this.#waiting.set(id, [connection]);
    else waiting.push(connection);
    if (!this.#isRunning) void this.#run();
  }

  close(): void {
    this.#closed = true;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    let pause = FIRST_PAUSE_MS;
    while (this.#waiting.size > 0 && !this.#closed) {
      await this.#gathering.next();
      const batch = this.#takeBatch();
      const lists = await this.#read([...batch.keys()]);
      if (lists !== null) {
        for (const [index, connections] of [...batch.values()].entries()) {
          for (const connection of connections) this.#told(connection, lists[index] ?? []);
        }
        pause = FIRST_PAUSE_MS;
        continue;
      }
      for (const [user, connections] of batch) {
        this.#waiting.set(user, [...connections, ...(this.#waiting.get(user) ?? [])]);
      }
      await paused(this.#host.ports.timers, pause);
      pause = nextPause(pause);
    }
    this.#isRunning = false;
  }

  /** Those that are still there. */
  #takeBatch(): ReadonlyMap<string, readonly ShardConnection[]> {
    const batch = new Map<string, readonly ShardConnection[]>();
    for (const [user, connections] of this.#waiting) {
      if (batch.size >= BATCH) break;
      this.#waiting.delete(user);
      const here = connections.filter(({ key }) => this.#host.isConnected(key));
      if (here.length > 0) batch.set(user, here);
    }
    return batch;
  }

  async #read(users: readonly string[]): Promise<readonly (readonly FollowedChannel[])[] | null> {
    if (users.length === 0) return [];
    const { reads, logger } = this.#host.ports;
    try {
      const lists = await reads.unread(users);
      if (lists.ok) return lists.value;
      logger.warn(
        { reason: lists.failure.message, users: users.length },
        'unread counts could not be read yet',
      );
      return null;
    } catch (error) {
      logger.error({ err: error }, 'unread counts could not be read');
      return [];
    }
  }

  #told(connection: ShardConnection, followed: readonly FollowedChannel[]): void {
    const { key, id, peer, user } = connection;
    if (!this.#host.isConnected(key)) return;
    this.#host.follows(user.id, followed);
    const channels = readable(followed, user);
    if (channels.length > 0) peer.send(id, encodeUnread(channels, this.#host.ports.timers.now()));
  }
}
