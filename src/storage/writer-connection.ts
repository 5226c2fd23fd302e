/** The one connection on which a shard commits its batches. */
import pg from 'pg';
import { classifyStatementError, reasonOf } from './outage.ts';
import type { OutageKind } from './outage.ts';
import { ANSWER_TIMEOUT_MS, CONNECT_TIMEOUT_MS, STATEMENT_TIMEOUT_MS } from './pool.ts';

/** What a statement came to. `error` is what `pg` rejected with. */
export type WriteResult<R extends pg.QueryResultRow> =
  | { readonly ok: true; readonly rows: readonly R[] }
  | { readonly ok: false; readonly kind: OutageKind; readonly reason: string; readonly error: unknown };

/** Where and as whom to connect. */
export interface WriterOptions {
  readonly connectionString: string;
  /** Shown in pg_stat_activity; fences find the connection by it. */
  readonly applicationName: string;
  /** ms after which a statement without an answer counts as `unknown`. */
  readonly answerTimeoutMs?: number;
}

/**
 * States: closed ⇄ open. A statement opens it when it is closed; an error of the connection, or a statement that PostgreSQL
 * gave no clear answer to, closes it. Statements run one at a time, in the order of the calls.
 */
export class WriterConnection {
  readonly #options: WriterOptions;
  #client: pg.Client | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: WriterOptions) {
    this.#options = options;
  }

  /** The backend that serves it, null while closed. */
  get backendPid(): number | null {
    const pid: unknown = this.#client === null ? null : Reflect.get(this.#client, 'processID');
    return typeof pid === 'number' ? pid : null;
  }

  /** Runs one named statement in a transaction of its own. Never rejects. */
  run<R extends pg.QueryResultRow>(statement: pg.QueryConfig): Promise<WriteResult<R>> {
    const result = this.#last.then(() => this.#run<R>(statement));
    this.#last = result;
    return result;
  }

  /** Waits for what was called before, then disconnects. */
  async close(): Promise<void> {
    await this.#last;
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }

  async #run<R extends pg.QueryResultRow>(statement: pg.QueryConfig): Promise<WriteResult<R>> {
    let client: pg.Client;
    try {
      client = this.#client ?? (await this.#open());
    } catch (error) {
      return { ok: false, kind: 'unavailable', reason: reasonOf(error), error };
    }
    // Ending a client with a statement under way destroys its socket, which settles the statement.
    const timer = setTimeout(() => this.#drop(client), this.#options.answerTimeoutMs ?? ANSWER_TIMEOUT_MS);
    try {
      const result = await client.query<R>(statement);
      return { ok: true, rows: result.rows };
    } catch (error) {
      const kind = classifyStatementError(error);
      // A read-only or overloaded server may be another one's neighbour by the next attempt: look it up anew.
      if (kind !== 'refused') this.#drop(client);
      return { ok: false, kind, reason: reasonOf(error), error };
    } finally {
      clearTimeout(timer);
    }
  }

  async #open(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#options.connectionString,
      application_name: this.#options.applicationName,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      keepAlive: true,
    });
    client.on('error', () => this.#drop(client));
    client.on('end', () => {
      if (this.#client === client) this.#client = null;
    });
    try {
      await client.connect();
      // An acknowledged message is on disk, whatever the server's default says; stronger settings stay.
      await client.query(
        "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'",
      );
    } catch (error) {
      this.#drop(client);
      throw error;
    }
    this.#client = client;
    return client;
  }

  #drop(client: pg.Client): void {
    if (this.#client === client) this.#client = null;
    client.end().catch(() => undefined);
  }
}
