/**
 * What programs outside of this repository may import, as `hubbub/client` or from `/client.js`. docs/client.md lists it;
 * what isn't here may change at any time.
 */
export { ChatClient } from './chat-client.ts';
export { ChatError } from './chat-error.ts';
export { memoryGuestTokenStore } from './guest-token-store.ts';

export type {
  HistoryRange,
  ListPage,
  RequestArguments,
  RequestOptions,
  RequestType,
  SearchOptions,
  SendOptions,
} from './chat-client.ts';
export type { UnreadMessages } from './channel-unread.ts';
export type { ChatErrorOrigin } from './chat-error.ts';
export type { ChatOptions } from './chat-options.ts';
export type { ClientEvents, PresenceChange } from './client-events.ts';
export type { ClientSocket, ClientSocketClass } from './client-socket.ts';
export type { GapReason } from './log-session.ts';
export type { GuestTokenStore } from './guest-token-store.ts';
export type { TokenSource } from './identity.ts';
export type { Inbox } from './inbox.ts';
export type {
  Conversation,
  ConversationList,
  InboxEvent,
  InboxNews,
  OutgoingWhisper,
  Person,
  Receipts,
  SentWhisper,
  Unread,
  WhisperPage,
  WhisperRange,
} from './inbox-news.ts';
export type { ClientState, ConnectionClosed } from './link.ts';
export type { LogGap } from './log-teller.ts';
export type { ChannelView, Gap, JoinOptions } from './membership.ts';
export type { OutboxChange, OutgoingMessage, Sent } from './outbox.ts';
export type { KnownRequests, RequestData } from './request-types.ts';
export type { Roster } from './roster.ts';
export type { Cancel, Timers } from './timers.ts';
export type { TypingChange } from './typing-marks.ts';
export type { Welcome } from './connection.ts';

export type { ChannelSettings } from '../protocol/channel-settings.ts';
export type {
  ChannelMember,
  ChannelRole,
  ChannelSummary,
  JsonObject,
  ResumePoint,
  Role,
  User,
  UserRef,
} from '../protocol/entities.ts';
export type { ErrorCode, Failure } from '../protocol/errors.ts';
export type {
  ChannelDeleted,
  ChannelUpdated,
  ConnectionEvents,
  DeletedMessage,
  DurableEvent,
  DurableEvents,
  EmojiReactions,
  ForModerators,
  LogEvent,
  MemberAdded,
  MemberPardoned,
  MemberRole,
  MemberSanctioned,
  MemberShadowbanned,
  MemberUnshadowbanned,
  MessageCreated,
  MessageDeleted,
  MessageExtras,
  MessageUpdated,
  MessageVersion,
  PinChanged,
  Quote,
  Reacted,
  Replies,
  ServerFrame,
  ThreadSummary,
  VoidEvent,
} from '../protocol/events.ts';
export type {
  ConversationSummary,
  DeletedWhisper,
  InboxEvents,
  InboxSummary,
  MentionCreated,
  SupersededUpdate,
  WhisperCreated,
  WhisperDeleted,
  WhisperUpdated,
} from '../protocol/inbox-events.ts';
export type {
  AnalyticsMoment,
  AnalyticsPart,
  AnalyticsPoint,
  GatewayLoad,
  ShardLoad,
} from '../protocol/analytics.ts';
export type { HeldItem } from '../protocol/held-messages.ts';
export type {
  Report,
  ReportedMessage,
  ReportOutcome,
  ReportPage,
  ReportResolved,
  ReportState,
} from '../protocol/reports.ts';
export type { ChannelUnread, UnreadState } from '../protocol/unread.ts';
export type { WhisperPolicy } from '../protocol/whispers.ts';
