/**
 * What a shadow ban keeps from others, and the form in which each reader gets an event (docs/adr/0025). An event is held in
 * one form, the full one: whatever of it isn't for everyone has a name that begins with `shadow`.
 */
import type { DeletedMessage, EmojiReactions, MessageCreated, MessageExtras, Quote } from './events.ts';
import type { ThreadSummary } from './events.ts';

/** Who reads. */
export interface Reader {
  readonly id: string;
  /** They look after the channel. */
  readonly seesAll: boolean;
}

/** Somebody who isn't the author of anything, and looks after nothing. */
export const ANYBODY: Reader = { id: '', seesAll: false };

/** Who sees a hidden event beside moderators: the user of that id, or (`true`) nobody. */
export type Shadow = string | true;

/** How much of an event isn't for everyone. */
export type Shadowed = 'no' | 'partly' | 'wholly';

/** `shadow`: those of `users` whose reaction isn't for everyone. */
export interface HeldReactions extends EmojiReactions {
  readonly shadow?: readonly string[];
}

/** `shadow`: hidden replies by their author, beside those that are counted for everyone, which may be none. */
export interface HeldThread extends ThreadSummary {
  readonly shadow?: Readonly<Record<string, ThreadSummary>>;
}

/** `shadow`: the quoted message is hidden; `shadowContent`: its text as its author and moderators see it. */
export interface HeldQuote extends Quote {
  readonly shadow?: true;
  readonly shadowContent?: string;
}

/** A text that only its author and moderators see, of a message that everyone sees. */
export type ShadowEdit = Pick<MessageCreated, 'content' | 'mentions' | 'here'> & {
  readonly editedAt: number;
};

/** {@link MessageExtras} in full. */
export interface HeldExtras {
  readonly reactions?: readonly HeldReactions[];
  readonly quote?: HeldQuote;
  readonly thread?: HeldThread;
}

/** `data` of a `message:created` in full. */
export type HeldMessageData =
  | (Omit<MessageCreated, keyof MessageExtras> & HeldExtras & { readonly shadowEdit?: ShadowEdit })
  | (Omit<DeletedMessage, 'thread'> & Pick<HeldExtras, 'thread'>);

const MARK = '"shadow';

/** Whether something in JSON text may not be for everyone: `false` is certain, a text may hold the mark by chance. */
export function mayBeShadowed(json: string): boolean {
  return json.includes(MARK);
}

/** How much of an event with that `data` isn't for everyone. */
export function shadowedIn(data: string): Shadowed {
  if (!mayBeShadowed(data)) return 'no';
  return shadowOf(data) === undefined ? 'partly' : 'wholly';
}

/** Whom an event with that `data` is hidden for; undefined: it isn't hidden. */
export function shadowOf(data: string): Shadow | undefined {
  return mayBeShadowed(data) ? (JSON.parse(data) as { readonly shadow?: Shadow }).shadow : undefined;
}

/** Whether the reader sees what is hidden for `shadow`. */
export function sees({ id, seesAll }: Reader, shadow: Shadow | undefined): boolean {
  return seesAll || shadow === undefined || shadow === id;
}

/** Everyone who gets another form of the event than anybody, and another one than moderators do. */
export function ownersIn(data: string): ReadonlySet<string> {
  const { shadow, shadowEdit, author, user, reactions, thread, quote } = JSON.parse(data) as AnyData;
  const owners = new Set<string>();
  if (shadow === true && user !== undefined) owners.add(user.id);
  if (typeof shadow === 'string') owners.add(shadow);
  if (shadowEdit !== undefined && author !== undefined) owners.add(author.id);
  for (const { shadow: users = [] } of reactions ?? []) for (const id of users) owners.add(id);
  for (const id of Object.keys(thread?.shadow ?? {})) owners.add(id);
  if (quote?.shadow !== undefined || quote?.shadowContent !== undefined) owners.add(quote.author.id);
  return owners;
}

/** What the reader gets of an event's `data`; null: its place is void. */
export function dataFor(type: string, data: string, reader: Reader): string | null {
  const held = JSON.parse(data) as AnyData;
  const { shadow, ...rest } = held;
  // Nobody is told of their own shadow ban, whatever they are by now.
  if (!sees(reader, shadow) || (shadow === true && held.user?.id === reader.id)) return null;
  const mark = shadow !== undefined && isMarkedFor(reader, shadow) ? { shadow } : {};
  return JSON.stringify(
    type === 'message:created' ? { ...messageDataFor(rest, reader), ...mark } : { ...rest, ...mark },
  );
}

/** Moderators are told what others don't see, but for what they sent themselves. */
function isMarkedFor({ id, seesAll }: Reader, shadow: Shadow): boolean {
  return seesAll && shadow !== id;
}

/** The `data` of a message that the reader sees, as they get it. */
export function messageFor(data: string, reader: Reader): string {
  return mayBeShadowed(data) ? (dataFor('message:created', data, reader) ?? data) : data;
}

/** What may stand in `data` of a durable event, as far as it matters here. */
type AnyData = HeldExtras & {
  readonly shadow?: Shadow;
  readonly shadowEdit?: ShadowEdit;
  readonly author?: { readonly id: string };
  readonly user?: { readonly id: string };
};

function messageDataFor(data: AnyData, reader: Reader): object {
  const { shadowEdit, reactions, quote, thread, ...stored } = data;
  const { author } = stored;
  const isEdited = shadowEdit !== undefined && author !== undefined && sees(reader, author.id);
  const extras = {
    reactions: reactionsFor(reactions, reader),
    quote: quoteFor(quote, reader),
    thread: threadFor(thread, reader),
  };
  if (!isEdited) return { ...stored, ...extras };
  // Whom the other text mentions goes with it.
  const others = { ...stored, mentions: undefined, here: undefined };
  return {
    ...others,
    ...shadowEdit,
    ...extras,
    ...(isMarkedFor(reader, author.id) ? { shadow: author.id } : {}),
  };
}

function reactionsFor(
  reactions: readonly HeldReactions[] | undefined,
  reader: Reader,
): readonly EmojiReactions[] | undefined {
  const seen = reactions
    ?.map(({ emoji, users, shadow = [] }) => ({
      emoji,
      users: users.filter((user) => !shadow.includes(user) || sees(reader, user)),
    }))
    .filter(({ users }) => users.length > 0);
  return seen?.length === 0 ? undefined : seen;
}

function quoteFor(quote: HeldQuote | undefined, reader: Reader): Quote | undefined {
  if (quote === undefined) return undefined;
  const { shadow, shadowContent, ...shown } = quote;
  const isSeen = sees(reader, quote.author.id);
  if (shadow !== undefined && !isSeen) return undefined;
  return shadowContent !== undefined && isSeen ? { ...shown, content: shadowContent } : shown;
}

function threadFor(thread: HeldThread | undefined, reader: Reader): ThreadSummary | undefined {
  if (thread === undefined) return undefined;
  const { shadow = {}, ...forAll } = thread;
  const hidden = Object.entries(shadow).filter(([author]) => sees(reader, author));
  const parts = [forAll, ...hidden.map(([, part]) => part)];
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  return count === 0 ? undefined : { count, lastAt: Math.max(...parts.map(({ lastAt }) => lastAt)) };
}

const NO_REPLIES: HeldThread = { count: 0, lastAt: 0 };

/** A reply more, sent at `at` (ms since the epoch); `author`: its author, where it isn't for everyone. */
export function withReply(thread: HeldThread | undefined, at: number, author?: string): HeldThread {
  const before = thread ?? NO_REPLIES;
  const part = author === undefined ? before : (before.shadow?.[author] ?? NO_REPLIES);
  return withPart(before, { count: part.count + 1, lastAt: Math.max(part.lastAt, at) }, author);
}

/** A reply less. Where none is left that anybody sees, nothing is left. */
export function withoutReply(thread: HeldThread | undefined, author?: string): HeldThread | undefined {
  const part = author === undefined ? thread : thread?.shadow?.[author];
  if (thread === undefined || part === undefined) return thread;
  const now = withPart(thread, { count: Math.max(0, part.count - 1), lastAt: part.lastAt }, author);
  const parts = [now, ...Object.values(now.shadow ?? {})];
  return parts.some(({ count }) => count > 0) ? now : undefined;
}

function withPart(thread: HeldThread, { count, lastAt }: HeldThread, author: string | undefined): HeldThread {
  if (author === undefined) return { ...thread, count, lastAt };
  return { ...thread, shadow: { ...thread.shadow, [author]: { count, lastAt } } };
}
