import { useState } from 'preact/hooks';
import type { LoggedMessage } from '../state/logged-message.ts';
import { harmless } from '../text/bidi-controls.ts';
import { fullTime } from '../text/format-time.ts';
import { MessageText } from './message-text.tsx';

interface LoggedTextProps {
  readonly message: LoggedMessage;
  /** Whether the reader has asked not to see it. */
  readonly hidden: boolean;
}

/** What a message says, or why it says nothing. */
export function LoggedText({ message, hidden }: LoggedTextProps) {
  const [wanted, setWanted] = useState(false);
  const { content, editedAt, deleted, action, shadowed } = message;
  if (deleted === true) {
    return (
      <p class="no-text" data-testid="deleted">
        This message was deleted.
      </p>
    );
  }
  if (hidden && !wanted) {
    return (
      <p class="no-text" data-testid="hidden">
        A message of somebody you blocked.{' '}
        <button type="button" class="quiet" data-testid="show-hidden" onClick={() => setWanted(true)}>
          Show
        </button>
      </p>
    );
  }
  return (
    <>
      {action === true ? (
        <div class="action" data-testid="action">
          <bdi>{harmless(message.author.name)}</bdi> <MessageText content={content} />
        </div>
      ) : (
        <MessageText content={content} />
      )}
      {editedAt !== undefined && (
        <p class="edited" title={fullTime(editedAt)} data-testid="edited">
          edited
        </p>
      )}
      {shadowed === true && (
        <p class="edited" data-testid="shadowed">
          hidden from others
        </p>
      )}
    </>
  );
}
