/** What another program publishes into a channel: `PUBLISH channel:<id>` in Valkey (docs/SPEC.md, VALKEY rules). */
import type { JsonObject, UserRef } from './entities.ts';
import { isChannelId, MAX_FRAME_BYTES, MAX_NAME_LENGTH } from './limits.ts';
import { codePoints, contentProblem, hasControlCharacters, isStorable, isStorableJson } from './text.ts';

/** Valkey channels that are read begin so; the channel's id follows. */
export const PUBLISHED_PREFIX = 'channel:';
/** Largest envelope, bytes. */
export const MAX_PUBLISHED_BYTES = MAX_FRAME_BYTES;
/** Longest id of a message, and of a person, UTF-16 code units. */
const MAX_MESSAGE_ID = 64;
const MAX_PERSON_ID = 255;
const MAX_AVATAR_LENGTH = 2_048;

/** An author as such a program names them. */
export interface PublishedAuthor extends UserRef {
  readonly avatar?: string;
}

/** An envelope that was checked. `data`: what is passed on of its `data` as it came. */
export type PublishedEvent =
  | {
      readonly kind: 'created';
      readonly id: string;
      readonly content: string;
      readonly author: PublishedAuthor;
      readonly data: JsonObject;
    }
  | {
      readonly kind: 'updated';
      readonly id: string;
      readonly content: string;
      readonly data: JsonObject;
    }
  /** `by`: who deleted it; absent: its author. */
  | { readonly kind: 'deleted'; readonly id: string; readonly by?: UserRef }
  | {
      readonly kind: 'typing' | 'presence';
      /** They begin, or come; false: they stop, or leave. */
      readonly isOn: boolean;
      readonly user: PublishedAuthor;
      readonly data: JsonObject;
    };

/** What is wrong with an envelope; told in logs and figures. */
export type PublishedProblem = 'size' | 'json' | 'envelope' | 'channel' | 'type' | 'data';

/** Members of `data` that are never passed on: an address is nobody's business, and the others mean something here. */
const KEPT_BACK: ReadonlySet<string> = new Set([
  ...[
    'authorEmail',
    'userEmail',
    'author',
    'user',
    'by',
    'deleted',
    'shadow',
    'shadowEdit',
    'clientMessageId',
  ],
  ...['reactions', 'quote', 'thread', 'replyTo', 'root', 'mentions', 'here', 'editedAt', 'style', 'meta'],
]);

/** Checks what came on the Valkey channel `channel:<channelId>`. */
export function readPublished(channelId: string, text: string): PublishedEvent | PublishedProblem {
  if (!isChannelId(channelId)) return 'channel';
  let envelope: unknown;
  try {
    envelope = JSON.parse(text);
  } catch {
    return 'json';
  }
  if (!isObject(envelope) || typeof envelope['type'] !== 'string') return 'envelope';
  const { type, timestamp, data } = envelope;
  if (timestamp !== undefined && !(typeof timestamp === 'number' && Number.isFinite(timestamp)))
    return 'envelope';
  // Who may publish to one channel must not write in another one by what the envelope says.
  if (envelope['channelId'] !== channelId) return 'channel';
  if (!isObject(data)) return 'envelope';
  return eventOf(type, data);
}

function eventOf(type: string, data: JsonObject): PublishedEvent | PublishedProblem {
  switch (type) {
    case 'message:created':
      return created(data);
    case 'message:updated':
      return updated(data);
    case 'message:deleted':
      return deleted(data);
    case 'typing:start':
    case 'typing:stop':
      return sign('typing', type === 'typing:start', data);
    case 'presence:join':
    case 'presence:leave':
      return sign('presence', type === 'presence:join', data);
    default:
      return 'type';
  }
}

function created(data: JsonObject): PublishedEvent | PublishedProblem {
  const { id, content } = data;
  const author = person(data, 'author');
  const passedOn = passed(data);
  if (!isMessageId(id) || !isContent(content, data) || author === null || passedOn === null) return 'data';
  return { kind: 'created', id, content, author, data: passedOn };
}

function updated(data: JsonObject): PublishedEvent | PublishedProblem {
  const { id, content } = data;
  const passedOn = passed(data);
  if (!isMessageId(id) || !isContent(content, data) || passedOn === null) return 'data';
  return { kind: 'updated', id, content, data: passedOn };
}

function deleted(data: JsonObject): PublishedEvent | PublishedProblem {
  const { id } = data;
  if (!isMessageId(id)) return 'data';
  const author = person(data, 'author');
  // Nothing else of it: what was deleted must not come back with its deletion.
  return author === null
    ? { kind: 'deleted', id }
    : { kind: 'deleted', id, by: { id: author.id, name: author.name } };
}

function sign(
  kind: 'typing' | 'presence',
  isOn: boolean,
  data: JsonObject,
): PublishedEvent | PublishedProblem {
  const user = person(data, 'user');
  const passedOn = passed(data);
  return user === null || passedOn === null ? 'data' : { kind, isOn, user, data: passedOn };
}

/** Whoever `data` names by `<what>Id`, `<what>Name` and `<what>Avatar`; without a name that can be shown they go by their id. */
function person(data: JsonObject, what: 'author' | 'user'): PublishedAuthor | null {
  const id = data[`${what}Id`];
  if (!isPrintable(id, MAX_PERSON_ID)) return null;
  const written = data[`${what}Name`];
  const name = typeof written === 'string' ? shownName(written) : '';
  const avatar = data[`${what}Avatar`];
  return {
    id,
    name: name === '' ? shownName(id) : name,
    ...(isWebAddress(avatar) ? { avatar } : {}),
  };
}

function shownName(text: string): string {
  const name = text.toWellFormed().trim();
  if (hasControlCharacters(name)) return '';
  return codePoints(name) <= MAX_NAME_LENGTH
    ? name
    : Array.from(name.slice(0, 2 * MAX_NAME_LENGTH))
        .slice(0, MAX_NAME_LENGTH)
        .join('');
}

/** Null: it holds what no log can. */
function passed(data: JsonObject): JsonObject | null {
  const kept = Object.fromEntries(Object.entries(data).filter(([name]) => !KEPT_BACK.has(name)));
  return isStorableJson(JSON.stringify(kept)) ? kept : null;
}

function isMessageId(id: unknown): id is string {
  return isPrintable(id, MAX_MESSAGE_ID);
}

/** A text may be empty beside a picture. */
function isContent(content: unknown, { imageUrl }: JsonObject): content is string {
  if (typeof content !== 'string') return false;
  const problem = contentProblem(content);
  return problem === null || (problem === 'empty' && typeof imageUrl === 'string');
}

function isPrintable(text: unknown, most: number): text is string {
  return (
    typeof text === 'string' &&
    text.length > 0 &&
    text.length <= most &&
    isStorable(text) &&
    !hasControlCharacters(text)
  );
}

function isWebAddress(text: unknown): text is string {
  return typeof text === 'string' && text.length <= MAX_AVATAR_LENGTH && /^https?:\/\/[!-~]+$/.test(text);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What became of an event: `appended`, there before (`duplicate`), `told` to who is there, or why it was refused. */
export type PublishedOutcome =
  'appended' | 'duplicate' | 'told' | 'not_found' | 'conflict' | 'unavailable' | 'overloaded' | 'refused';
