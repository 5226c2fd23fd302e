/**
 * Carries out erasures of users, which are kept with how far they are: a server that starts goes on with them, and of several on
 * one database each may. Messages are deleted by the shards that own their channels, as a ban deletes them, so that everybody
 * is told; all else is rewritten where it lies, and then the shards let go of what they hold of it in memory.
 */
import type { Erasure, Erasures } from '../admin/ports/erasures.ts';
import type { Exports } from '../admin/ports/exports.ts';
import type { SecurityStore } from '../auth/ports.ts';
import type { Logger } from '../observability/logger.ts';
import type { UserRef } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { fail, type Result } from '../protocol/result.ts';
import type { OpenErasure, PostgresErasures } from '../storage/postgres-erasures.ts';
import type { DeadlineTimers } from '../threads/deadline-queue.ts';
import type { ChannelPurge } from '../threads/shard-control.ts';

/** Ms after which nothing of a user comes through any more whose tokens were revoked, and nobody takes them for present. */
const SETTLED_MS = 6_500;
const AGAIN_MS = 1_000;
const AT_ONCE = 10;
/** So much of the time is an erasure's: what it does holds up others. */
const BUSY_SHARE = 0.4;
/** Looks at shards that are busy with something, and the pause between them, ms. */
const MOST_LOOKS = 50;
const LOOK_PAUSE_MS = 100;
/** Longer than any token lives. */
const REVOKED_FOR_MS = 10 * 365 * 24 * 3_600_000;
/** As the migration 0022 has it. */
const ERASED_NAME = 'Deleted user';

/** What erasures need. */
export interface ErasuresOptions {
  readonly store: PostgresErasures;
  /** Ends all connections and tokens of the user. */
  readonly revoke: (userId: string) => Promise<Result<void>>;
  /** Deletes in one channel; whether all of it is done. */
  readonly purge: (channelId: string, order: ChannelPurge) => Promise<boolean>;
  /** Lets shards go of what they hold in memory; whether all of them did. */
  readonly forget: () => Promise<boolean>;
  readonly exports: Pick<Exports, 'list' | 'remove'>;
  readonly logger: Pick<Logger, 'warn'>;
  readonly timers: Pick<DeadlineTimers, 'after' | 'mono'> & { now(): number };
  readonly newId: () => string;
}

/** Revokes all that the user has, on every server within a second. */
export async function revokeForGood(
  security: Pick<SecurityStore, 'revokeUser'>,
  feed: { catchUp(): Promise<unknown> },
  userId: string,
): Promise<Result<void>> {
  const now = Date.now();
  const revoked = await security.revokeUser(userId, null, now + REVOKED_FOR_MS, now);
  if (revoked.ok) await feed.catchUp();
  return revoked;
}

/** See the head of the file. */
export class ErasureWork implements Erasures {
  readonly #options: ErasuresOptions;
  #running: Promise<void> = Promise.resolve();
  #isWaiting = false;
  #isStopped = false;
  #cancel: (() => void) | null = null;

  /** Begins with what was left over. */
  constructor(options: ErasuresOptions) {
    this.#options = options;
    this.#wake();
  }

  async begin(userId: string, by: UserRef): Promise<Result<Erasure>> {
    const { store, newId, timers } = this.#options;
    const begun = await store.begin(newId(), userId, by.id, timers.now());
    if (!begun.ok) return begun;
    const found = await store.find(userId);
    if (!found.ok) return found;
    this.#wake();
    return found.value === null
      ? fail(failure('internal', 'The erasure is not there.'))
      : { ok: true, value: found.value };
  }

  async knows(userId: string): Promise<Result<boolean>> {
    return this.#options.store.knows(userId);
  }

  async find(userId: string): Promise<Result<Erasure | null>> {
    return this.#options.store.find(userId);
  }

  async list(query: Parameters<Erasures['list']>[0]): ReturnType<Erasures['list']> {
    return this.#options.store.list(query);
  }

  /** What is under way goes on with the next start. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#cancel?.();
    await this.#running;
  }

  #wake(): void {
    if (this.#isWaiting || this.#isStopped) return;
    this.#isWaiting = true;
    this.#running = this.#running.then(async () => {
      this.#isWaiting = false;
      const isLeft = await this.#run().catch((error: unknown) => {
        this.#options.logger.warn({ err: error }, 'an erasure failed');
        return true;
      });
      if (!isLeft || this.#isStopped) return;
      this.#cancel?.();
      this.#cancel = this.#options.timers.after(AGAIN_MS, () => {
        this.#wake();
      });
    });
  }

  /** Whether something is left to be done. */
  async #run(): Promise<boolean> {
    const open = await this.#options.store.open(AT_ONCE);
    if (!open.ok) return true;
    let isLeft = open.value.length === AT_ONCE;
    for (const erasure of open.value) {
      if (this.#isStopped) return true;
      if (!(await this.#carryOut(erasure))) isLeft = true;
    }
    return isLeft;
  }

  /** Whether it is done. */
  async #carryOut({ id, userId, requestedAt, ...begun }: OpenErasure): Promise<boolean> {
    const { store, revoke, timers, exports } = this.#options;
    if (!(await store.person(id)).ok || !(await revoke(userId)).ok) return false;
    if (timers.now() < requestedAt + SETTLED_MS) return false;
    if (begun.step === 'find' && !(await this.#pages(id))) return false;
    if (begun.step === 'find' || begun.step === 'delete') {
      if (!(await this.#deleteMessages(id, userId)) || !(await store.deleted(id)).ok) return false;
    }
    if (begun.step !== 'tables' && !(await this.#pages(id))) return false;
    for (const { id: kept, kind, userId: of } of exports.list()) {
      if (kind === 'messages' || of === userId) await exports.remove(kept);
    }
    const finished = await store.finish(id, timers.now());
    if (!finished.ok || !finished.value) return false;
    for (let look = 0; look < MOST_LOOKS && !this.#isStopped; look += 1) {
      if (await this.#options.forget()) return true;
      await this.#pause(LOOK_PAUSE_MS);
    }
    this.#options.logger.warn({ erasure: id }, 'a shard was too busy to let go of what it holds in memory');
    return true;
  }

  /** Goes through all logs; whether it came to their end. */
  async #pages(id: string): Promise<boolean> {
    const { store, timers } = this.#options;
    while (!this.#isStopped) {
      const began = timers.mono();
      const page = await store.page(id);
      if (!page.ok || page.value === null) return false;
      if (page.value) return true;
      await this.#pause((timers.mono() - began) * (1 / BUSY_SHARE - 1));
    }
    return false;
  }

  async #deleteMessages(id: string, userId: string): Promise<boolean> {
    const { store, purge, timers, logger } = this.#options;
    const open = await store.open(AT_ONCE);
    const channels = open.ok ? open.value.find((each) => each.id === id)?.channels : undefined;
    if (channels === undefined) return false;
    // In their own name: whoever asked is in the act, and none of their deletions is one of its own.
    const order = { user: userId, by: { id: userId, name: ERASED_NAME }, since: 0, until: timers.now() };
    for (const channel of channels) {
      if (this.#isStopped) return false;
      if (!(await purge(channel, order))) {
        logger.warn({ erasure: id }, 'messages of an erased user could not all be deleted yet');
        return false;
      }
    }
    return true;
  }

  async #pause(delayMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#options.timers.after(Math.ceil(delayMs), resolve);
    });
  }
}
