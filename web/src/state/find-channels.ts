/** Channels by what one types: those that are known already, best match first. */
import { isChannelId } from '../../../src/protocol/limits.ts';
import type { SignedIn } from './page-state.ts';

/** A channel to choose. */
export interface ChannelChoice {
  readonly id: string;
  readonly name: string;
  readonly topic: string;
  readonly joined: boolean;
  readonly unread: number;
  readonly mentions: number;
}

/** What can be chosen from. */
export type KnownChannels = Pick<SignedIn, 'channels' | 'listed' | 'found' | 'counts'>;

/** All channels that the page knows: those that one is in first, then those that mention one, each once. */
export function knownChannels({ channels, listed, found, counts }: KnownChannels): readonly ChannelChoice[] {
  const summaries = new Map([...listed, ...(found?.items ?? [])].map((summary) => [summary.id, summary]));
  const mentioning = Object.keys(counts).filter((id) => (counts[id]?.mentions ?? 0) > 0);
  const ids = new Set([...Object.keys(channels), ...mentioning, ...summaries.keys()]);
  return [...ids].map((id) => {
    const { unread = 0, mentions = 0 } = channels[id] ?? counts[id] ?? {};
    const { name = id, topic = '' } = summaries.get(id) ?? {};
    return { id, name, topic, joined: channels[id] !== undefined, unread, mentions };
  });
}

/** Those whose name or id holds `text`, without regard to case; exactly that first, then what begins so. */
export function findChannels(known: readonly ChannelChoice[], text: string): readonly ChannelChoice[] {
  const wanted = text.toLowerCase();
  const rank = ({ id, name }: ChannelChoice): number => {
    const places = [id.toLowerCase(), name.toLowerCase()];
    if (places.includes(wanted)) return 0;
    if (places.some((place) => place.startsWith(wanted))) return 1;
    return places.some((place) => place.includes(wanted)) ? 2 : 3;
  };
  return known
    .map((channel) => ({ channel, rank: rank(channel) }))
    .filter((one) => one.rank < 3)
    .sort((a, b) => a.rank - b.rank)
    .map(({ channel }) => channel);
}

/** What was typed, as the name of a channel that one may mean: without white space around and the # before. */
export function typedChannel(text: string): string {
  return text.trim().replace(/^#/u, '');
}

/** Whether `text` can name a channel that isn't among `choices`. */
export function isUnknownChannel(choices: readonly ChannelChoice[], text: string): boolean {
  return isChannelId(text) && !choices.some(({ id }) => id === text);
}
