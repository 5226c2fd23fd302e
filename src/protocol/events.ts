/** What the server sends, by `type`: the shape of each frame's `data`. */
import type { AnalyticsMoment, AnalyticsPart } from './analytics.ts';
import type { ChannelSettings } from './channel-settings.ts';
import type { ChannelMember, ChannelRole, ChannelSummary, JsonObject, User, UserRef } from './entities.ts';
import type { ErrorCode } from './errors.ts';
import type { HeldItem } from './held-messages.ts';
import type { InboxSummary, SupersededUpdate } from './inbox-events.ts';
import type { Report, ReportPage, ReportResolved } from './reports.ts';
import type { ChannelUnread, UnreadState } from './unread.ts';

/** Who reacted with one emoji, by id, in the order of coming. */
export interface EmojiReactions {
  readonly emoji: string;
  readonly users: readonly string[];
}

/** The head of a message that another one replies to, as it is now: at most 200 code points of its text. */
export interface Quote {
  readonly id: string;
  readonly author: UserRef;
  /** Left out of a deleted one. */
  readonly content?: string;
  readonly deleted?: true;
}

/** The replies below a message, those to replies too. */
export interface ThreadSummary {
  /** At least 1; deleted ones aren't counted. */
  readonly count: number;
  /** When the last one was sent, ms since the epoch. It may have been deleted since. */
  readonly lastAt: number;
}

/** What moderators alone are told of an event. */
export interface ForModerators {
  /** The id of whoever is the only one to see it beside moderators: their shadow ban hides it. Absent: everyone sees it. */
  readonly shadow?: string;
}

/** What is told of a message beside what was sent; each is left out where there is none. */
export interface MessageExtras {
  /** In the order in which the emoji came. */
  readonly reactions?: readonly EmojiReactions[];
  readonly quote?: Quote;
  readonly thread?: ThreadSummary;
}

/** `data` of `message:created`. */
export interface MessageCreated extends MessageExtras, ForModerators {
  readonly id: string;
  readonly content: string;
  readonly author: UserRef;
  readonly clientMessageId?: string;
  readonly replyTo?: string;
  /** Of a reply to a reply: the message at the top of its thread. */
  readonly root?: string;
  readonly meta?: JsonObject;
  /** What somebody does rather than says; absent: says. */
  readonly style?: 'action';
  /** Whom it mentions by name; left out where that is nobody. */
  readonly mentions?: readonly UserRef[];
  /** It mentions those who were present: a moderator wrote `@here`. */
  readonly here?: true;
  /** When its text was last changed, ms since the epoch; left out while it is the first. */
  readonly editedAt?: number;
}

/** `data` of a `message:created` that was deleted since. */
export interface DeletedMessage extends Pick<MessageExtras, 'thread'>, ForModerators {
  readonly id: string;
  readonly author: UserRef;
  readonly deleted: true;
  /** The message at the top of the thread that it was in. */
  readonly root?: string;
}

/** `data` of `message:updated`: the message has another text. */
export interface MessageUpdated extends ForModerators {
  readonly id: string;
  readonly content: string;
  /** ms since the epoch. */
  readonly editedAt: number;
  readonly author: UserRef;
  /** Whom it mentions now, as `message:created` tells it. */
  readonly mentions?: readonly UserRef[];
  readonly here?: true;
}

/** `data` of `message:deleted`. */
export interface MessageDeleted extends ForModerators {
  readonly id: string;
  /** Who deleted it: its author, or staff. */
  readonly by: UserRef;
  /** The message at the top of the thread that it was in, which has a reply less now. */
  readonly root?: string;
}

/** `data` of `reaction:added` and `reaction:removed`. */
export interface Reacted extends ForModerators {
  readonly messageId: string;
  /** An emoji, or a short code `:name:`. */
  readonly emoji: string;
  readonly user: UserRef;
}

/** `data` of `message:pinned` and `message:unpinned`. */
export interface PinChanged extends ForModerators {
  /** Of the message. */
  readonly id: string;
  readonly by: UserRef;
}

/** A text that a message had before it was edited. */
export interface MessageVersion {
  /** From 1. */
  readonly version: number;
  readonly content: string;
  /** ms since the epoch. */
  readonly replacedAt: number;
}

/** `data` of `member:kicked`, `member:muted` and `member:banned`. */
export interface MemberSanctioned {
  readonly user: UserRef;
  readonly by: UserRef;
  readonly reason?: string;
  /** ms since the epoch; left out where it has no end, and of a kick that is over with itself. */
  readonly until?: number;
}

/** `data` of `member:unmuted` and `member:unbanned`. */
export interface MemberPardoned {
  readonly user: UserRef;
  readonly by: UserRef;
}

/** `data` of `member:shadowbanned`, which is void for everyone but moderators. */
export interface MemberShadowbanned extends MemberSanctioned {
  readonly shadow: true;
}

/** `data` of `member:unshadowbanned`, which is void for everyone but moderators. */
export interface MemberUnshadowbanned extends MemberPardoned {
  readonly reason?: string;
  readonly shadow: true;
}

/** `data` of `member:added`: somebody was invited, or belongs to a public channel from when they came on. */
export interface MemberAdded {
  readonly user: UserRef;
  readonly role: ChannelRole;
  /** Left out where they came by themselves. */
  readonly by?: UserRef;
}

/** `data` of `member:role`. */
export interface MemberRole {
  readonly user: UserRef;
  readonly role: ChannelRole;
  readonly by: UserRef;
}

/** `data` of `channel:updated`: what is different from now on. */
export interface ChannelUpdated extends Partial<ChannelSettings> {
  readonly name?: string;
  /** Null: none any more. */
  readonly topic?: string | null;
  readonly description?: string | null;
  readonly private?: boolean;
  readonly position?: number;
  /** It stands before this channel in lists; null: behind those that have a place. */
  readonly before?: string | null;
  readonly by: UserRef;
}

/** `data` of `channel:deleted`. */
export interface ChannelDeleted {
  /** Left out where another server of the database did it. */
  readonly by?: UserRef;
  /** With all that was in it; else staff may bring it back. */
  readonly purged: boolean;
}

/** Durable events: each carries a `seq`, dense in its channel. */
export interface DurableEvents {
  'message:created': MessageCreated | DeletedMessage;
  'message:updated': MessageUpdated | SupersededUpdate;
  'message:deleted': MessageDeleted;
  'member:kicked': MemberSanctioned;
  'member:muted': MemberSanctioned;
  'member:unmuted': MemberPardoned;
  'member:banned': MemberSanctioned;
  'member:unbanned': MemberPardoned;
  'member:shadowbanned': MemberShadowbanned;
  'member:unshadowbanned': MemberUnshadowbanned;
  'member:added': MemberAdded;
  /** Somebody gave up that they belong to a private channel. */
  'member:left': { readonly user: UserRef };
  'member:role': MemberRole;
  'channel:updated': ChannelUpdated;
  'reaction:added': Reacted;
  'reaction:removed': Reacted;
  'message:pinned': PinChanged;
  'message:unpinned': PinChanged;
}

/** Events without `seq`; the newest counts, and they may be conflated. */
export interface EphemeralEvents {
  'typing:start': { readonly user: UserRef };
  'typing:stop': { readonly user: UserRef };
  'presence:join': { readonly user: UserRef };
  'presence:leave': { readonly user: UserRef };
  'presence:count': { readonly count: number };
  /** Somebody who is present has another name. */
  'presence:updated': { readonly user: UserRef };
  /** It is gone, and nobody is in it any more: told to those who were, and to its members. */
  'channel:deleted': ChannelDeleted;
  /** One has read more of the channel, by another connection. It needn't be in the channel. */
  'read:updated': UnreadState;
  /** To moderators: a message waits for them. */
  'held:created': HeldItem;
  /** To moderators and its author: it stands in the log now. */
  'held:approved': HeldReviewed & { readonly seq: number };
  /** To moderators and its author: it never will. */
  'held:rejected': HeldReviewed & { readonly reason?: string };
  /** To moderators who are in the channel. */
  'report:created': Report;
  /** To the one who made it, in the channel or not. */
  'report:resolved': ReportResolved;
}

/** What a moderator did with a message that waited. */
export interface HeldReviewed {
  readonly id: string;
  readonly clientMessageId?: string;
  readonly by: UserRef;
}

/** Frames about the connection itself. */
export interface ConnectionEvents {
  welcome: {
    readonly protocol: number;
    readonly connectionId: string;
    readonly server: { readonly id: string; readonly name: string };
    readonly user: User;
    readonly guestToken?: string;
    readonly heartbeatMs: number;
    readonly channels?: readonly ChannelSummary[];
    /** Left out where the store is slow; `inbox:state` follows. */
    readonly inbox?: InboxSummary;
  };
  channels: { readonly items: readonly ChannelSummary[]; readonly hasMore: boolean };
  /** One's own name, avatar or roles are others from now on. */
  'user:updated': { readonly user: User };
  /** What one hasn't read, of some channels: behind `welcome`, and as counts of channels that one isn't in move. */
  unread: { readonly channels: readonly ChannelUnread[] };

  /** Somebody made one a member of a channel. */
  'channel:invited': { readonly channel: ChannelSummary; readonly by: UserRef };
  /** The server's figures, to whoever asked for them: as they are, in parts, and then each second's. */
  'analytics:snapshot': AnalyticsPart;
  'analytics:update': AnalyticsMoment;
  'route:restarted': { readonly channels: readonly string[]; readonly inbox: boolean };
}

/** A durable event as it stands on the wire, live and in pages: told apart by `type`. */
export type DurableEvent<Type extends keyof DurableEvents = keyof DurableEvents> = {
  readonly [K in Type]: {
    readonly type: K;
    readonly channelId: string;
    readonly seq: number;
    readonly timestamp: number;
    readonly data: DurableEvents[K];
  };
}[Type];

/** A place whose content the reader may not see. */
export interface VoidEvent {
  readonly type: 'void';
  readonly channelId: string;
  readonly seq: number;
}

/** What a page of history holds. Types that this client doesn't know yet are kept. */
export type LogEvent = DurableEvent | VoidEvent;

/** Answers, by `type`. */
export interface Replies {
  ack: JsonObject;
  error: { readonly code: ErrorCode; readonly message: string; readonly retryAfterMs?: number };
  pong: JsonObject;
  'channel:joined': {
    readonly epoch: string;
    readonly seq: number;
    /** The first place that the log still has; left out where that is 1. */
    readonly floor?: number;
    readonly recovered: boolean | null;
    readonly hasMore: boolean;
    readonly events: readonly LogEvent[];
    readonly members: readonly UserRef[];
    readonly memberCount: number;
    /** Left out where nothing is set. */
    readonly settings?: ChannelSettings;
    /** One's own, where one is a member. */
    readonly role?: ChannelRole;
    /** One is muted in the channel: until then (ms since the epoch), or null without end. */
    readonly muted?: { readonly until: number | null };
  };
  /** Owners first; those who are members and no more aren't among them. */
  roles: { readonly items: readonly ChannelMember[]; readonly hasMore: boolean };
  held: { readonly items: readonly HeldItem[]; readonly hasMore: boolean };
  /** `seq`: its events tell the state after that one; `floor`: as in `channel:joined`. */
  history: {
    readonly seq: number;
    readonly floor?: number;
    readonly events: readonly LogEvent[];
    readonly hasMore: boolean;
  };
  /** The top of a thread, and replies, oldest first; `hasMore`: there are earlier ones. */
  thread: {
    readonly seq: number;
    readonly root: DurableEvent<'message:created'>;
    readonly events: readonly DurableEvent<'message:created'>[];
    readonly hasMore: boolean;
  };
  /** Pinned messages, the oldest pin first. */
  pins: {
    readonly seq: number;
    readonly events: readonly DurableEvent<'message:created'>[];
    readonly hasMore: boolean;
  };
  /** Oldest first; `hasMore`: there are earlier ones. */
  versions: { readonly items: readonly MessageVersion[]; readonly hasMore: boolean };
  /** Newest first; `next` is the `before` to go on with. */
  results: {
    readonly events: readonly DurableEvent<'message:created'>[];
    readonly hasMore: boolean;
    readonly next?: string;
  };
  reports: ReportPage;
  presence: { readonly members: readonly UserRef[]; readonly count: number; readonly hasMore: boolean };
}

/** Every frame that the server sends. */
export interface ServerFrame {
  readonly type: string;
  readonly ref?: string;
  readonly channelId?: string;
  readonly seq?: number;
  readonly timestamp?: number;
  readonly data?: unknown;
}

/** Every request that a client sends. */
export interface ClientFrame {
  readonly type: string;
  readonly ref?: string;
  readonly channelId?: string;
  readonly data?: unknown;
}
