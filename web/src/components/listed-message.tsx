import type { LoggedMessage } from '../state/logged-message.ts';
import { harmless } from '../text/bidi-controls.ts';
import { fullTime } from '../text/format-time.ts';
import { authorHue } from './author-hue.ts';
import { LoggedText } from './logged-text.tsx';

interface ListedMessageProps {
  readonly message: LoggedMessage;
  /** Whether the reader has asked not to see it. */
  readonly hidden: boolean;
  /** The channel that it is from, where that isn't plain. */
  readonly channel?: string;
}

/** A message in a list of its own: found, pinned, or in a thread. */
export function ListedMessage({ message, hidden, channel }: ListedMessageProps) {
  const { author, at } = message;
  return (
    <>
      <p class="listed-head">
        <bdi class="author" data-hue={authorHue(author.id)}>
          {harmless(author.name)}
        </bdi>{' '}
        {channel !== undefined && (
          <>
            in #<bdi>{channel}</bdi>{' '}
          </>
        )}
        <time dateTime={new Date(at).toISOString()}>{fullTime(at)}</time>
      </p>
      <div class="message">
        <LoggedText message={message} hidden={hidden} />
      </div>
    </>
  );
}
