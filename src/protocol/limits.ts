/** Bounds and times of the wire contract (docs/SPEC.md). Lengths count Unicode code points unless the name says bytes. */

/** Protocol version that `welcome` names. */
export const PROTOCOL_VERSION = 1;
/** Largest inbound WebSocket message, bytes. */
export const MAX_FRAME_BYTES = 64 * 1024;
/** Most frames that one inbound message may be split into. */
export const MAX_FRAGMENTS = 64;
/** Longest `ref`, code points. */
export const MAX_REF_LENGTH = 64;
/** Longest message content, code points. */
export const MAX_CONTENT_LENGTH = 4_000;
/** Longest text of a quoted message, code points. */
export const MAX_QUOTE_LENGTH = 200;
/** Most different emoji, and most reactions, on one message. */
export const MAX_EMOJI_PER_MESSAGE = 20;
export const MAX_REACTIONS_PER_MESSAGE = 500;
/** Longest short code that one reacts with, between its colons. */
export const MAX_SHORT_CODE_LENGTH = 32;
/** Most pinned messages of a channel. */
export const MAX_PINS = 50;
/** Largest `meta`, bytes of its JSON text. */
export const MAX_META_BYTES = 4 * 1024;
/** Longest `clientMessageId`, UTF-16 code units. */
export const MAX_CLIENT_MESSAGE_ID_LENGTH = 128;
/** Longest reason of an act, UTF-16 code units. */
export const MAX_REASON_LENGTH = 500;
/** Longest display name, code points. */
export const MAX_NAME_LENGTH = 32;
/** Default and largest page of history or members. */
export const DEFAULT_PAGE_LIMIT = 50;
export const MAX_PAGE_LIMIT = 200;
/** Most events of a page whose `limit` counts messages. */
export const MAX_PAGE_EVENTS = 2_000;
/** Largest page of events, bytes of JSON; a page always holds at least one event. */
export const MAX_PAGE_BYTES = 256 * 1024;
/** The server pings every so many ms and drops a peer that was silent for two of them. */
export const HEARTBEAT_MS = 25_000;
/** Time to say who one is, ms. */
export const IDENTITY_TIMEOUT_MS = 10_000;
/** A typing mark ends by itself after so many ms. */
export const TYPING_TTL_MS = 6_000;
/** A user whose last connection broke is present for so many ms longer. */
export const PRESENCE_GRACE_MS = 5_000;
/** With more present users than this, joins and leaves turn into `presence:count`. */
export const LARGE_CHANNEL_PRESENT = 200;
/** `presence:count` comes at most once in so many ms. */
export const PRESENCE_COUNT_INTERVAL_MS = 1_000;
/** So many joins and leaves of a channel are told at once, then one an interval ... */
export const PRESENCE_BURST = 5;
export const PRESENCE_BURST_INTERVAL_MS = 5_000;
/** ... and others wait so long at most, to be told together. */
export const PRESENCE_PATIENCE_MS = 1_000;
/** Most members that `channel:joined` lists. */
export const MAX_LISTED_MEMBERS = 100;
/** Most conversations that the state of an inbox lists. */
export const MAX_LISTED_CONVERSATIONS = 100;
/** Messages of one author that wait for a moderator, in all channels together. */
export const MAX_HELD_MESSAGES = 20;
/** Most people whom one user blocks. */
export const MAX_BLOCKED_USERS = 1_000;
/** Most channels whose unread messages one user is told of by itself: those that were read last. */
export const MAX_FOLLOWED_CHANNELS = 100;
/** Unread messages and mentions of one channel are counted up to here. */
export const MAX_COUNTED_UNREAD = 1_000;
export const MAX_COUNTED_MENTIONS = 100;
/** Most people whom one message mentions by name ... */
export const MAX_MENTIONED_USERS = 20;
/** ... among so many names that are looked at, which nobody need have ... */
export const MAX_MENTION_CANDIDATES = 100;
/** ... and those who are present, by `@here`. */
export const MAX_MENTIONED_PRESENT = 100;

/** A channel's id: 1 to 64 of ASCII letters, digits and `_ - . :`. */
export const CHANNEL_ID_PATTERN = '^[A-Za-z0-9_.:-]{1,64}$';
const channelId = new RegExp(CHANNEL_ID_PATTERN);

/** Whether `text` can name a channel. */
export function isChannelId(text: string): boolean {
  return channelId.test(text);
}

/** Channels that may have a rate limit of their own: every gateway holds all of them. */
export const MAX_CHANNEL_LIMITS = 1_000;
