/** The statements of {@link PostgresSearch}, and their rows. */
import { EVENT_WITH_EXTRAS, EXTRAS } from './page-query.ts';
import { readerSql } from './readable-channels.ts';

/** So many messages that fit are sorted; where there are more, the newest are looked at first. */
const MOST_SORTED = 10_000;

/** A channel that the reader may know of, and its log where it has one. */
export interface ScopeRow {
  readonly id: string;
  readonly log_id: string | null;
  /** They are banned from it. */
  readonly is_out: boolean;
}

/** Where a message stands. */
export interface PlaceRow {
  readonly timestamp: string;
  readonly log_id: string;
  readonly seq: string;
}

/** A message that was found, on each row with what holds of the whole answer; `seq` null: there is none. */
export interface FoundRow {
  /** Whether messages changed that aren't taken in again yet. */
  readonly is_stale: boolean;
  /** Whether more than {@link MOST_SORTED} fit: the answer is in no order. */
  readonly is_too_many: boolean;
  /** Messages of the page before bytes were counted, one more than `limit` where there is more. */
  readonly found: string;
  readonly channel_id: string;
  readonly seq: string | null;
  readonly id: string;
  readonly timestamp: string;
  /** In full. */
  readonly data: string;
  /** Whether the reader looks after its channel; told where it matters. */
  readonly sees_all: boolean | null;
}

/** $1: ids; then the reader. */
export const SCOPE = `
  select c.id, l.id as log_id, ${readerSql(2).out} as is_out
  from channels as c left join logs as l on l.key = 'channel:' || c.id
  where c.id = any ($1) and ${readerSql(2).visible}`;

/** $1: id of a message, $2: logs or null; then the reader. */
export const PLACE = `
  select e.timestamp, e.log_id, e.seq
  from events as e
  join logs as l on l.id = e.log_id and starts_with(l.key, 'channel:')
  join channels as c on c.id = substr(l.key, 9)
  where e.id = $1 and e.type = 'message:created' and e.seq >= l.floor and ($2::bigint[] is null or e.log_id = any ($2))
    and ${readerSql(3).visible} and not ${readerSql(3).out}
    and (not is_shadowed(e.data) or e.data ->> 'shadow' = $5 or sees_shadows(e.log_id, $5, $6, $7, $8))`;

/** How a search is done. */
export interface SearchShape {
  /** `one` log: ordered by `seq`. Several, or `all` that the reader may read: by time. */
  readonly logs: 'one' | 'several' | 'all';
  /** The order is left to PostgreSQL, which may find the newest without finding all. */
  readonly isWalk: boolean;
}

/**
 * $1: tsquery or null, $2: logs or null (`all`), $3: time, log and `seq` of the place behind which to look, or null, $4: before
 * which time, $5: from which time, $6: limit, $7: offset, $8: bytes, $9: the reader's id, $10: are they staff, $11: or an
 * administrator, $12: the time; for `all` the reader follows.
 *
 * A walk from the newest on finds frequent words soon and rare ones last, and PostgreSQL's guess which ones are rare is
 * bad for those that it doesn't know. So at first all that fits is found by the index of words, in no order and up to a bound.
 * What is compared with lists is written so that the lists are made once and asked for each message (`is true`), not
 * the index of words for each entry of a list.
 */
export function searchSql({ logs, isWalk }: SearchShape): string {
  const order = logs === 'one' ? 'seq desc' : 'timestamp desc, log_id desc, seq desc';
  const matching = `
    select m.log_id, m.seq, m.timestamp from message_search as m
    where ($1::tsquery is null or m.words @@ $1)
      and ${WITHIN[logs]}
      and (m.author is null or m.author = $9 or ${SEES_ALL('m')})
      and ($3::bigint[] is null or ${logs === 'one' ? BEHIND_SEQ : BEHIND_TIME})
      and ($4::bigint is null or m.timestamp < $4) and ($5::bigint is null or m.timestamp >= $5)
      and ((m.log_id, m.seq) in (select a.log_id, a.seq from search_again as a)) is not true
      and ${IS_THERE}`;
  const page = `order by ${order} limit $6::bigint + 1 offset $7::bigint`;
  const near = isWalk ? `${matching} ${page}` : `${matching} limit ${MOST_SORTED + 1}`;
  return `
    with near as materialized (${near}), page as (
      select near.*, row_number() over (order by ${order}) as nth
      from (select * from near ${isWalk ? '' : page}) as near
    ), counted as (
      select page.nth, e.*, count(*) over () as found,
        sum(octet_length(e.data::text)) over (order by page.nth) as bytes
      from page join events as e on e.log_id = page.log_id and e.seq = page.seq
    )
    select
      exists (select from search_again as a where $2::bigint[] is null or a.log_id = any ($2)) as is_stale,
      ${isWalk ? 'false' : `(select count(*) from near) > ${MOST_SORTED}`} as is_too_many,
      e.found, substr(l.key, 9) as channel_id, ${EVENT_WITH_EXTRAS},
      case when strpos(e.data::text, '"shadow') > 0 or strpos(x.extras::text, '"shadow') > 0 then ${SEES_ALL('e')} end
        as sees_all
    from (values (1)) as always
    left join (
      counted as e join logs as l on l.id = e.log_id and e.nth <= $6 and (e.nth = 1 or e.bytes <= $8::bigint)
      ${EXTRAS}
    ) on true
    order by e.nth`;
}

const SEES_ALL = (event: string): string => `sees_shadows(${event}.log_id, $9, $10, $11, $12)`;

// Where nothing was ever past no log is looked at.
const IS_THERE = `(
        not exists (select from log_retention) or m.seq >= (select l.floor from logs as l where l.id = m.log_id)
      )`;

const BEHIND_SEQ = 'm.seq < $3[3]';
const BEHIND_TIME = '(m.timestamp, m.log_id, m.seq) < ($3[1], $3[2], $3[3])';

const WITHIN: Readonly<Record<SearchShape['logs'], string>> = {
  one: 'm.log_id = ($2::bigint[])[1]',
  several: 'm.log_id = any ($2::bigint[])',
  all: `(m.log_id in (
        select l.id from logs as l join channels as c on c.id = substr(l.key, 9)
        where l.key >= 'channel:' and l.key < 'channel;' and ${readerSql(13).visible} and not ${readerSql(13).out}
      )) is true`,
};
