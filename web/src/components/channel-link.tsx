import type { ChannelChoice } from '../state/find-channels.ts';

interface ChannelLinkProps {
  readonly channel: ChannelChoice;
  readonly active: boolean;
  readonly onOpen: (channelId: string) => void;
}

const MOST_COUNTED = 99;

/** A channel in a list, with what waits there. A link, so that it can be copied and opened in another tab. */
export function ChannelLink({ channel, active, onOpen }: ChannelLinkProps) {
  const { id, name, topic, unread, mentions, joined } = channel;
  return (
    <a
      class="channel-link"
      href={`?channel=${encodeURIComponent(id)}`}
      aria-current={active ? 'page' : undefined}
      data-unread={unread > 0}
      data-joined={joined}
      title={topic === '' ? undefined : topic}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        onOpen(id);
      }}
    >
      <span class="channel-name">
        #<bdi>{name}</bdi>
      </span>
      {unread > 0 && (
        <span class="unread" data-mention={mentions > 0} data-testid={`unread-${id}`}>
          <span class="visually-hidden">{mentions > 0 ? 'unread, you are mentioned: ' : 'unread: '}</span>
          {unread > MOST_COUNTED ? `${MOST_COUNTED}+` : unread}
        </span>
      )}
    </a>
  );
}
