/** When people were here. */
import { PostgresSessions } from '../storage/postgres-sessions.ts';
import type { MovedOutcome, MovedSession } from './items.ts';
import { ADDED, ERASED, erasedHere, KNOWN, type MoveTarget, type MoveWriter } from './move-target.ts';

/** They ended in order, as far as anybody knows. */
const NORMAL = 1_000;
const KNOWN_ONES = `
  select s.connection::text as id from sessions as s join session_writers as w on w.id = s.writer
  where w.name = $2 and s.connection = any ($1::bigint[])`;

/** See the head of the file. */
export class SessionWriter implements MoveWriter<MovedSession> {
  readonly #target: MoveTarget;
  readonly #sessions: PostgresSessions;
  readonly #name: string;
  readonly #run: string;
  #wrote = false;

  /** `run`: as who the import tells that it lives. */
  constructor(target: MoveTarget, system: string, run: string) {
    this.#target = target;
    this.#sessions = new PostgresSessions(target.database);
    this.#name = `moved:${system}`;
    this.#run = run;
  }

  async write(sessions: readonly MovedSession[]): Promise<readonly MovedOutcome[]> {
    const { client, dry, now } = this.#target;
    const numbers = sessions.map(({ connection }) => connection);
    const { rows } = await client.query<{ id: string }>(KNOWN_ONES, [numbers, this.#name]);
    const known = new Set(rows.map(({ id }) => Number(id)));
    const erased = await erasedHere(
      this.#target,
      sessions.map(({ user }) => user),
    );
    const fresh = sessions.filter(({ connection, user }) => !known.has(connection) && !erased.has(user));
    if (!dry && fresh.length > 0) {
      this.#wrote = true;
      const recorded = fresh.map(({ connection, user: userId, startedAt, endedAt }) => ({
        ...{ connection, userId, guest: false, clientId: null, startedAt, endedAt, code: NORMAL },
      }));
      const writer = { name: this.#name, run: this.#run, place: null };
      const written = await this.#sessions.record(writer, now(), recorded);
      if (!written.ok) throw new Error(written.failure.message);
    }
    return sessions.map(({ connection, user }) =>
      known.has(connection) ? KNOWN : erased.has(user) ? ERASED : ADDED,
    );
  }

  async end(): Promise<void> {
    if (this.#wrote) await this.#sessions.close(this.#name);
  }
}
