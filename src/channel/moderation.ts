/**
 * What the rules of automod, and the setting `holdFirst`, make of a message before it goes to the log. What isn't sent may
 * be the retry of one that landed before there was anything against it: where it could be, the log is asked first.
 */
import { PASS, type Verdict } from '../automod/verdict.ts';
import { ack, refuse } from '../log/answers.ts';
import { decide, RANKS, rankOf } from '../protocol/decide.ts';
import type { Principal, UserRef } from '../protocol/entities.ts';
import { failure, type Failure } from '../protocol/errors.ts';
import { actEntry } from './acts.ts';
import { appendDraft, type Draft, draftData } from './draft.ts';
import type { Stop } from './held-asks.ts';
import { begin } from './log-events.ts';
import type { Mentioned } from './mention-entries.ts';
import { withMentions } from './mentions.ts';
import type { ChannelState, Context, Effects } from './state.ts';

/** Who mutes by a rule; no user has this id. */
export const AUTOMOD: UserRef = { id: 'automod', name: 'Automod' };

/** Why a first message waits. */
const FIRST_MESSAGE: Stop = { kind: 'hold', rule: { id: '', name: 'first message' } };
/** Users of a channel of whom it is remembered whether they wrote there. */
const MAX_KNOWN_SPEAKERS = 10_000;

/** Sends a draft: to the log, to a moderator, or back. */
export function moderate(state: ChannelState, draft: Draft, ctx: Context): Effects {
  const { content, clientMessageId, from } = draft;
  const verdict = judge(state, from, content, clientMessageId, ctx);
  switch (verdict.kind) {
    case 'pass':
      return state.settings.holdFirst ? unlessFirst(state, draft, ctx) : appendDraft(state, draft, ctx);
    case 'mask': {
      const masked = { ...draft, content: verdict.content };
      return state.settings.holdFirst ? unlessFirst(state, masked, ctx) : appendDraft(state, masked, ctx);
    }
    default:
      return stop(state, draft, verdict, ctx);
  }
}

/**
 * What becomes of an edit: the text that is to stand, masked where a rule says so, or the answer to it. No edit waits for
 * a moderator: what would is refused.
 */
export function moderateEdit(
  state: ChannelState,
  draft: Pick<Draft, 'content' | 'from' | 'waiter'>,
  ctx: Context,
): string | Effects {
  const verdict = judge(state, draft.from, draft.content, undefined, ctx);
  switch (verdict.kind) {
    case 'pass':
      return draft.content;
    case 'mask':
      return verdict.content;
    default:
      return carryOut(state, draft, verdict, ctx);
  }
}

/** Whether an earlier try of a message landed that isn't sent now: where, not (null), or why that isn't known. */
export function sentFound(
  state: ChannelState,
  { draft, stop: verdict }: { readonly draft: Draft; readonly stop: Stop },
  found: { readonly id: string; readonly seq: number } | Failure | null,
  ctx: Context,
): Effects {
  const { waiter } = draft;
  if (found === null) return holdOrRefuse(state, draft, verdict, ctx);
  if ('code' in found) return refuse(waiter, state.id, ctx.now, found);
  return ack(waiter, state.id, ctx.now, { id: found.id, seq: found.seq, duplicate: true });
}

/** Whether a user ever wrote here: what they sent meanwhile goes on, in its order. */
export function spokenFound(
  state: ChannelState,
  user: string,
  spoken: boolean | Failure,
  ctx: Context,
): Effects {
  const waiting = state.firsts.get(user) ?? [];
  state.firsts.delete(user);
  if (typeof spoken !== 'boolean') {
    return waiting.flatMap(({ waiter }) => refuse(waiter, state.id, ctx.now, spoken));
  }
  if (state.speakers.size >= MAX_KNOWN_SPEAKERS) state.speakers.clear();
  // It may have been shown meanwhile that they did.
  if (state.speakers.get(user) !== true) state.speakers.set(user, spoken);
  return waiting.flatMap((draft) => {
    const problem = decide(draft.from, 'message:send', state, ctx);
    if (problem !== null) return refuse(draft.waiter, state.id, ctx.now, problem);
    return unlessFirst(state, draft, ctx);
  });
}

function judge(
  state: ChannelState,
  from: Principal,
  content: string,
  key: string | undefined,
  { automod, mono }: Context,
): Verdict {
  if (automod.isIdle) return PASS;
  const role = state.members.get(from.id)?.role;
  const verdict = automod.judge(content, {
    channelId: state.id,
    roles: role === undefined ? from.roles : [...from.roles, role],
    earlier: (seconds) => state.recentTexts.count(from.id, content, mono - seconds * 1_000, key),
  });
  if (automod.repeatMs > 0) state.recentTexts.note(from.id, content, mono, key);
  return verdict;
}

function unlessFirst(state: ChannelState, draft: Draft, ctx: Context): Effects {
  const { from } = draft;
  if (rankOf(from.roles, state.members.get(from.id)?.role) >= RANKS.moderator) {
    return appendDraft(state, draft, ctx);
  }
  const waiting = state.firsts.get(from.id);
  if (waiting !== undefined) {
    waiting.push(draft);
    return [];
  }
  switch (state.speakers.get(from.id)) {
    case true:
      return appendDraft(state, draft, ctx);
    case false:
      return stop(state, draft, FIRST_MESSAGE, ctx);
    case undefined:
      state.firsts.set(from.id, [draft]);
      return [{ kind: 'held', ask: { kind: 'spoken', user: from.id } }];
  }
}

function stop(state: ChannelState, draft: Draft, verdict: Stop, ctx: Context): Effects {
  const { clientMessageId } = draft;
  if (clientMessageId === undefined) return holdOrRefuse(state, draft, verdict, ctx);
  return [{ kind: 'held', ask: { kind: 'sent', clientMessageId, draft, stop: verdict } }];
}

function holdOrRefuse(state: ChannelState, draft: Draft, verdict: Stop, ctx: Context): Effects {
  if (verdict.kind !== 'hold') return carryOut(state, draft, verdict, ctx);
  const { content, clientMessageId, from, waiter } = draft;
  const then = (mentioned: Mentioned, now: Context): Effects => {
    const id = now.newId();
    const message = {
      ...{ id, channelId: state.id, author: { id: from.id, name: from.name } },
      ...(clientMessageId === undefined ? {} : { clientMessageId }),
      ...{ data: draftData(id, draft, mentioned), reason: verdict.rule.name, at: now.now },
    };
    return [{ kind: 'held', ask: { kind: 'hold', message, waiter } }];
  };
  return withMentions(state, { content, from, waiter, then }, ctx);
}

function carryOut(
  state: ChannelState,
  { from, waiter }: Pick<Draft, 'from' | 'waiter'>,
  verdict: Stop,
  ctx: Context,
): Effects {
  const text = verdict.kind === 'hold' ? 'a moderator would have to see this first' : verdict.text;
  const refused = refuse(waiter, state.id, ctx.now, failure('blocked_content', text));
  return verdict.kind === 'mute' ? [...mute(state, { from, waiter }, verdict, ctx), ...refused] : refused;
}

/** One is enough, however many messages a flood brings before the mute is shown. */
function mute(
  state: ChannelState,
  { from: user, waiter }: Pick<Draft, 'from' | 'waiter'>,
  { seconds, text }: Extract<Stop, { readonly kind: 'mute' }>,
  ctx: Context,
): Effects {
  for (const { changes = [] } of state.inFlight.entries()) {
    if (changes.some((change) => change.kind === 'sanction' && change.sanction.user === user.id)) return [];
  }
  const entry = actEntry(state, user, { act: { kind: 'mute', reason: text, seconds }, from: AUTOMOD }, ctx);
  return begin(state, entry, { connection: waiter.connection, ref: undefined });
}
