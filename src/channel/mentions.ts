/**
 * Whom a text mentions, and who of them is told. Names of people who are present are known at once; others are looked for in
 * the store, which also knows who blocks the author. What the same user writes meanwhile waits behind, so that it stays in
 * order.
 */
import { refuse } from '../log/answers.ts';
import type { Waiter } from '../log/waiter.ts';
import { decide, RANKS, rankOf } from '../protocol/decide.ts';
import type { Role, UserRef } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { MAX_MENTIONED_PRESENT, MAX_MENTIONED_USERS } from '../protocol/limits.ts';
import { type MentionedNames, mentionedNames, NO_NAMES } from '../protocol/mentions.ts';
import { type Mentioned, NOBODY_MENTIONED } from './mention-entries.ts';
import { listPresent } from './presence.ts';
import type { ChannelState, Context, Effects } from './state.ts';

/** A valid text that its author writes, in a message or an edit. */
export interface WrittenText {
  /** A text, or whom one mentions that was looked through before. */
  readonly content: string | Mentioned;
  readonly from: UserRef & { readonly roles: readonly Role[] };
  readonly waiter: Waiter;
  /** Goes on when it is known whom it mentions. */
  readonly then: (mentioned: Mentioned, ctx: Context) => Effects;
  /** Called before it is refused. */
  readonly lost?: () => void;
}

const NOBODY_FOUND: ReadonlyMap<string, UserRef> = new Map();

/** Goes on with the text: at once, or behind what its author wrote before. */
export function withMentions(state: ChannelState, text: WrittenText, ctx: Context): Effects {
  const waiting = state.naming.size === 0 ? undefined : state.naming.get(text.from.id);
  if (waiting !== undefined) {
    waiting.push(text);
    return [];
  }
  if (typeof text.content !== 'string') return askWhoHears(state, text, text.content, ctx);
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
  return goOn(state, author, ctx, (text) => {
    if ('code' in found) return refused(state, text, found, ctx);
    const named = typeof text.content === 'string' ? mentionedNames(text.content) : NO_NAMES;
    return resolve(state, text, named, found, ctx);
  });
}

/** Who of those whom `findBlockers` asked for blocks the author; or why that isn't known. */
export function blockersFound(
  state: ChannelState,
  author: string,
  mentioned: Mentioned,
  blockers: readonly string[] | Failure,
  ctx: Context,
): Effects {
  return goOn(state, author, ctx, (text) => {
    if ('code' in blockers) return refused(state, text, blockers, ctx);
    const { byName = [], present = [] } = mentioned.told ?? {};
    const hears = ({ id }: UserRef): boolean => !blockers.includes(id);
    const told = { byName: byName.filter(hears), present: present.filter(hears) };
    return text.then({ ...mentioned, told }, ctx);
  });
}

/** The author's text that waited for an answer goes on, and those behind it. */
function goOn(
  state: ChannelState,
  author: string,
  ctx: Context,
  answered: (text: WrittenText) => Effects,
): Effects {
  const [first, ...behind] = state.naming.get(author) ?? [];
  state.naming.delete(author);
  if (first === undefined) return [];
  const effects = answered(first);
  // It may wait for another answer, or one of those behind it, and those behind that with it.
  return [...effects, ...behind.flatMap((text) => withMentions(state, text, ctx))];
}

function refused(
  state: ChannelState,
  { waiter, lost }: WrittenText,
  problem: Failure,
  ctx: Context,
): Effects {
  lost?.();
  return refuse(waiter, state.id, ctx.now, problem);
}

function resolve(
  state: ChannelState,
  text: WrittenText,
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
    return refused(state, text, problem, ctx);
  }
  const { from } = text;
  const isModerator = rankOf(from.roles, state.members.get(from.id)?.role) >= RANKS.moderator;
  return askWhoHears(state, text, { users: [...users.values()], here: here && isModerator }, ctx);
}

/** Goes on when it is known who of the mentioned hears of the author at all; at once where there are no others. */
function askWhoHears(
  state: ChannelState,
  text: WrittenText,
  { users, here }: Mentioned,
  ctx: Context,
): Effects {
  const author = text.from.id;
  const others = (people: readonly UserRef[]): UserRef[] => people.filter(({ id }) => id !== author);
  const told = {
    byName: others(users),
    present: here ? others(listPresent(state, MAX_MENTIONED_PRESENT)) : [],
  };
  const among = [...new Set([...told.byName, ...told.present].map(({ id }) => id))];
  if (among.length === 0) return text.then({ users, here }, ctx);
  // Those behind it, if it waited before, come behind it again.
  state.naming.set(author, [text]);
  return [{ kind: 'findBlockers', among, author, mentioned: { users, here, told } }];
}

/** Whether the user may read what is said here, as far as that is known of somebody who isn't. */
function mayBeMentioned(state: ChannelState, { id }: UserRef, ctx: Context): boolean {
  return state.present.has(id) || decide({ id, guest: false, roles: [] }, 'read', state, ctx) === null;
}
