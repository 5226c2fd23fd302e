/** All that the page shows, as one immutable value, and the changes that several actions share. */
import type { ChannelSummary, User, UserRef } from '../../../src/protocol/entities.ts';
import type { IssuerOffer } from './issuer-api.ts';
import { EMPTY_TIMELINE, type Timeline } from './timeline.ts';

/** Where the connection stands. `retryAt` in ms since the epoch; `reason`: why the last one ended, in words. */
export type LinkStatus =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'online' }
  | { readonly kind: 'waiting'; readonly retryAt: number; readonly reason: string };

/** A channel that this page is in. */
export interface ChannelState {
  readonly id: string;
  /** False until the first answer to the join. */
  readonly joined: boolean;
  readonly timeline: Timeline;
  readonly members: readonly UserRef[];
  /** May be more than `members` lists. */
  readonly memberCount: number;
  readonly typing: readonly UserRef[];
  /** Up to where messages count as read from the first. */
  readonly readSeq: number;
  /** Messages of others that came while nobody looked. */
  readonly unread: number;
  /** Those of them that name the reader. */
  readonly mentions: number;
  readonly older: 'idle' | 'loading' | 'failed';
}

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
  readonly active: string | null;
  /** Something that didn't work and that the reader should know, in words. */
  readonly problem: string | null;
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
  active: null,
  problem: null,
};

/** A channel before the answer to its join. */
export function newChannel(id: string): ChannelState {
  return {
    id,
    joined: false,
    timeline: EMPTY_TIMELINE,
    members: [],
    memberCount: 0,
    typing: [],
    readSeq: 0,
    unread: 0,
    mentions: 0,
    older: 'idle',
  };
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

/** What a channel is called: its name, where the server has told it. */
export function channelName(state: PageState, channelId: string): string {
  if (state.screen !== 'chat') return channelId;
  const isIt = (channel: ChannelSummary): boolean => channel.id === channelId;
  return (state.listed.find(isIt) ?? state.found?.items.find(isIt))?.name ?? channelId;
}

/** Takes a channel away; the one that stands first is shown instead of it. */
export function withoutChannel(state: PageState, channelId: string): PageState {
  if (state.screen !== 'chat') return state;
  const channels = Object.fromEntries(Object.entries(state.channels).filter(([id]) => id !== channelId));
  const active = state.active === channelId ? (Object.keys(channels)[0] ?? null) : state.active;
  return { ...state, channels, active };
}

/** `people` with `person`, once. */
export function withPerson(people: readonly UserRef[], person: UserRef): readonly UserRef[] {
  return people.some((one) => one.id === person.id) ? people : [...people, person];
}

/** `people` without `person`. */
export function withoutPerson(people: readonly UserRef[], person: UserRef): readonly UserRef[] {
  return people.filter((one) => one.id !== person.id);
}

/** Messages that wait to be read, over all channels. */
export function unreadTotal(state: PageState): number {
  if (state.screen !== 'chat') return 0;
  return Object.values(state.channels).reduce((total, channel) => total + channel.unread, 0);
}

/** Whether one of them names the reader. */
export function isMentioned(state: PageState): boolean {
  return state.screen === 'chat' && Object.values(state.channels).some((channel) => channel.mentions > 0);
}
