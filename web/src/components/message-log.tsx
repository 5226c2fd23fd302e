import { useMemo } from 'preact/hooks';
import { groupMessages } from '../state/message-groups.ts';
import type { ChannelState } from '../state/page-state.ts';
import { usePageStore } from '../state/store-context.ts';
import { MessageGroupView } from './message-group.tsx';
import { OutgoingMessageView } from './outgoing-message.tsx';
import { useLogScroll } from './use-log-scroll.ts';

/** A channel's messages. It follows the newest until one scrolls up; older ones come when scrolled to. */
export function MessageLog({ channel }: { readonly channel: ChannelState }) {
  const store = usePageStore();
  const { messages, outgoing, hasOlder } = channel.timeline;
  const groups = useMemo(() => groupMessages(messages), [messages]);
  const { box, following, missed, onScroll, jumpToLatest } = useLogScroll(channel);
  return (
    <div class="log-frame">
      <div
        ref={box}
        class="log"
        role="log"
        aria-live="polite"
        aria-busy={channel.older === 'loading' || !channel.joined}
        aria-label={`Messages in #${channel.id}`}
        tabIndex={0}
        data-testid="log"
        onScroll={onScroll}
      >
        <div class="log-top">
          {channel.older === 'loading' && <p>Loading older messages…</p>}
          {channel.older === 'failed' && (
            <p>
              Older messages could not be loaded.{' '}
              <button type="button" class="quiet" onClick={() => void store.messages.loadOlder(channel.id)}>
                Try again
              </button>
            </p>
          )}
          {channel.joined && !hasOlder && <p data-testid="beginning">This is where #{channel.id} begins.</p>}
          {!channel.joined && <p>Joining…</p>}
        </div>
        <ol class="messages">
          {groups.map((group) => (
            <MessageGroupView key={group.key} group={group} />
          ))}
          {outgoing.map((message) => (
            <OutgoingMessageView key={message.clientMessageId} channelId={channel.id} message={message} />
          ))}
        </ol>
      </div>
      {!following && (
        <button type="button" class="jump" data-testid="jump" onClick={jumpToLatest}>
          {missed > 0 ? `Jump to latest (${missed} new)` : 'Jump to latest'}
        </button>
      )}
    </div>
  );
}
