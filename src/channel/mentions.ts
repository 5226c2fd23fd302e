/**
 * Whom a text mentions. Names of people who are present are known at once; others are looked for in the store, and what the
 * same user writes meanwhile waits behind, so that it stays in order.
 */
import { refuse } from '../log/answers.ts';
import type { Waiter } from '../log/waiter.ts';
import { decide, RANKS, rankOf } from '../protocol/decide.ts';
import type { Principal, UserRef } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { MAX_MENTIONED_USERS } from '../protocol/limits.ts';
import { type MentionedNames, mentionedNames, NO_NAMES } from '../protocol/mentions.ts';
import { type Mentioned, NOBODY_MENTIONED } from './mention-entries.ts';
import type { ChannelState, Context, Effects } from './state.ts';

/** A valid text that its author writes, in a message or an edit. */
export interface WrittenText {
  readonly content: string;
  readonly from: Principal;
  readonly waiter: Waiter;
  /** Goes on when it is known whom it mentions. */
  readonly then: (mentioned: Mentioned, ctx: Context) => Effects;
}

const NOBODY_FOUND: ReadonlyMap<string, UserRef> = new Map();

/** Goes on with the text: at once, or behind what its author wrote before. */
export function withMentions(state: ChannelState, text: WrittenText, ctx: Context): Effects {
  const waiting = state.naming.size === 0 ? undefined : state.naming.get(text.from.id);
  if (waiting !== undefined) {
    waiting.push(text);
    return [];
  }
  const named = mentionedNames(text.content);
  if (named === NO_NAMES) return text.then(NOBODY_MENTIONED, ctx);
  const strangers = named.names.filter((name) => !state.presentNames.has(name));
  if (strangers.length === 0) return resolve(state, text, named, NOBODY_FOUND, ctx);
  state.naming.set(text.from.id, [text]);
  return [{ kind: 'findNames', names: strangers, author: text.from.id }];
}

/** Who has the names that `findNames` asked for, by the name; or why that isn't known. */
export function namesFound(
  state: ChannelState,
  author: string,
  found: ReadonlyMap<string, UserRef> | Failure,
  ctx: Context,
): Effects {
  const [first, ...behind] = state.naming.get(author) ?? [];
  state.naming.delete(author);
  if (first === undefined) return [];
  const effects =
    'code' in found
      ? refuse(first.waiter, state.id, ctx.now, found)
      : resolve(state, first, mentionedNames(first.content), found, ctx);
  // One of them may have to wait again, and those behind it with it.
  return [...effects, ...behind.flatMap((text) => withMentions(state, text, ctx))];
}

function resolve(
  state: ChannelState,
  { from, waiter, then }: WrittenText,
  { names, here }: MentionedNames,
  found: ReadonlyMap<string, UserRef>,
  ctx: Context,
): Effects {
  const users = new Map<string, UserRef>();
  for (const name of names) {
    const user = state.present.get(state.presentNames.get(name) ?? '')?.user ?? found.get(name);
    if (user !== undefined && mayBeMentioned(state, user, ctx)) users.set(user.id, user);
  }
  if (users.size > MAX_MENTIONED_USERS) {
    const problem = failure('bad_request', `a message mentions at most ${MAX_MENTIONED_USERS} people`);
    return refuse(waiter, state.id, ctx.now, problem);
  }
  const isModerator = rankOf(from.roles, state.members.get(from.id)?.role) >= RANKS.moderator;
  return then({ users: [...users.values()], here: here && isModerator }, ctx);
}

/** Whether the user may read what is said here, as far as that is known of somebody who isn't. */
function mayBeMentioned(state: ChannelState, { id }: UserRef, ctx: Context): boolean {
  return state.present.has(id) || decide({ id, guest: false, roles: [] }, 'read', state, ctx) === null;
}
