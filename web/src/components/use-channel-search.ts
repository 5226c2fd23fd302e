/** Searching channels: what is known is filtered at once, and the server is asked for the rest a moment later. */
import { useEffect, useMemo, useState } from 'preact/hooks';
import {
  findChannels,
  isUnknownChannel,
  knownChannels,
  typedChannel,
  type ChannelChoice,
} from '../state/find-channels.ts';
import { CONNECTING } from '../state/page-state.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';

/** Nobody waits for an answer to a letter in the middle of a word, ms. */
const ASK_AFTER_MS = 200;

/** See the head of the file. */
export interface ChannelSearchView {
  readonly text: string;
  readonly setText: (text: string) => void;
  /** All known channels while nothing is typed. */
  readonly choices: readonly ChannelChoice[];
  /** The name of a channel that nobody knows of yet, to be joined or made; null: what was typed is none. */
  readonly unknown: string | null;
}

export function useChannelSearch(): ChannelSearchView {
  const { directory } = usePageStore();
  const [text, setText] = useState('');
  const channels = useSelected((state) => (state.screen === 'chat' ? state.channels : CONNECTING.channels));
  const listed = useSelected((state) => (state.screen === 'chat' ? state.listed : CONNECTING.listed));
  const found = useSelected((state) => (state.screen === 'chat' ? state.found : null));
  const counts = useSelected((state) => (state.screen === 'chat' ? state.counts : CONNECTING.counts));
  const wanted = typedChannel(text);
  useEffect(() => {
    const timer = setTimeout(() => void directory.search(wanted), ASK_AFTER_MS);
    return () => clearTimeout(timer);
  }, [wanted]);
  const known = useMemo(
    () => knownChannels({ channels, listed, found, counts }),
    [channels, listed, found, counts],
  );
  const choices = useMemo(() => (wanted === '' ? known : findChannels(known, wanted)), [known, wanted]);
  return { text, setText, choices, unknown: isUnknownChannel(known, wanted) ? wanted : null };
}
