/** What {@link ChatClient.on} tells, by name. */
import type { ChannelSummary, User, UserRef } from '../protocol/entities.ts';
import type { DurableEvent, LogEvent, MessageCreated, ServerFrame } from '../protocol/events.ts';
import type { UnreadMessages } from './channel-unread.ts';
import type { ChatError } from './chat-error.ts';
import type { Welcome } from './connection.ts';
import type { ClientState, ConnectionClosed } from './link.ts';
import type { ChannelView, Gap } from './membership.ts';
import type { OutboxChange } from './outbox.ts';
import type { TypingChange } from './typing-marks.ts';

/** Who is present, or a change of it. `list` replaces what was known; it holds at most 100 of `count`. */
export type PresenceChange = { readonly channelId: string } & (
  | { readonly kind: 'list'; readonly members: readonly UserRef[]; readonly count: number }
  | { readonly kind: 'join'; readonly user: UserRef }
  | { readonly kind: 'leave'; readonly user: UserRef }
  /** Somebody who is present has another name. */
  | { readonly kind: 'update'; readonly user: UserRef }
  | { readonly kind: 'count'; readonly count: number }
);

/** Each event's payload. */
export interface ClientEvents {
  /** The client's state changed. */
  state: ClientState;
  /** A connection is ready. */
  welcome: Welcome;
  /** One's own name, avatar or roles are others from now on. */
  'user:updated': User;
  /** The channels that the server offers. */
  channels: readonly ChannelSummary[];
  /** A channel was joined, for the first time or after a reconnect; its events follow. */
  joined: ChannelView;
  /** A message of a joined channel: each once, in order of `seq`. Those that were deleted since aren't told. */
  message: DurableEvent<'message:created'> & { readonly data: MessageCreated };
  /** Every durable event of a joined channel, messages and voids among them: each once, in order of `seq`. */
  event: LogEvent;
  /** Places that no `event` will tell of. */
  gap: Gap;
  typing: TypingChange;
  presence: PresenceChange;
  outbox: OutboxChange;
  /** What one hasn't read, by channel. */
  unread: ReadonlyMap<string, UnreadMessages>;
  /** A connection, or a try to get one, ended. */
  closed: ConnectionClosed;
  /** Something failed that no promise tells of: the client stopped, a channel could not be joined again, … */
  error: ChatError;
  /** A frame that this client has no event for. */
  frame: ServerFrame;
}
