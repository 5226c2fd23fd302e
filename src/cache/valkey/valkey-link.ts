/**
 * The connections to a Valkey (or Redis): one for commands, and where something is listened to another one. They come back by themselves, with growing
 * pauses; nothing waits for them, and what isn't done meanwhile is answered with null.
 */
import { Redis, type RedisOptions } from 'iovalkey';

const CONNECT_TIMEOUT_MS = 5_000;
/** A command that isn't answered within so many ms is given up. */
const COMMAND_TIMEOUT_MS = 1_000;
/** How often each connection is asked whether its other end is there. One that doesn't answer until the next time is made anew. */
const BEAT_MS = 5_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** Pauses are shorter by up to so much of them, so that servers don't come back together. */
const SPREAD = 0.25;

/** Counts what is asked of it. */
export interface ValkeyRecorder {
  command(name: string): void;
  /** A command failed or wasn't answered in time, or a connection broke. */
  failed(): void;
}

/** What a link needs. */
export interface ValkeyLinkOptions {
  /** `redis://` or `rediss://`. */
  readonly url: string;
  readonly recorder: ValkeyRecorder;
  readonly logger: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
  };
  /** 0 to 1. */
  readonly random: () => number;
  /** Ms between beats. */
  readonly beatMs?: number;
}

export class ValkeyLink {
  readonly #options: ValkeyLinkOptions;
  readonly #commands: Redis;
  readonly #common: RedisOptions;
  /** Null: nothing is listened to. */
  #listening: Redis | null = null;
  readonly #received = new Map<string, (channel: string, message: Buffer) => void>();
  readonly #beating: NodeJS.Timeout;
  /** Connections of which an answer is waited for. */
  readonly #asked = new Set<Redis>();
  /** Connections that are being ended to be made anew, which takes a while where nobody is at the other end. */
  readonly #leaving = new Set<Redis>();
  /** Patterns and channels that it may listen to. */
  readonly #listened = new Set<string>();
  #breaks = 0;
  #isAway = false;
  #closed = false;

  /** Begins to connect; nothing waits for that. */
  constructor(options: ValkeyLinkOptions) {
    this.#options = options;
    this.#common = {
      connectionName: 'hubbub',
      connectTimeout: CONNECT_TIMEOUT_MS,
      retryStrategy: (times) => pauseMs(times, options.random()),
    };
    this.#commands = new Redis(options.url, {
      ...this.#common,
      commandTimeout: COMMAND_TIMEOUT_MS,
      // What can't be asked now is answered at once: whoever asks goes on without it.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      enableAutoPipelining: true,
    });
    this.#watch(this.#commands);
    this.#beating = setInterval(() => {
      this.#beat(this.#commands);
      if (this.#listening !== null) this.#beat(this.#listening);
    }, options.beatMs ?? BEAT_MS);
  }

  /** Whether its connections are there. */
  get isUp(): boolean {
    const isListening = this.#listening === null || this.#listening.status === 'ready';
    return this.#commands.status === 'ready' && isListening;
  }

  /** Whether what is published there comes through. */
  hears(pattern: string): boolean {
    return this.isUp && this.#listened.has(pattern);
  }

  /** How often a connection came: before that something may have been missed. */
  get breaks(): number {
    return this.#breaks;
  }

  /**
   * Calls `received` with everything that is published on a channel while the connection is there, or with a `*` at the end on
   * all channels that begin so.
   */
  listen(pattern: string, received: (channel: string, message: Buffer) => void): void {
    this.#received.set(pattern, received);
    this.#listening ??= this.#listen();
    // A user of Valkey may be allowed channels that begin somehow, but patterns only as they are written there.
    const subscribed = pattern.endsWith('*')
      ? this.#listening.psubscribe(pattern)
      : this.#listening.subscribe(pattern);
    subscribed.then(
      () => this.#listened.add(pattern),
      (error: unknown) => {
        if (this.#closed) return;
        this.#options.recorder.failed();
        const reason = error instanceof Error ? error.message : String(error);
        this.#options.logger.warn({ pattern, reason }, 'Valkey lets nothing be listened to here');
      },
    );
  }

  /** Asks it something; null when it doesn't answer. `name`: what figures call this. */
  async ask<T>(name: string, question: (client: Redis) => Promise<T>): Promise<T | null> {
    if (this.#commands.status !== 'ready') return null;
    this.#options.recorder.command(name);
    try {
      return await question(this.#commands);
    } catch (error) {
      if (!this.#closed) this.#failed(error);
      return null;
    }
  }

  /** Ends its connections at once. */
  close(): void {
    this.#closed = true;
    clearInterval(this.#beating);
    this.#commands.disconnect();
    this.#listening?.disconnect();
  }

  #listen(): Redis {
    const client = new Redis(this.#options.url, { ...this.#common, maxRetriesPerRequest: null });
    client.on('messageBuffer', (channel: Buffer, message: Buffer) => {
      this.#received.get(channel.toString())?.(channel.toString(), message);
    });
    client.on('pmessageBuffer', (pattern: Buffer, channel: Buffer, message: Buffer) => {
      this.#received.get(pattern.toString())?.(channel.toString(), message);
    });
    this.#watch(client);
    return client;
  }

  #watch(client: Redis): void {
    client.on('error', (error: Error) => {
      this.#failed(error);
    });
    client.on('ready', () => {
      this.#breaks += 1;
      this.#asked.delete(client);
      this.#ready();
    });
    client.on('close', () => {
      this.#asked.delete(client);
      this.#leaving.delete(client);
      if (!this.#closed) this.#failed(new Error('the connection ended'));
    });
  }

  /** The other end may be gone without a word. */
  #beat(client: Redis): void {
    const { status } = client;
    if (this.#leaving.has(client) || (status !== 'ready' && status !== 'connect')) return;
    if (this.#asked.delete(client)) {
      this.#leaving.add(client);
      client.disconnect(true);
      return;
    }
    this.#asked.add(client);
    // One that was connected and isn't ready by the next beat hangs as well.
    if (status === 'connect') return;
    client.ping().then(
      () => this.#asked.delete(client),
      () => undefined,
    );
  }

  #failed(error: unknown): void {
    this.#options.recorder.failed();
    if (this.#isAway || this.isUp) return;
    this.#isAway = true;
    const reason = error instanceof Error ? error.message : String(error);
    this.#options.logger.warn({ reason }, 'Valkey does not answer; this server goes on by itself');
  }

  #ready(): void {
    if (!this.isUp) return;
    this.#options.logger.info({}, this.#isAway ? 'Valkey answers again' : 'Valkey answers');
    this.#isAway = false;
  }
}

/** The pause before the `times`th attempt (from 1), ms. */
export function pauseMs(times: number, random: number): number {
  const pause = Math.min(FIRST_PAUSE_MS * 2 ** (times - 1), LONGEST_PAUSE_MS);
  return Math.round(pause * (1 - SPREAD * random));
}
