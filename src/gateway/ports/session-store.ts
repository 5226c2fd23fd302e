/** Where connections of users are kept, with when they began and ended. Times are ms since the epoch. */
import type { Result } from '../../protocol/result.ts';

/** A connection of a user, as a whole. */
export interface RecordedSession {
  /** Numbered by its writer. */
  readonly connection: number;
  readonly userId: string;
  readonly guest: boolean;
  /** The program that its token was given to (`azp`). */
  readonly clientId: string | null;
  readonly startedAt: number;
  /** Null: it is open. */
  readonly endedAt: number | null;
  /** What it was closed with; null: it is open. */
  readonly code: number | null;
}

/** A thread that owns sockets. */
export interface SessionWriter {
  /** No other has ever had it. */
  readonly name: string;
  /** Of its process; as unique. */
  readonly run: string;
  /** Where the process listens: another one that listens there shows that it is gone. Null: that shows nothing. */
  readonly place: string | null;
}

/** See the head of the file. */
export interface SessionStore {
  /**
   * A heartbeat of a writer, at `at`, with sessions that began or ended. What is told again changes nothing. Sessions of a
   * writer that was thought to be dead go on.
   */
  record(writer: SessionWriter, at: number, sessions: readonly RecordedSession[]): Promise<Result<void>>;
  /**
   * Ends what dead writers had open, at their last heartbeats; how many writers it were. Dead are those of whom nothing was
   * heard for `staleMs`, and those that listened where `now` does, in another run.
   */
  closeDead(staleMs: number, now: SessionWriter): Promise<Result<number>>;
  /** The same for a writer that has ended. */
  close(name: string): Promise<Result<void>>;
}
