import type { Quote } from '../state/replies.ts';
import { isBlocked } from '../state/page-state.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { Icon } from './icon.tsx';
import { QuoteLine } from './quote-line.tsx';

interface JumpQuoteProps {
  readonly roomId: string;
  readonly quote: Quote;
}

/** What a message answers, above it; a click leads there. */
export function JumpQuote({ roomId, quote }: JumpQuoteProps) {
  const { places } = usePageStore();
  const hidden = useSelected((state) => isBlocked(state, quote.author.id));
  return (
    <button
      type="button"
      class="quiet quote"
      title="Go to the message that this answers"
      tabIndex={-1}
      data-testid="quote"
      onClick={() => void places.showMessage(roomId, quote.id)}
    >
      <Icon name="reply" />
      <span class="visually-hidden">In reply to </span>
      <span class="quote-text">
        <QuoteLine quote={quote} hidden={hidden} />
      </span>
    </button>
  );
}
