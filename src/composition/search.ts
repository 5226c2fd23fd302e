/** The search of this thread, and main's work of keeping it up to date. */
import type { Logger } from '../observability/logger.ts';
import { Database } from '../storage/database.ts';
import { createPool } from '../storage/pool.ts';
import { PostgresSearch } from '../storage/postgres-search.ts';
import { SearchIndex } from '../storage/search-index.ts';
import { again } from './again.ts';
import type { Traffic } from './traffic.ts';

/** Searches have connections of their own: nothing else waits behind them. */
const CONNECTIONS = 2;
/** A search that takes longer is given up, ms. */
const SEARCH_TIMEOUT_MS = 2_000;
/** Nothing was left to do: so many ms until the next look. */
const IDLE_MS = 2_000;
/** A look at very many channels takes long: it is never more than this share of the time. */
const IDLE_SHARE = 0.02;
/** With so many events a second, or where clients ask for much, the machine is busy with them ... */
const BUSY_EVENTS_A_SECOND = 200;
/** ... and taking them in has this share of the time; else that one. */
const BUSY_SHARE = 0.05;
const QUIET_SHARE = 0.5;

/** A search with connections of its own, which `close` ends. */
export interface OpenSearch {
  readonly search: PostgresSearch;
  close(): Promise<void>;
}

/** Nothing is connected before someone searches. */
export function openSearch(connectionString: string, logger: Logger): OpenSearch {
  const pool = createPool({
    ...{ connectionString, logger, max: CONNECTIONS },
    applicationName: 'hubbub search',
    statementTimeoutMs: SEARCH_TIMEOUT_MS,
  });
  const database = new Database(pool, logger);
  return {
    search: new PostgresSearch({ database, now: () => Date.now() }),
    close: () => database.close(),
  };
}

/**
 * Takes in what is said, behind the messages and out of their way: whoever searches before it was taken in does that
 * themselves. `server` names this one among those of the database, of which one does this.
 */
export function keepSearchCurrent(
  index: Pick<SearchIndex, 'pass' | 'takeTurn'>,
  server: string,
  traffic: Pick<Traffic, 'isBusy'>,
  logger: Logger,
): { stop(): Promise<void> } {
  const pace = new SearchPace(traffic);
  const work = async (): Promise<number> => {
    if (!(await index.takeTurn(server))) return IDLE_MS;
    const began = performance.now();
    const pass = await index.pass();
    return pass.ok ? pace.restMs(pass.value, performance.now(), performance.now() - began) : IDLE_MS;
  };
  const failed = 'the search could not be kept up to date';
  return again(work, { logger, firstMs: IDLE_MS, afterFaultMs: IDLE_MS, failed });
}

/** How long to rest between passes. */
export class SearchPace {
  readonly #traffic: Pick<Traffic, 'isBusy'>;
  /** When the last pass ended, and how many events waited behind it. */
  #last: { readonly at: number; readonly waiting: number } | null = null;

  constructor(traffic: Pick<Traffic, 'isBusy'>) {
    this.#traffic = traffic;
  }

  /** ms until the next pass, by what the one that ends `now` (monotonic ms) came to and how long it took. */
  restMs(
    { read, waiting }: { readonly read: number; readonly waiting: number },
    now: number,
    tookMs: number,
  ): number {
    const last = this.#last;
    this.#last = { at: now, waiting: Math.max(0, waiting - read) };
    if (read === 0) return Math.max(IDLE_MS, tookMs / IDLE_SHARE);
    const arrived = last === null ? 0 : waiting - last.waiting;
    const seconds = last === null ? 1 : (now - last.at) / 1_000;
    const isBusy = this.#traffic.isBusy || arrived / seconds >= BUSY_EVENTS_A_SECOND;
    const share = isBusy ? BUSY_SHARE : QUIET_SHARE;
    return tookMs / share - tookMs;
  }
}
