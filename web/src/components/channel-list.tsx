import type { ChannelChoice } from '../state/find-channels.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { RoomLink } from './room-link.tsx';
import type { ChannelSearchView } from './use-channel-search.ts';

interface ChannelListProps {
  readonly search: ChannelSearchView;
  readonly onOpen: (channelId: string) => void;
}

/** The channels that one is in, and those that the server has beside them; or what a search has found. */
export function ChannelList({ search, onOpen }: ChannelListProps) {
  const { directory } = usePageStore();
  const hasMore = useSelected((state) => state.screen === 'chat' && state.listedHasMore);
  const { text, choices, unknown } = search;
  if (text.trim() !== '') {
    return (
      <>
        <Section title="Found" channels={choices} testId="found-channels" onOpen={onOpen} />
        {choices.length === 0 && unknown === null && <p class="hint">No channel is called so.</p>}
        {unknown !== null && (
          <button type="button" class="channel-link" data-testid="join" onClick={() => onOpen(unknown)}>
            <span class="channel-name">
              Join <b>#{unknown}</b>
            </span>
          </button>
        )}
      </>
    );
  }
  const others = choices.filter(({ joined }) => !joined);
  return (
    <>
      <Section
        title="Your channels"
        channels={choices.filter(({ joined }) => joined)}
        testId="joined-channels"
        onOpen={onOpen}
      />
      {others.length > 0 && (
        <Section title="More channels" channels={others} testId="other-channels" onOpen={onOpen} />
      )}
      {hasMore && (
        <button type="button" class="quiet" data-testid="more-channels" onClick={() => void directory.more()}>
          Show more channels
        </button>
      )}
    </>
  );
}

interface SectionProps {
  readonly title: string;
  readonly channels: readonly ChannelChoice[];
  readonly testId: string;
  readonly onOpen: (channelId: string) => void;
}

function Section({ title, channels, testId, onOpen }: SectionProps) {
  const active = useSelected((state) => (state.screen === 'chat' ? state.active : null));
  return (
    <>
      <h2>{title}</h2>
      <ul data-testid={testId}>
        {channels.map((channel) => (
          <li key={channel.id}>
            <RoomLink
              {...channel}
              isChannel
              hint={channel.topic}
              urgent={channel.mentions > 0}
              mentions={channel.mentions}
              active={channel.id === active}
              onOpen={onOpen}
            />
          </li>
        ))}
      </ul>
    </>
  );
}
