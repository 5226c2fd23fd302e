import type { OutgoingMessage } from '../state/timeline.ts';
import { usePageStore } from '../state/store-context.ts';
import { MessageText } from './message-text.tsx';

interface OutgoingMessageProps {
  readonly channelId: string;
  readonly message: OutgoingMessage;
}

/** A message written here that isn't in the log yet. */
export function OutgoingMessageView({ channelId, message }: OutgoingMessageProps) {
  const store = usePageStore();
  const { clientMessageId, content, delivery, problem } = message;
  return (
    <li class="outgoing" data-delivery={delivery} data-testid="outgoing">
      <MessageText content={content} />
      {delivery === 'pending' && <p class="delivery">Not sent yet…</p>}
      {delivery === 'failed' && (
        <p class="delivery">
          <span role="alert">Not sent: {problem}</span>
          <button
            type="button"
            class="quiet"
            data-testid="retry"
            onClick={() => void store.messages.retry(channelId, clientMessageId, content)}
          >
            Try again
          </button>
          <button
            type="button"
            class="quiet"
            data-testid="discard"
            onClick={() => store.messages.discard(channelId, clientMessageId)}
          >
            Discard
          </button>
        </p>
      )}
    </li>
  );
}
