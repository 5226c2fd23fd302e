/** All that the page shows, as one immutable value, and the changes that several actions share. */
import type { ChannelSummary, User, UserRef } from '../../../src/protocol/entities.ts';
import { EMPTY_TIMELINE, type Timeline } from './timeline.ts';

/** Where the connection stands. `retryAt` in ms since the epoch. */
export type LinkStatus =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'online' }
  | { readonly kind: 'waiting'; readonly retryAt: number };

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
  readonly older: 'idle' | 'loading' | 'failed';
}

/** Signed out: the card with the three ways in. `notice` says why, where it wasn't asked for. */
export interface SignedOut {
  readonly screen: 'signed-out';
  readonly notice: string | null;
  readonly busy: boolean;
}

/** Signed in, or on the way there with an identity at hand. */
export interface SignedIn {
  readonly screen: 'chat';
  readonly user: User | null;
  readonly serverName: string;
  readonly link: LinkStatus;
  /** What the server lists. */
  readonly listed: readonly ChannelSummary[];
  readonly channels: Readonly<Record<string, ChannelState>>;
  readonly active: string | null;
  /** Something that didn't work and that the reader should know, in words. */
  readonly problem: string | null;
}

export type PageState = SignedOut | SignedIn;

/** The state right after an identity was chosen. */
export const CONNECTING: SignedIn = {
  screen: 'chat',
  user: null,
  serverName: 'Hubbub',
  link: { kind: 'connecting' },
  listed: [],
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
