/**
 * Keeps in the database who came by way of other issuers, and when they were last seen. Nobody waits for it: what is to
 * be written is gathered, one statement a second writes it, and while the store is away it stays gathered.
 */
import type { Logger } from 'pino';
import type { SeenUser, UserStore } from './ports.ts';

/** Between two statements, ms. */
const WRITE_MS = 1_000;
/** Users of one statement. */
const BATCH = 2_000;
/** Users that wait; past it those go that were seen longest ago. */
const MOST_WAITING = 20_000;
/** A user of whom nothing is new is written once in so many ms. */
const REPEAT_MS = 60_000;
const MOST_REMEMBERED = 50_000;

/** Timers; `after` answers what calls the timer off. */
export interface SeenUsersTimers {
  after(delayMs: number, callback: () => void): () => void;
}

/** What {@link SeenUsers} need. */
export interface SeenUsersDeps {
  readonly store: Pick<UserStore, 'record'>;
  readonly timers: SeenUsersTimers;
  readonly logger: Pick<Logger, 'warn'>;
}

/** See the head of the file. */
export class SeenUsers {
  readonly #deps: SeenUsersDeps;
  /** By id, the one that was seen longest ago first. */
  readonly #waiting = new Map<string, SeenUser>();
  /** What was gathered last of each user, the oldest first. */
  readonly #remembered = new Map<string, SeenUser>();
  #callOff: (() => void) | null = null;
  #writing: Promise<boolean> | null = null;
  #stopped = false;
  #overflowed = false;

  constructor(deps: SeenUsersDeps) {
    this.#deps = deps;
  }

  /** Users that wait to be written. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes note of `user`. */
  note(user: SeenUser): void {
    const last = this.#remembered.get(user.id);
    if (last !== undefined && user.seenAt - last.seenAt < REPEAT_MS && sameProfile(last, user)) return;
    remember(this.#remembered, user, MOST_REMEMBERED);
    if (!remember(this.#waiting, user, MOST_WAITING)) this.#overflow();
    this.#schedule();
  }

  /** Writes what waits, once: what can't be written now is lost. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#callOff?.();
    await this.#writing;
    while (this.#waiting.size > 0 && (await this.#write()));
  }

  #schedule(): void {
    if (this.#stopped || this.#callOff !== null || this.#writing !== null) return;
    this.#callOff = this.#deps.timers.after(WRITE_MS, () => {
      this.#callOff = null;
      this.#writing = this.#write().finally(() => {
        this.#writing = null;
        if (this.#waiting.size > 0) this.#schedule();
      });
    });
  }

  /** False when the store is away. */
  async #write(): Promise<boolean> {
    const batch = [...this.#waiting.values()].slice(0, BATCH);
    const written = await this.#deps.store.record(batch);
    if (!written.ok) return false;
    this.#overflowed = false;
    for (const user of batch) if (this.#waiting.get(user.id) === user) this.#waiting.delete(user.id);
    return true;
  }

  #overflow(): void {
    if (this.#overflowed) return;
    this.#overflowed = true;
    this.#deps.logger.warn('users that were seen wait to be written for too long: some are forgotten');
  }
}

/** Puts `user` last; false when another had to go for it. */
function remember(users: Map<string, SeenUser>, user: SeenUser, most: number): boolean {
  users.delete(user.id);
  users.set(user.id, user);
  if (users.size <= most) return true;
  const oldest = users.keys().next();
  if (oldest.done !== true) users.delete(oldest.value);
  return false;
}

function sameProfile(one: SeenUser, other: SeenUser): boolean {
  return (
    one.name === other.name &&
    one.avatar === other.avatar &&
    one.clientId === other.clientId &&
    one.roles.length === other.roles.length &&
    one.roles.every((role) => other.roles.includes(role))
  );
}
