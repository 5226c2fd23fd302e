/** All that the page shows, as one immutable value, and the changes that several actions share. */
import type { ChannelRole, ChannelSummary, User, UserRef } from '../../../src/protocol/entities.ts';
import { isStaff } from '../../../src/protocol/permissions.ts';
import type { ConversationState } from './conversation.ts';
import { UNRESTRICTED, type Restrictions } from './hindrance.ts';
import type { IssuerOffer } from './issuer-api.ts';
import { newRoom, type RoomState } from './room.ts';

/** Where the connection stands. `retryAt` in ms since the epoch; `reason`: why the last one ended, in words. */
export type LinkStatus =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'online' }
  | { readonly kind: 'waiting'; readonly retryAt: number; readonly reason: string };

/** A channel that this page is in. */
export interface ChannelState extends RoomState, Restrictions {
  readonly kind: 'channel';
  readonly members: readonly UserRef[];
  /** May be more than `members` lists. */
  readonly memberCount: number;
  readonly typing: readonly UserRef[];
  /** Unread messages that name the reader. */
  readonly mentions: number;
  /** Up to where the server says that the reader has read; null: it has said nothing. */
  readonly markSeq: number | null;
  /** What is told of the log up to here is told as it was at this place: when one joined last. */
  readonly pageSeq: number;
  /** How many reports came in since the reader has looked at them. */
  readonly newReports: number;
  /** What the reader is here, where that is known. */
  readonly role: ChannelRole | null;
}

/** What can be shown: the log of a channel, or of a conversation. */
export type Room = ChannelState | ConversationState;

/** The ways in that this server offers, as far as is known. */
export interface SignInOffers {
  readonly serverName: string | null;
  readonly guests: boolean;
  readonly registration: boolean;
  readonly issuers: readonly IssuerOffer[];
}

/** Signed out: the card with the ways in. `notice` says why, where it wasn't asked for. */
export interface SignedOut {
  readonly screen: 'signed-out';
  readonly notice: string | null;
  /** What one waits for, in words; null: nothing. */
  readonly busy: string | null;
  readonly offers: SignInOffers;
}

/** Where to sign in: a guest of this server, an account of it, or someone whom an issuer knows. */
export interface IdentityKind {
  readonly kind: 'guest' | 'account' | 'issuer';
  /** For people; empty but for issuers. */
  readonly issuerName: string;
}

/** Something to be told, in words; with the room that it is about, where that is another one. */
export interface Told {
  readonly text: string;
  readonly roomId: string | null;
}

/** Messages of others that one hasn't read, and those of them that mention one. */
export interface ChannelCounts {
  readonly unread: number;
  readonly mentions: number;
}

/** Channels by what was typed into the search. */
export interface ChannelSearch {
  readonly prefix: string;
  readonly items: readonly ChannelSummary[];
}

/** Signed in, or on the way there with an identity at hand. */
export interface SignedIn {
  readonly screen: 'chat';
  readonly identity: IdentityKind;
  readonly user: User | null;
  readonly serverName: string;
  readonly link: LinkStatus;
  /** What the server lists, as far as it was asked for. */
  readonly listed: readonly ChannelSummary[];
  readonly listedHasMore: boolean;
  /** What the server found for the newest search. */
  readonly found: ChannelSearch | null;
  readonly channels: Readonly<Record<string, ChannelState>>;
  /** By their keys, in no order. */
  readonly conversations: Readonly<Record<string, ConversationState>>;
  /** Whose messages one doesn't want to see: ids of users. */
  readonly blocked: ReadonlySet<string>;
  /** The room that is shown: a channel's id or the key of a conversation. */
  readonly active: string | null;
  /** Something that didn't work and that the reader should know, in words. */
  readonly problem: string | null;
  /** What the server counts of the channels that one follows, in them or not. */
  readonly counts: Readonly<Record<string, ChannelCounts>>;
  /** Something that worked, or came about elsewhere, and isn't seen otherwise. */
  readonly told: Told | null;
}

export type PageState = SignedOut | SignedIn;

/** What is offered where the server doesn't say otherwise. */
export const UNKNOWN_OFFERS: SignInOffers = {
  serverName: null,
  guests: true,
  registration: true,
  issuers: [],
};

/** The state right after an identity was chosen. */
export const CONNECTING: SignedIn = {
  screen: 'chat',
  identity: { kind: 'guest', issuerName: '' },
  user: null,
  serverName: 'Hubbub',
  link: { kind: 'connecting' },
  listed: [],
  listedHasMore: false,
  found: null,
  channels: {},
  conversations: {},
  blocked: new Set(),
  active: null,
  problem: null,
  counts: {},
  told: null,
};

/** A channel before the answer to its join. */
export function newChannel(id: string): ChannelState {
  return {
    ...newRoom(id),
    ...UNRESTRICTED,
    kind: 'channel',
    members: [],
    memberCount: 0,
    typing: [],
    mentions: 0,
    markSeq: null,
    pageSeq: 0,
    newReports: 0,
    role: null,
  };
}

/** A channel or a conversation that the page holds. */
export function roomOf(state: PageState, roomId: string): Room | undefined {
  return state.screen === 'chat' ? (state.channels[roomId] ?? state.conversations[roomId]) : undefined;
}

/** All channels and conversations that the page holds. */
export function roomsOf(state: SignedIn): readonly Room[] {
  return [...Object.values(state.channels), ...Object.values(state.conversations)];
}

/** Changes what a channel and a conversation have in common; nothing happens to a room that the page doesn't hold. */
export function withRoom(
  state: PageState,
  roomId: string,
  change: (room: RoomState) => Partial<RoomState>,
): PageState {
  const withChange = <R extends RoomState>(room: R): R => ({ ...room, ...change(room) });
  return withConversation(withChannel(state, roomId, withChange), roomId, withChange);
}

/** Changes one channel; nothing happens to one that the page isn't in. */
export function withChannel(
  state: PageState,
  channelId: string,
  change: (channel: ChannelState) => ChannelState,
): PageState {
  if (state.screen !== 'chat') return state;
  const channel = state.channels[channelId];
  if (channel === undefined) return state;
  return { ...state, channels: { ...state.channels, [channelId]: change(channel) } };
}

/** Changes one conversation; nothing happens to one that the page doesn't hold. */
export function withConversation(
  state: PageState,
  key: string,
  change: (conversation: ConversationState) => ConversationState,
): PageState {
  if (state.screen !== 'chat') return state;
  const conversation = state.conversations[key];
  if (conversation === undefined) return state;
  return { ...state, conversations: { ...state.conversations, [key]: change(conversation) } };
}

/** What is read and counts no more. */
export function withoutUnread(state: PageState, channelId: string): PageState {
  return withChannel(state, channelId, (channel) => ({ ...channel, unread: 0, mentions: 0 }));
}

/** What a channel is called: its name, where the server has told it. */
export function channelName(state: PageState, channelId: string): string {
  if (state.screen !== 'chat') return channelId;
  const isIt = (channel: ChannelSummary): boolean => channel.id === channelId;
  return (state.listed.find(isIt) ?? state.found?.items.find(isIt))?.name ?? channelId;
}

/** What a room is called: a channel with a # before its name, a conversation after the other one. */
export function roomTitle(state: PageState, room: Room): string {
  return room.kind === 'channel' ? `#${channelName(state, room.id)}` : personName(room.with);
}

/** What somebody is called whose name may not be known yet. */
export function personName({ name }: UserRef): string {
  return name === '' ? 'Somebody' : name;
}

/** Takes a channel away; the one that stands first is shown instead of it. */
export function withoutChannel(state: PageState, channelId: string): PageState {
  if (state.screen !== 'chat') return state;
  const channels = Object.fromEntries(Object.entries(state.channels).filter(([id]) => id !== channelId));
  const active = state.active === channelId ? (Object.keys(channels)[0] ?? null) : state.active;
  return { ...state, channels, active };
}

/** Whether one doesn't want to see what this user writes. */
export function isBlocked(state: PageState, userId: string): boolean {
  return state.screen === 'chat' && state.blocked.has(userId);
}

/** Whether the reader looks after what others write in a room. */
export function mayModerate(state: PageState, roomId: string): boolean {
  if (state.screen !== 'chat' || state.user === null) return false;
  const role = state.channels[roomId]?.role;
  return role !== undefined && (isStaff(state.user) || role === 'moderator' || role === 'owner');
}

/** Channels of the page that the reader looks after. */
export function moderatedChannels(state: PageState): readonly string[] {
  if (state.screen !== 'chat') return [];
  return Object.keys(state.channels).filter((channelId) => mayModerate(state, channelId));
}

/** Whether the reader has reports to look at. */
export function mayHandleReports(state: PageState): boolean {
  if (state.screen !== 'chat' || state.user === null) return false;
  return isStaff(state.user) || moderatedChannels(state).length > 0;
}

/** Reports that came in since the reader has looked at them, in all channels that they look after. */
export function newReports(state: PageState): number {
  if (state.screen !== 'chat') return 0;
  return moderatedChannels(state).reduce((sum, id) => sum + (state.channels[id]?.newReports ?? 0), 0);
}

/** `people` with `person`, once. */
export function withPerson(people: readonly UserRef[], person: UserRef): readonly UserRef[] {
  return people.some((one) => one.id === person.id) ? people : [...people, person];
}

/** `people` without `person`. */
export function withoutPerson(people: readonly UserRef[], person: UserRef): readonly UserRef[] {
  return people.filter((one) => one.id !== person.id);
}

/** Messages that wait to be read, over all channels and conversations; of channels that one isn't in, mentions alone. */
export function unreadTotal(state: PageState): number {
  if (state.screen !== 'chat') return 0;
  return roomsOf(state).reduce((total, room) => total + room.unread, mentionsElsewhere(state));
}

/** Whether one of them names the reader, or is for them alone. */
export function isMentioned(state: PageState): boolean {
  if (state.screen !== 'chat') return false;
  if (mentionsElsewhere(state) > 0) return true;
  return roomsOf(state).some((room) => (room.kind === 'channel' ? room.mentions : room.unread) > 0);
}

/** In channels that one isn't in. */
function mentionsElsewhere({ channels, counts }: SignedIn): number {
  return Object.entries(counts).reduce(
    (total, [id, { mentions }]) => total + (channels[id] === undefined ? mentions : 0),
    0,
  );
}
