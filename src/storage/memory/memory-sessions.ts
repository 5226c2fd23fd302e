/** {@link SessionStore} in memory, for tests; the same contract suite runs over it and PostgreSQL. */
import type { RecordedSession, SessionStore, SessionWriter } from '../../gateway/ports/session-store.ts';
import { ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';

interface Writer extends SessionWriter {
  seenAt: number;
  /** By `clock`. */
  beatAt: number;
  closed: boolean;
  readonly sessions: Map<number, RecordedSession>;
}

/** Sessions by writer. */
export class MemorySessions implements SessionStore {
  readonly #writers = new Map<string, Writer>();
  readonly #clock: () => number;

  /** `clock`: ms, in the place of the database's. */
  constructor(clock: () => number = () => Date.now()) {
    this.#clock = clock;
  }

  /** All of them, in the order in which they began. */
  get all(): readonly RecordedSession[] {
    return [...this.#writers.values()]
      .flatMap(({ sessions }) => [...sessions.values()])
      .sort((one, other) => one.startedAt - other.startedAt);
  }

  /** Forgets those that ended before; how many. */
  forget(before: number): number {
    let gone = 0;
    for (const { sessions } of this.#writers.values()) {
      for (const [id, { endedAt }] of sessions) {
        if (endedAt !== null && endedAt < before && sessions.delete(id)) gone += 1;
      }
    }
    return gone;
  }

  async record(
    writer: SessionWriter,
    at: number,
    sessions: readonly RecordedSession[],
  ): Promise<Result<void>> {
    const known = this.#writers.get(writer.name) ?? newWriter(writer, at);
    this.#writers.set(writer.name, known);
    known.seenAt = Math.max(known.seenAt, at);
    known.beatAt = this.#clock();
    if (known.closed) {
      known.closed = false;
      for (const [id, session] of known.sessions) {
        if (session.code === null) known.sessions.set(id, { ...session, endedAt: null });
      }
    }
    for (const session of sessions) {
      const { connection, startedAt, endedAt, code } = session;
      const before = known.sessions.get(connection);
      const end = endedAt === null ? null : Math.max(startedAt, endedAt);
      if (before === undefined) known.sessions.set(connection, { ...session, endedAt: end });
      else if (before.endedAt === null) known.sessions.set(connection, { ...before, endedAt: end, code });
    }
    return ok(undefined);
  }

  async closeDead(staleMs: number, { run, place }: SessionWriter): Promise<Result<number>> {
    const before = this.#clock() - staleMs;
    return ok(
      this.#closeAll(
        (writer) =>
          writer.beatAt < before || (place !== null && writer.place === place && writer.run !== run),
      ),
    );
  }

  async close(name: string): Promise<Result<void>> {
    this.#closeAll((writer) => writer.name === name);
    return ok(undefined);
  }

  #closeAll(isGone: (writer: Writer) => boolean): number {
    const gone = [...this.#writers.values()].filter((writer) => !writer.closed && isGone(writer));
    for (const writer of gone) {
      writer.closed = true;
      for (const [id, session] of writer.sessions) {
        if (session.endedAt !== null) continue;
        writer.sessions.set(id, { ...session, endedAt: Math.max(session.startedAt, writer.seenAt) });
      }
    }
    return gone.length;
  }
}

function newWriter(writer: SessionWriter, seenAt: number): Writer {
  return { ...writer, seenAt, beatAt: 0, closed: false, sessions: new Map() };
}
