/** {@link ChannelLog} in PostgreSQL. */
import { setTimeout as pause } from 'node:timers/promises';
import type pg from 'pg';
import type { Logger } from 'pino';
import type {
  AppendOptions,
  AppendOutcome,
  ChannelLog,
  LoadedChannel,
  LogEntry,
  LogKey,
  LogPage,
  LogRange,
  LogRead,
  LogSelection,
  MessageVersions,
  Placement,
  StoredEvent,
  VersionRange,
} from '../shard/ports/channel-log.ts';
import { type AppendAnswer, appendStatement, decodePlacements } from './append-batch.ts';
import { goneLog, reasonOf, violatedUnique, wasLogMoved } from './outage.ts';
import {
  channelOf,
  loadQuery,
  type LoadRow,
  type LogRow,
  pageOf,
  type PageRow,
  pageQuery,
  tablesOf,
} from './page-query.ts';
import {
  findQuery,
  selectedOf,
  selectQuery,
  versionsOf,
  type VersionRow,
  versionsQuery,
} from './select-query.ts';
import { createPool } from './pool.ts';
import { familyName, inboxesName, type ShardIncarnation, writerName } from './shard-connections.ts';
import { WriterConnection } from './writer-connection.ts';

/** Where the log is and who writes. */
export interface PostgresLogOptions extends ShardIncarnation {
  readonly connectionString: string;
  readonly logger: Logger;
  /** Connections for reads. Default 2. */
  readonly readConnections?: number;
  /** ms after which an append without an answer counts as `unknown`. Default 15,000. */
  readonly answerTimeoutMs?: number;
}

/** How long a fence waits for connections to end, ms. */
const FENCE_TIMEOUT_MS = 10_000;
const FENCE_POLL_MS = 10;

/**
 * One connection commits batches, one `append_events` call each; a small pool reads. Both connect when they are first
 * used and again after they broke, so an outage needs no one's attention.
 */
export class PostgresLog implements ChannelLog {
  readonly #writer: WriterConnection;
  readonly #readers: pg.Pool;
  readonly #family: string;
  readonly #name: string;
  readonly #inboxesName: string;

  constructor(options: PostgresLogOptions) {
    this.#family = familyName(options);
    this.#name = writerName(options);
    this.#inboxesName = inboxesName(options);
    this.#writer = new WriterConnection({
      connectionString: options.connectionString,
      applicationName: this.#name,
      ...(options.answerTimeoutMs === undefined ? {} : { answerTimeoutMs: options.answerTimeoutMs }),
    });
    this.#readers = createPool({
      connectionString: options.connectionString,
      applicationName: `hubbub read ${options.owner}/${options.shard}`,
      max: options.readConnections ?? 2,
      logger: options.logger,
    });
  }

  async append(entries: readonly LogEntry[], options?: AppendOptions): Promise<AppendOutcome> {
    if (entries.length === 0) return { status: 'committed', placements: [] };
    const outcome = await this.#append(entries, options?.retry ?? false, options);
    // An id that exists and wasn't announced as a retry: its twin is found by looking for it.
    return outcome === 'id-exists' ? this.#appendAgain(entries, options) : outcome;
  }

  async locate(entries: readonly LogEntry[]): Promise<LogRead<readonly (Placement | null)[]>> {
    // What an earlier connection of ours still runs must end first, or "not there" could become untrue.
    const ended = await this.#endConnections('application_name = $1 and pid is distinct from $2', () => [
      this.#name,
      this.#writer.backendPid,
    ]);
    if (!ended.ok) return ended;
    return this.#reading(async () => {
      const found = await this.#readers.query<{ id: string; seq: string }>({
        name: 'log-locate',
        text: 'select id, seq from events where id = any ($1)',
        values: [entries.map((entry) => entry.id)],
      });
      const seqs = new Map(found.rows.map((row) => [row.id, Number(row.seq)]));
      return entries.map(({ id }) => {
        const seq = seqs.get(id);
        return seq === undefined ? null : { id, seq, duplicate: true };
      });
    });
  }

  async read(log: LogKey, range: LogRange): Promise<LogRead<LogPage>> {
    return this.#reading(async () => pageOf(await this.#rows(log, range), range.direction));
  }

  async find(log: LogKey, id: string): Promise<LogRead<StoredEvent | null>> {
    return this.#reading(async () => {
      const { rows } = await this.#readers.query<LogRow>(findQuery(log, id));
      return pageOf(rows, 'newest').events[0] ?? null;
    });
  }

  async select(log: LogKey, selection: LogSelection): Promise<LogRead<LogPage>> {
    return this.#reading(async () => {
      const { rows } = await this.#readers.query<LogRow>(selectQuery(log, selection));
      return selectedOf(rows, selection);
    });
  }

  async versions(log: LogKey, id: string, range: VersionRange): Promise<LogRead<MessageVersions | null>> {
    return this.#reading(async () => {
      const { rows } = await this.#readers.query<VersionRow>(versionsQuery(log, id, range));
      return versionsOf(rows, range);
    });
  }

  async load(channelId: string, limit: number, maxBytes: number): Promise<LogRead<LoadedChannel>> {
    return this.#reading(async () => {
      const { rows } = await this.#readers.query<LoadRow>(loadQuery(channelId, limit, maxBytes));
      return { channel: channelOf(rows), tables: tablesOf(rows), page: pageOf(rows, 'newest') };
    });
  }

  async fence(): Promise<LogRead<void>> {
    return this.#endConnections(
      'starts_with(application_name, $1) and application_name not in ($2, $3)',
      () => [this.#family, this.#name, this.#inboxesName],
    );
  }

  async close(): Promise<void> {
    await this.#writer.close();
    await this.#readers.end();
  }

  async #append(
    entries: readonly LogEntry[],
    byId: boolean,
    options: AppendOptions | undefined,
  ): Promise<AppendOutcome | 'id-exists'> {
    const statement = appendStatement(entries, byId, options?.epochs);
    if (statement === null)
      return { status: 'refused', reason: 'a text is not well-formed Unicode, or a key holds U+001F' };
    const answered = options?.running?.(statement.name);
    const result = await this.#writer.run<AppendAnswer>(statement);
    answered?.();
    if (!result.ok) {
      if (!byId && violatedUnique(result.error) === 'events_id') return 'id-exists';
      const gone = goneLog(result.error);
      if (gone !== null) return { status: 'gone', logs: [gone as LogKey] };
      if (wasLogMoved(result.error)) return { status: 'unavailable', reason: result.reason };
      return { status: result.kind, reason: result.reason };
    }
    const [answer] = result.rows;
    if (answer === undefined) throw new Error('append_events gave no row');
    return { status: 'committed', placements: decodePlacements(entries, answer) };
  }

  async #appendAgain(
    entries: readonly LogEntry[],
    options: AppendOptions | undefined,
  ): Promise<AppendOutcome> {
    const outcome = await this.#append(entries, true, options);
    if (outcome === 'id-exists')
      throw new Error('append_events looked for ids and did not find one that exists');
    return outcome;
  }

  async #rows(log: LogKey, range: LogRange): Promise<PageRow[]> {
    return (await this.#readers.query<PageRow>(pageQuery(log, range))).rows;
  }

  /** Ends backends of this user and database that `condition` names, and waits until they are gone. */
  async #endConnections(condition: string, values: () => unknown[]): Promise<LogRead<void>> {
    const deadline = performance.now() + FENCE_TIMEOUT_MS;
    return this.#reading(async () => {
      for (;;) {
        const ended = await this.#readers.query(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where datname = current_database() and usename = current_user and ${condition}`,
          values(),
        );
        if (ended.rowCount === 0) return;
        if (performance.now() > deadline) throw new Error('old connections did not end in time');
        await pause(FENCE_POLL_MS);
      }
    });
  }

  async #reading<T>(read: () => Promise<T>): Promise<LogRead<T>> {
    try {
      return { ok: true, value: await read() };
    } catch (error) {
      return { ok: false, reason: reasonOf(error) };
    }
  }
}
