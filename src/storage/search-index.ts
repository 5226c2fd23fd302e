/**
 * Takes messages into the search, behind the log. A pass reads what is new (and what changed) of some logs in one snapshot,
 * makes their words here, and stores them in one statement, which takes only what no other pass was quicker with. So any
 * number of servers and threads may do it at once, each event is taken in once, and none is passed over: a log's
 * head moves with the commit, so what lies below it is there to be read.
 */
import { fail, ok, type Result } from '../protocol/result.ts';
import { tokensOf } from '../search/tokens.ts';
import { tsvectorText } from '../search/tsearch.ts';
import type { LogKey } from '../shard/ports/channel-log.ts';
import type { Database } from './database.ts';

/** What one pass came to. */
export interface IndexPass {
  /** Events that were read; 0: nothing was left to do. */
  readonly read: number;
  /** Events that waited when the pass began, of at most {@link MAX_LOGS} logs. */
  readonly waiting: number;
}

/** Events of one pass: so many are made into words in a few ms, which is how long the thread is busy with nothing else. */
export const EVENTS_A_PASS = 250;
/** Logs of one pass. */
const MAX_LOGS = 100;
/** For so long a server takes in what is new; it goes on when half of that is over. */
const TURN_SECONDS = 30;

interface WaitingRow {
  readonly log_id: string;
  readonly pass: string;
  readonly head: string;
  /** Up to where the log was taken in. */
  readonly known: string;
  /** Of an event that is new; with `turn`: of a message that changed. */
  readonly seq: string | null;
  readonly turn: string | null;
  readonly sender: string | null;
  readonly timestamp: string | null;
  /** Of messages alone. */
  readonly data: string | null;
}

/** Keys of channels' logs lie between `channel:` and `channel;`. */
const waitingSql = (among: string): string => `
  with moved as materialized (
    select l.id, l.head, coalesce(h.seq, 0) as known, coalesce(h.pass, 0) as pass
    from logs as l left join search_heads as h on h.log_id = l.id
    where ${among} and (l.head > coalesce(h.seq, 0) or l.id in (select a.log_id from search_again as a))
    limit ${MAX_LOGS}
  ), fresh as (
    select moved.id as log_id, e.seq, null::bigint as turn, e.sender, e.timestamp, e.data
    from moved
    cross join lateral (
      select e.seq, e.sender, e.timestamp, case when e.type = 'message:created' then e.data::text end as data
      from events as e where e.log_id = moved.id and e.seq > moved.known
      order by e.seq limit ${EVENTS_A_PASS}
    ) as e
    limit ${EVENTS_A_PASS}
  ), changed as (
    select a.log_id, a.seq, a.turn, e.sender, e.timestamp,
      case when e.type = 'message:created' then e.data::text end as data
    from search_again as a
    join moved on moved.id = a.log_id
    left join events as e on e.log_id = a.log_id and e.seq = a.seq
    limit ${EVENTS_A_PASS}
  )
  select moved.id as log_id, moved.pass, moved.head, moved.known, e.seq, e.turn, e.sender, e.timestamp, e.data
  from moved left join (select * from fresh union all select * from changed) as e on e.log_id = moved.id`;

const WAITING = waitingSql(`l.key >= 'channel:' and l.key < 'channel;'`);
const WAITING_AMONG = waitingSql('l.key = any ($1)');
const STORE = 'select store_in_search($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)';
const TAKE_TURN = `
  with taken as (
    update search_turn set holder = $1, until = now() + interval '${TURN_SECONDS} seconds'
    where until < now() or holder = $1 and until < now() + interval '${TURN_SECONDS / 2} seconds'
    returning holder
  )
  select exists (select from taken)
    or exists (select from search_turn where holder = $1 and until >= now()) as is_mine`;

/** See the head of the file. */
export class SearchIndex {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** One pass over these logs, or over all of channels. */
  async pass(logs?: readonly LogKey[]): Promise<Result<IndexPass>> {
    const found =
      logs === undefined
        ? await this.#database.query<WaitingRow>(WAITING, [])
        : await this.#database.query<WaitingRow>(WAITING_AMONG, [logs]);
    if (!found.ok) return fail(found.failure);
    const { rows } = found;
    if (rows.length === 0) return ok({ read: 0, waiting: 0 });
    const stored = await this.#database.query(STORE, storedColumns(rows));
    if (!stored.ok) return fail(stored.failure);
    return ok({ read: rows.filter(({ seq }) => seq !== null).length, waiting: waitingIn(rows) });
  }

  /** Whether it is the turn of `holder`, among several servers, to take in what is new; kept by asking again. */
  async takeTurn(holder: string): Promise<boolean> {
    const taken = await this.#database.query<{ is_mine: boolean }>(TAKE_TURN, [holder]);
    return taken.ok && taken.rows[0]?.is_mine === true;
  }
}

/** What {@link STORE} takes. */
function storedColumns(rows: readonly WaitingRow[]): unknown[] {
  const byLog = [...Map.groupBy(rows, ({ log_id }) => log_id).values()];
  const isCut = rows.filter(isFresh).length >= EVENTS_A_PASS;
  const reached = byLog.map((those) => reachedIn(those, isCut));
  const words = new Map(byLog.flatMap((those, at) => wordsOf(those, reached[at] ?? 0)));
  const messages = [...words.values()];
  const changed = rows.filter(({ turn }) => turn !== null);
  return [
    byLog.map(([log]) => log?.log_id),
    byLog.map(([log]) => log?.pass),
    reached,
    changed.map(({ log_id }) => log_id),
    changed.map(({ seq }) => seq),
    changed.map(({ turn }) => turn),
    messages.map(({ row }) => row.log_id),
    messages.map(({ row }) => row.seq),
    messages.map(({ row }) => row.timestamp),
    messages.map(({ text }) => text),
    messages.map(({ author }) => author),
  ];
}

function isFresh({ seq, turn }: WaitingRow): boolean {
  return seq !== null && turn === null;
}

/**
 * Up to where a log is taken in with its rows: they are the oldest of what is new, and all of it unless the pass `isCut` short.
 */
function reachedIn(rows: readonly WaitingRow[], isCut: boolean): number {
  const [log] = rows;
  if (log === undefined || !isCut) return Number(log?.head);
  return Math.max(Number(log.known), ...rows.filter(isFresh).map(({ seq }) => Number(seq)));
}

/** The messages of a log's rows by their places: one that is new and was changed already stands there twice. */
function wordsOf(
  rows: readonly WaitingRow[],
  reached: number,
): [string, { readonly row: WaitingRow; readonly text: string; readonly author: string | null }][] {
  return rows.flatMap((row) => {
    if (row.data === null || row.sender === null || Number(row.seq) > reached) return [];
    const { content, shadow } = JSON.parse(row.data) as {
      readonly content?: unknown;
      readonly shadow?: string;
    };
    if (typeof content !== 'string') return [];
    const author = shadow ?? null;
    const text = tsvectorText(tokensOf(content), { logId: row.log_id, sender: row.sender });
    return [[`${row.log_id} ${row.seq ?? ''}`, { row, text, author }]];
  });
}

function waitingIn(rows: readonly WaitingRow[]): number {
  const logs = new Map(rows.map(({ log_id, head, known }) => [log_id, Number(head) - Number(known)]));
  return [...logs.values()].reduce((sum, waiting) => sum + waiting, 0);
}
