/**
 * What a mention is in the log: an entry in the inbox of whom it concerns, in the transaction of its message. It holds no
 * text, which is deleted with the message alone.
 */
import type { AppendEntry, LogEntry } from '../log/entry.ts';
import type { UserRef } from '../protocol/entities.ts';
import type { MessageCreated } from '../protocol/events.ts';
import type { MentionCreated } from '../protocol/inbox-events.ts';
import type { ChannelState } from './state.ts';

/** Whom a text mentions. */
export interface Mentioned {
  /** By name, in the order of the text. */
  readonly users: readonly UserRef[];
  /** Those who are present too. */
  readonly here: boolean;
  /** Who of them is told of it: nobody who blocks the author. Absent: nobody is told. */
  readonly told?: {
    readonly byName: readonly UserRef[];
    readonly present: readonly UserRef[];
  };
}

/** Nobody is mentioned. */
export const NOBODY_MENTIONED: Mentioned = Object.freeze({ users: Object.freeze([]), here: false });

/** What the event of a message tells of it, in `data`. */
export function mentionFields({ users, here }: Mentioned): {
  readonly mentions?: readonly UserRef[];
  readonly here?: true;
} {
  return { ...(users.length > 0 ? { mentions: users } : {}), ...(here ? { here } : {}) };
}

/** Whom a message mentions, by the `data` of its event or its edit's. */
export function mentionedIn(data: object): Mentioned {
  const { mentions = [], here }: Partial<MessageCreated> = data;
  return { users: mentions, here: here === true };
}

/** A message, or an edit of one, that mentions somebody. */
export interface MentioningMessage {
  readonly id: string;
  readonly author: UserRef;
  /** Whom it mentions now, and of an edit whom it did before. */
  readonly mentioned: Mentioned;
  readonly before?: Mentioned;
}

/** `entry`, that of the message or of its edit, with those of the mentions that are new. */
export function withMentionEntries(
  state: ChannelState,
  entry: AppendEntry,
  { id, author, mentioned, before }: MentioningMessage,
): AppendEntry {
  // Of what others don't see they aren't told.
  if (mentioned.told === undefined || entry.shadow !== undefined) return entry;
  const told = new Set([author.id, ...(before?.users ?? []).map((user) => user.id)]);
  // Another edit that isn't shown yet may mention the same people: one batch takes no two of a kind.
  const underWay = new Set(before === undefined ? [] : companionsUnderWay(state));
  // What tells a retry of the message tells one of the mention. No such key of a user's own holds a control character.
  const key = entry.clientMessageId === undefined ? `i${id}` : `c${entry.clientMessageId}`;
  const companions: LogEntry[] = [];
  const add = (user: UserRef, here: boolean): void => {
    const mentionId = `${id}:m:${user.id}`;
    if (told.has(user.id) || underWay.has(mentionId)) return;
    told.add(user.id);
    const data: MentionCreated = { id, channelId: state.id, author, ...(here ? { here } : {}) };
    companions.push({
      log: `inbox:${user.id}`,
      id: mentionId,
      type: 'mention:created',
      sender: author.id,
      clientMessageId: `${state.id}\x01${key}`,
      timestamp: entry.timestamp,
      data: JSON.stringify(data),
    });
  };
  for (const user of mentioned.told.byName) add(user, false);
  if (before?.here !== true) for (const user of mentioned.told.present) add(user, true);
  return companions.length === 0 ? entry : { ...entry, companions };
}

/** Ids of what is on its way into inboxes. */
function companionsUnderWay({ inFlight }: ChannelState): readonly string[] {
  return [...inFlight.entries()].flatMap(({ companions = [] }) => companions.map(({ id }) => id));
}
