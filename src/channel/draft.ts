/** A message that is valid, on its way from its request to the log. */
import { refuse } from '../log/answers.ts';
import type { AppendEntry } from '../log/entry.ts';
import type { Waiter } from '../log/waiter.ts';
import type { JsonObject, Principal } from '../protocol/entities.ts';
import { begin } from './log-events.ts';
import { foundedBy } from './members.ts';
import { type Mentioned, mentionFields, NOBODY_MENTIONED, withMentionEntries } from './mention-entries.ts';
import { withMentions } from './mentions.ts';
import { modesFailure, noteWritten } from './modes.ts';
import { reply } from './replies.ts';
import { isShadowed } from './shadows.ts';
import type { ChannelState, Context, Effects } from './state.ts';

/** What is to be written. */
export interface Draft {
  readonly content: string;
  readonly clientMessageId?: string | undefined;
  readonly replyTo?: string | undefined;
  readonly meta?: JsonObject | undefined;
  /** `action`: it is what the author does. */
  readonly style?: 'action' | undefined;
  readonly from: Principal;
  readonly waiter: Waiter;
}

/**
 * JSON text of the `data` that the message `id` has; `root`: the top of the thread, where that isn't what it replies to,
 * `shadow`: its author, where others don't see it.
 */
export function draftData(
  id: string,
  draft: Draft,
  mentioned: Mentioned,
  root?: string,
  shadow?: string,
): string {
  const { content, clientMessageId, replyTo, meta, style, from } = draft;
  const fields = mentioned === NOBODY_MENTIONED ? undefined : mentionFields(mentioned);
  const author = { id: from.id, name: from.name };
  return JSON.stringify({
    id,
    content,
    author,
    clientMessageId,
    replyTo,
    root,
    meta,
    style,
    ...fields,
    shadow,
  });
}

/** Sends it to the log when it is known whom it mentions, or lets it wait for its twin that is on the way. */
export function appendDraft(state: ChannelState, draft: Draft, ctx: Context): Effects {
  const { content, clientMessageId, replyTo, from, waiter } = draft;
  const then = (mentioned: Mentioned, now: Context): Effects => {
    if (state.inFlight.join(from.id, clientMessageId, waiter)) return [];
    const unwanted = modesFailure(state, from, draft, now);
    if (unwanted !== null) return refuse(waiter, state.id, now.now, unwanted);
    const timestamp = now.now;
    if (state.settings.slowModeSeconds > 0) noteWritten(state, from.id, timestamp);
    const entryOf = (root?: string, isHidden = false): AppendEntry => {
      const id = now.newId();
      const shadow = isHidden || isShadowed(state, from, timestamp) ? from.id : undefined;
      const data = draftData(id, draft, mentioned, root, shadow);
      const seen = { log: state.log, id, type: 'message:created', sender: from.id, timestamp, data };
      const entry = shadow === undefined ? seen : { ...seen, shadow };
      const keyed = clientMessageId === undefined ? entry : { ...entry, clientMessageId };
      const author = { id: from.id, name: from.name };
      return withMentionEntries(state, keyed, { id, author, mentioned });
    };
    if (replyTo !== undefined) {
      return reply(state, { replyTo, sender: from, clientMessageId, waiter, entryOf }, now);
    }
    const whole = entryOf();
    return begin(state, state.exists ? whole : foundedBy(state, from, whole), waiter);
  };
  return withMentions(state, { content, from, waiter, then }, ctx);
}
