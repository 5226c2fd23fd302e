/**
 * Tells the store who is connected to this thread, since when and until when: once a second what is new, in one statement,
 * and every few seconds that the thread lives. Nobody waits for it. While the store is away what is to be told
 * is gathered; past a bound the oldest of it goes: an end tells of the whole session, so only what neither end was told of
 * is missing.
 */
import type { Result } from '../protocol/result.ts';
import type { DeadlineTimers } from '../threads/deadline-queue.ts';
import type { RecordedSession, SessionStore, SessionWriter } from './ports/session-store.ts';

/** Between two statements, ms. */
const WRITE_MS = 1_000;
/** Between two heartbeats, ms: a session whose thread dies seems to have ended so much earlier, at most. */
const HEARTBEAT_MS = 5_000;
/** Sessions of one statement. */
const BATCH = 5_000;
/** Sessions that wait. */
const MOST_WAITING = 50_000;
/** The last of it, when the thread ends, may take so long, ms. */
const STOP_MS = 2_000;

/** What {@link SessionRecorder} needs. */
export interface SessionRecorderDeps {
  readonly store: SessionStore;
  readonly writer: SessionWriter;
  readonly timers: Pick<DeadlineTimers, 'after' | 'mono'> & { now(): number };
  readonly logger: { warn(fields: object, message: string): void };
  /** Default {@link HEARTBEAT_MS}. */
  readonly heartbeatMs?: number;
}

/** See the head of the file. */
export class SessionRecorder {
  readonly #deps: SessionRecorderDeps;
  /** By connection, who waits longest first. */
  readonly #waiting = new Map<number, RecordedSession>();
  #callOff: (() => void) | null = null;
  #writing: Promise<void> = Promise.resolve();
  #beatAt = -Infinity;
  #dropped = 0;
  #stopped = false;

  /** Its first heartbeat is at once. */
  constructor(deps: SessionRecorderDeps) {
    this.#deps = deps;
    this.#schedule(0);
  }

  /** Sessions that wait to be told. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** How often something was dropped because too much waited. */
  get dropped(): number {
    return this.#dropped;
  }

  /** A session began, or ended. */
  note(session: RecordedSession): void {
    this.#waiting.set(session.connection, session);
    if (this.#waiting.size <= MOST_WAITING) return;
    const oldest = this.#waiting.keys().next();
    if (oldest.done !== true) this.#waiting.delete(oldest.value);
    if (this.#dropped === 0)
      this.#deps.logger.warn({}, 'sessions wait to be recorded for too long: the oldest go');
    this.#dropped += 1;
  }

  /** Tells what waits, and that this is the end: what can't be told soon is left to who finds the thread dead. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#callOff?.();
    const { store, timers, writer } = this.#deps;
    await new Promise<void>((resolve) => {
      const late = timers.after(STOP_MS, resolve);
      const last = async (): Promise<void> => {
        await this.#writing;
        do {
          if (!(await this.#write())) return;
        } while (this.#waiting.size > 0);
        await store.close(writer.name);
      };
      void last().finally(() => {
        late();
        resolve();
      });
    });
  }

  #schedule(delayMs: number): void {
    this.#callOff = this.#deps.timers.after(delayMs, () => {
      this.#writing = this.#tick().catch((error: unknown) => {
        this.#deps.logger.warn({ err: error }, 'sessions could not be recorded');
      });
      void this.#writing.finally(() => {
        if (!this.#stopped) this.#schedule(WRITE_MS);
      });
    });
  }

  async #tick(): Promise<void> {
    const { timers, heartbeatMs = HEARTBEAT_MS } = this.#deps;
    if (this.#waiting.size > 0 || timers.mono() - this.#beatAt >= heartbeatMs) await this.#write();
  }

  /** False when the store is away. */
  async #write(): Promise<boolean> {
    const { store, writer, timers } = this.#deps;
    const batch: RecordedSession[] = [];
    for (const session of this.#waiting.values()) if (batch.push(session) === BATCH) break;
    const began = timers.mono();
    const told: Result<void> = await store.record(writer, timers.now(), batch);
    if (!told.ok) return false;
    this.#beatAt = began;
    for (const session of batch) {
      if (this.#waiting.get(session.connection) === session) this.#waiting.delete(session.connection);
    }
    return true;
  }
}
