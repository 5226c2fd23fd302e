/** Where things come over to: the database of this server. */
import type pg from 'pg';
import type { ChannelLog } from '../shard/ports/channel-log.ts';
import type { Database } from '../storage/database.ts';
import type { MovedKind, MovedOutcome } from './items.ts';

/** The same database by three ways: plain statements, what stores are built of, and the log. */
export interface MoveTarget {
  readonly client: Pick<pg.Client, 'query'>;
  readonly database: Database;
  readonly log: Pick<ChannelLog, 'append'>;
  /** Nothing is written: outcomes are what they would be. */
  readonly dry: boolean;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Tells of something that isn't as it was: `id`, by what it was called there. */
  readonly remark: (kind: MovedKind, what: string, id: string) => void;
}

/** Puts things of one kind in. Rejects when the database doesn't answer: what came over until then is known the next time. */
export interface MoveWriter<Item> {
  /** What became of each, in their order. */
  write(items: readonly Item[]): Promise<readonly MovedOutcome[]>;
  /** Everything was read. */
  end?(): Promise<void>;
}

/** Which of `ids` `statement` finds: its `$1` is their list, its column `id`. */
export async function found(
  { client }: Pick<MoveTarget, 'client'>,
  statement: string,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await client.query<{ id: string }>(statement, [ids]);
  return new Set(rows.map(({ id }) => id));
}

/** Which of `ids` somebody deleted or erased here: they stay away. */
export async function deletedHere(
  target: Pick<MoveTarget, 'client'>,
  kind: 'user' | 'channel',
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const acts = kind === 'user' ? ['user:deleted', 'user:erased'] : ['channel:deleted'];
  const { rows } = await target.client.query<{ id: string }>(
    'select distinct target_id as id from audit_log where target_id = any ($1) and action = any ($2)',
    [ids, acts],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Which of `ids` were erased here, or are being: nothing of theirs comes. */
export function erasedHere(
  target: Pick<MoveTarget, 'client'>,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  return found(target, 'select distinct user_id as id from erasures where user_id = any ($1)', ids);
}

/** The names that people have here, by their ids. */
export async function namesHere(
  { client }: Pick<MoveTarget, 'client'>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ id: string; name: string }>(
    `select w.id, coalesce(n.name, u.name) as name
     from unnest($1::text[]) as w (id) left join names as n on n.user_id = w.id left join users as u on u.id = w.id
     where coalesce(n.name, u.name) is not null`,
    [[...new Set(ids)]],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

export const ADDED: MovedOutcome = 'added';
export const KNOWN: MovedOutcome = 'known';
export const leftOut = (why: string): MovedOutcome => ({ leftOut: why });
export const ERASED = leftOut('is of somebody who was erased here');
