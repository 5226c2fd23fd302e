/** {@link MessageSearch} in PostgreSQL's full text search. */
import type { Principal } from '../protocol/entities.ts';
import { failure } from '../protocol/errors.ts';
import { MAX_PAGE_BYTES } from '../protocol/limits.ts';
import type { MessageSearch, SearchPage, SearchQuestion } from '../protocol/message-search.ts';
import { canExist } from '../protocol/person.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { isStaff } from '../protocol/permissions.ts';
import { messageFor } from '../protocol/shadow.ts';
import { isStorable } from '../protocol/text.ts';
import { parseSearchText } from '../search/search-text.ts';
import { tsqueryText } from '../search/tsearch.ts';
import type { LogKey } from '../shard/ports/channel-log.ts';
import type { Database, QueryOutcome } from './database.ts';
import { findPersonBy } from './find-person.ts';
import { readerColumns } from './readable-channels.ts';
import { SearchIndex } from './search-index.ts';
import {
  type FoundRow,
  PLACE,
  type PlaceRow,
  SCOPE,
  type ScopeRow,
  searchSql,
  type SearchShape,
} from './search-queries.ts';

/** What a search needs. */
export interface PostgresSearchOptions {
  /** With a timeout of its own: what takes longer is `overloaded`. */
  readonly database: Database;
  /** ms since the epoch. */
  readonly now: () => number;
}

/** Searches of this instance that run or wait for a connection; more are `overloaded`. */
const MOST_AT_ONCE = 16;
/** What isn't taken in yet is taken in by who searches, up to so many passes. */
const MOST_PASSES = 12;
/** Messages that change while one searches make it look again, so often at most. */
const MOST_LOOKS = 3;
const RETRY_AFTER_MS = 2_000;

const NOTHING: SearchPage = { messages: [], hasMore: false };

/** Which logs are searched. */
type Scope = readonly { readonly key: LogKey; readonly logId: string }[] | null;

/** See the head of the file. */
export class PostgresSearch implements MessageSearch {
  readonly #options: PostgresSearchOptions;
  readonly #index: SearchIndex;
  #running = 0;

  constructor(options: PostgresSearchOptions) {
    this.#options = options;
    this.#index = new SearchIndex(options.database);
  }

  async search(asker: Principal, question: SearchQuestion): Promise<Result<SearchPage>> {
    if (this.#running >= MOST_AT_ONCE) return overloaded('Too many searches are under way.');
    this.#running += 1;
    try {
      return await this.#search(asker, question);
    } finally {
      this.#running -= 1;
    }
  }

  async #search(asker: Principal, question: SearchQuestion): Promise<Result<SearchPage>> {
    const scope = await this.#scope(asker, question.channels);
    if (!scope.ok) return scope;
    const terms = question.text === undefined ? ok([]) : parseSearchText(question.text);
    if (!terms.ok) return terms;
    const author = await this.#author(question.author);
    if (!author.ok) return author;
    if (author.value === null || scope.value?.length === 0) return ok(NOTHING);
    const logIds = scope.value?.map(({ logId }) => logId);
    const behind = await this.#place(asker, question.behind, logIds);
    if (!behind.ok) return behind;
    const within = { ...author.value, ...(logIds === undefined ? {} : { logIds }) };
    const values = [
      tsqueryText(terms.value, within),
      logIds ?? null,
      behind.value,
      question.before ?? null,
      question.after ?? null,
      question.limit,
      question.offset ?? 0,
      MAX_PAGE_BYTES,
      ...[asker.id, isStaff(asker), asker.roles.includes('admin'), this.#options.now()],
      ...(logIds === undefined ? readerColumns(asker, this.#options.now()) : []),
    ];
    const rows = await this.#look(scope.value, values);
    return rows.ok ? ok(pageOf(rows.value, question.limit, asker.id)) : rows;
  }

  async #look(scope: Scope, values: readonly unknown[]): Promise<Result<readonly FoundRow[]>> {
    const logs = scope === null ? 'all' : scope.length === 1 ? 'one' : 'several';
    for (let looks = 1; ; looks += 1) {
      const caughtUp = await this.#catchUp(scope?.map(({ key }) => key));
      if (!caughtUp.ok) return caughtUp;
      const rows = await this.#rows(logs, values);
      if (!rows.ok) return rows;
      if (looks < MOST_LOOKS && rows.value[0]?.is_stale === true) continue;
      return rows;
    }
  }

  /** Takes in what was shown and isn't found yet. */
  async #catchUp(logs: readonly LogKey[] | undefined): Promise<Result<void>> {
    for (let passes = 0; passes < MOST_PASSES; passes += 1) {
      const pass = await this.#index.pass(logs);
      if (!pass.ok) return pass;
      if (pass.value.read === 0) return ok(undefined);
    }
    return overloaded('More was said than the search has taken in yet.');
  }

  async #rows(logs: SearchShape['logs'], values: readonly unknown[]): Promise<Result<readonly FoundRow[]>> {
    const [query] = values;
    if (query !== null) {
      const found = await this.#query<FoundRow>(searchSql({ logs, isWalk: false }), values);
      if (!found.ok || found.value[0]?.is_too_many !== true) return found;
    }
    return this.#query<FoundRow>(searchSql({ logs, isWalk: true }), values);
  }

  /** The logs of `channels`; null: all that `asker` may read. */
  async #scope(asker: Principal, channels: readonly string[] | undefined): Promise<Result<Scope>> {
    if (channels === undefined) return ok(null);
    const ids = [...new Set(channels)];
    const found = await this.#query<ScopeRow>(SCOPE, [ids, ...readerColumns(asker, this.#options.now())]);
    if (!found.ok) return found;
    if (found.value.length < ids.length) return fail(failure('not_found', 'There is no such channel.'));
    if (found.value.some(({ is_out }) => is_out)) return fail(failure('banned', 'you are banned from here'));
    return ok(
      found.value.flatMap(({ id, log_id }) =>
        log_id === null ? [] : [{ key: `channel:${id}` as const, logId: log_id }],
      ),
    );
  }

  /** The sender that is asked for; null: nobody is called so. */
  async #author(author: SearchQuestion['author']): Promise<Result<{ readonly sender?: string } | null>> {
    if (author === undefined) return ok({});
    if (!canExist(author)) return ok(null);
    if ('id' in author) return ok({ sender: author.id });
    const person = await findPersonBy(this.#options.database, author);
    if (!person.ok) return person;
    return ok(person.value === null ? null : { sender: person.value.id });
  }

  async #place(
    asker: Principal,
    id: string | undefined,
    logIds: readonly string[] | undefined,
  ): Promise<Result<readonly string[] | null>> {
    if (id === undefined) return ok(null);
    const none = fail(failure('not_found', 'There is no such message to go on behind.'));
    if (!isStorable(id)) return none;
    const reader = readerColumns(asker, this.#options.now());
    const found = await this.#query<PlaceRow>(PLACE, [id, logIds ?? null, ...reader]);
    if (!found.ok) return found;
    const [place] = found.value;
    return place === undefined ? none : ok([place.timestamp, place.log_id, place.seq]);
  }

  async #query<Row extends object>(
    text: string,
    values: readonly unknown[],
  ): Promise<Result<readonly Row[]>> {
    const found: QueryOutcome<Row> = await this.#options.database.query<Row>(text, values);
    if (found.ok) return ok(found.rows);
    return found.canceled === true
      ? overloaded('This search takes too long: ask for less.')
      : fail(found.failure);
  }
}

function pageOf(rows: readonly FoundRow[], limit: number, reader: string): SearchPage {
  const found = rows.filter(({ seq }) => seq !== null).slice(0, limit);
  const hasMore = Number(rows[0]?.found ?? 0) > found.length;
  const last = found.at(-1);
  return {
    messages: found.map((row) => ({
      channelId: row.channel_id,
      seq: Number(row.seq),
      timestamp: Number(row.timestamp),
      data: messageFor(row.data, { id: reader, seesAll: row.sees_all === true }),
    })),
    hasMore,
    ...(hasMore && last !== undefined ? { next: last.id } : {}),
  };
}

function overloaded(message: string): Result<never> {
  return fail(failure('overloaded', message, RETRY_AFTER_MS));
}
