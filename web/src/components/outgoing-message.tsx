import type { OutgoingRow } from '../state/message-rows.ts';
import { usePageStore } from '../state/store-context.ts';
import { JumpQuote } from './jump-quote.tsx';
import { RowHead } from './message-row.tsx';
import { MessageText } from './message-text.tsx';

interface OutgoingMessageProps {
  readonly roomId: string;
  readonly row: OutgoingRow;
  readonly picture: string | undefined;
}

/** A message written here that isn't in the log yet. It stands as it will in the log, so that nothing moves then. */
export function OutgoingMessageView({ roomId, row, picture }: OutgoingMessageProps) {
  const store = usePageStore();
  const { clientMessageId, content, delivery, problem, at, quote } = row.message;
  return (
    <div
      class="row outgoing"
      role="listitem"
      data-key={row.key}
      data-delivery={delivery}
      data-testid="outgoing"
    >
      <RowHead row={row} author={row.author} at={at} picture={picture} />
      <div class="message" data-anchor>
        {quote !== undefined && <JumpQuote roomId={roomId} quote={quote} />}
        <MessageText content={content} />
      </div>
      {delivery === 'pending' && <p class="delivery waiting">Not sent yet…</p>}
      {delivery === 'failed' && (
        <p class="delivery">
          <span role="alert">Not sent: {problem}</span>
          <button
            type="button"
            class="quiet"
            data-testid="retry"
            onClick={() => void store.messages.retry(roomId, clientMessageId, content)}
          >
            Try again
          </button>
          <button
            type="button"
            class="quiet"
            data-testid="discard"
            onClick={() => store.messages.discard(roomId, clientMessageId)}
          >
            Discard
          </button>
        </p>
      )}
    </div>
  );
}
