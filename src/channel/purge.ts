/**
 * Deletions of all that somebody sent within some time. The messages are read from the log page by page, the newest first;
 * each page is deleted, an event a message, before the next one is read: so no more than a page waits to be committed,
 * however many there are, and others' requests go on in between.
 */
import { ack, refuse } from '../log/answers.ts';
import type { Placed, ReadPage } from '../log/committed-event.ts';
import type { AppendEntry } from '../log/entry.ts';
import type { Waiter } from '../log/waiter.ts';
import type { UserRef } from '../protocol/entities.ts';
import type { Failure } from '../protocol/errors.ts';
import type { Effect } from './effects.ts';
import { changeEntry } from './message-change.ts';
import type { MessageData } from './message-extras.ts';
import type { ChannelState, Context, Effects } from './state.ts';

/** Messages of one page. */
const PAGE_LIMIT = 100;

/** Whose messages, sent when (ms since the epoch, both included), and in whose name they are deleted. */
export interface PurgeOrder {
  readonly user: string;
  readonly by: UserRef;
  readonly since: number;
  readonly until: number;
}

/** Who is told of the end: a request, whoever gave it the number `key`, or nobody. */
export type PurgeAsker = Waiter | { readonly key: number } | null;

/** One that is under way. */
export interface Purge extends PurgeOrder {
  readonly asker: PurgeAsker;
  /** `seq` before which the next page lies; null: the newest. */
  before: number | null;
  hasMore: boolean;
  /** Deletions of this page that aren't committed. */
  left: number;
  deleted: number;
  /** Why something could not be deleted; null: nothing stood against it. */
  problem: Failure | null;
}

/** Begins it. */
export function purge(order: PurgeOrder, asker: PurgeAsker): Effects {
  const begun = { ...order, asker, before: null, hasMore: false, left: 0, deleted: 0, problem: null };
  return [find(begun)];
}

/** The page that `findSent` asked for, or why there is none. */
export function sentFound(
  state: ChannelState,
  under: Purge,
  page: ReadPage | Failure,
  ctx: Context,
): Effects {
  if ('code' in page) return ended(state, { ...under, problem: page }, ctx);
  const [oldest] = page.events;
  if (oldest === undefined) return ended(state, under, ctx);
  under.before = oldest.seq;
  under.hasMore = page.hasMore;
  under.left = page.events.length;
  return page.events.map(({ data }): Effect => {
    const change = { id: ctx.newId(), content: null, by: under.by, timestamp: ctx.now };
    const entry = changeEntry(state.log, { ...change, message: JSON.parse(data) as MessageData });
    state.purging.set(entry, under);
    return { kind: 'append', entry };
  });
}

/** A deletion came to an end; null: it is of no purge. Who deleted one meanwhile, or that it never was, doesn't matter. */
export function purgeSettled(
  state: ChannelState,
  entry: AppendEntry,
  outcome: Placed | Failure,
  ctx: Context,
): Effects | null {
  const under = state.purging.get(entry);
  if (under === undefined) return null;
  state.purging.delete(entry);
  under.left -= 1;
  if ('code' in outcome) under.problem = outcome;
  else if (outcome.seq > 0 && !outcome.duplicate) under.deleted += 1;
  if (under.left > 0) return [];
  return under.hasMore && under.problem === null ? [find(under)] : ended(state, under, ctx);
}

function find(under: Purge): Effect {
  const { user, since, until, before } = under;
  const range = { sender: user, since, until, limit: PAGE_LIMIT, ...(before === null ? {} : { before }) };
  return { kind: 'findSent', range, purge: under };
}

function ended(state: ChannelState, { asker, deleted, problem }: Purge, ctx: Context): Effects {
  if (asker === null) return [];
  if ('key' in asker) return [{ kind: 'purged', key: asker.key, problem }];
  return problem === null
    ? ack(asker, state.id, ctx.now, { deleted })
    : refuse(asker, state.id, ctx.now, problem);
}
