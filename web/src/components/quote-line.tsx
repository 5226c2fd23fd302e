import type { Quote } from '../state/replies.ts';
import { harmless } from '../text/bidi-controls.ts';

interface QuoteLineProps {
  readonly quote: Quote;
  /** Whether its author is somebody whom the reader has blocked. */
  readonly hidden: boolean;
}

/** The head of a message that is answered, on one line. */
export function QuoteLine({ quote: { author, content, deleted }, hidden }: QuoteLineProps) {
  return (
    <>
      <bdi class="quote-author">{harmless(author.name)}</bdi>{' '}
      {deleted ? (
        <i>This message was deleted.</i>
      ) : hidden ? (
        <i>A message of somebody you blocked.</i>
      ) : (
        <bdi>{harmless(content)}</bdi>
      )}
    </>
  );
}
