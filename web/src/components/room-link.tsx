import { parameterOf } from '../state/page-address.ts';

interface RoomLinkProps {
  /** A channel's id, or the key of a conversation. */
  readonly id: string;
  readonly name: string;
  readonly isChannel: boolean;
  /** A second line of text, shown below the name where there is room for it. */
  readonly preview?: string;
  /** Shown when one points at it; may be empty. */
  readonly hint: string;
  readonly joined: boolean;
  readonly unread: number;
  /** Whether something unread names the reader, or is for them alone. */
  readonly urgent: boolean;
  /** How many of them name the reader, where they are counted. */
  readonly mentions?: number;
  readonly active: boolean;
  readonly onOpen: (roomId: string) => void;
}

const MOST_COUNTED = 99;

/** A room in a list, with what waits there. A link, so that it can be copied and opened in another tab. */
export function RoomLink(props: RoomLinkProps) {
  const { id, name, isChannel, preview, hint, joined, unread, urgent, mentions = 0, active, onOpen } = props;
  return (
    <a
      class="channel-link"
      href={`?${new URLSearchParams([parameterOf(id)]).toString()}`}
      aria-current={active ? 'page' : undefined}
      data-unread={unread > 0}
      data-joined={joined}
      title={hint === '' ? undefined : hint}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        onOpen(id);
      }}
    >
      <span class="channel-name">
        {isChannel && '#'}
        <bdi>{name}</bdi>
        {preview !== undefined && (
          <span class="preview">
            <bdi>{preview}</bdi>
          </span>
        )}
      </span>
      {mentions > 0 && (
        <span class="unread" data-mention="true" data-testid={`mentions-${id}`}>
          <span class="visually-hidden">mentions of you: </span>@
          {mentions > MOST_COUNTED ? `${MOST_COUNTED}+` : mentions}
        </span>
      )}
      {unread > 0 && (
        <span class="unread" data-mention={urgent} data-testid={`unread-${id}`}>
          <span class="visually-hidden">
            {isChannel && urgent ? 'unread, you are mentioned: ' : 'unread: '}
          </span>
          {unread > MOST_COUNTED ? `${MOST_COUNTED}+` : unread}
        </span>
      )}
    </a>
  );
}
