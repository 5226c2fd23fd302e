import { useMemo } from 'preact/hooks';
import type { UserRef } from '../../../src/protocol/entities.ts';
import type { ReceiptMark } from '../state/conversation.ts';
import type { Changeable } from '../state/message-changes.ts';
import type { LoggedRow, MessageRow } from '../state/message-rows.ts';
import { harmless } from '../text/bidi-controls.ts';
import { clockTime, dayName, fullTime } from '../text/format-time.ts';
import { authorHue } from './author-hue.ts';
import { JumpQuote } from './jump-quote.tsx';
import { MessageActions } from './message-actions.tsx';
import { MessageAvatar } from './message-avatar.tsx';
import { MessageFooter } from './message-footer.tsx';
import { LoggedText } from './logged-text.tsx';
import { PersonButton } from './person-button.tsx';
import { Receipt } from './receipt.tsx';

interface MessageRowProps {
  readonly row: LoggedRow;
  /** The author's picture, where one is known. */
  readonly picture: string | undefined;
  /** Whether one had stopped reading before it. */
  readonly isFirstUnread: boolean;
  /** Whether its author is somebody whom the reader has blocked. */
  readonly hidden: boolean;
  /** What became of it, where it is an own whisper that goes to somebody. */
  readonly receipt: ReceiptMark | null;
  /** The room that it stands in. */
  readonly roomId: string;
  readonly may: Changeable;
  /** The reader's id. */
  readonly ownId: string;
}

/** A message of the log, below its day and its author's name where these change. */
export function LoggedMessageRow(props: MessageRowProps) {
  const { row, picture, isFirstUnread, hidden, receipt, roomId, may, ownId } = props;
  // The same node again tells Preact that there is nothing to compare; most rows never change.
  return useMemo(() => {
    const { id, author, at, seq, quote, mentions, deleted = false } = row.message;
    return (
      // Of how many it is one isn't known, and would change on every row with each message.
      <div
        class="row"
        role="listitem"
        aria-posinset={seq}
        aria-setsize={-1}
        data-key={row.key}
        data-seq={seq}
        data-named={mentions?.some((person) => person.id === ownId)}
        tabIndex={-1}
      >
        {isFirstUnread && (
          <p class="unread-mark" data-testid="unread-mark">
            <span>New messages</span>
          </p>
        )}
        <RowHead row={row} author={author} at={at} picture={picture} />
        <div class="message" data-anchor data-testid="message">
          {quote !== undefined && !deleted && <JumpQuote roomId={roomId} quote={quote} />}
          <LoggedText message={row.message} hidden={hidden} />
        </div>
        {receipt !== null && !deleted && <Receipt mark={receipt} />}
        <MessageFooter roomId={roomId} message={row.message} ownId={ownId} />
        {!deleted && <MessageActions roomId={roomId} id={id} may={may} />}
      </div>
    );
  }, [row, picture, isFirstUnread, hidden, receipt, roomId, may, ownId]);
}

interface RowHeadProps {
  readonly row: MessageRow;
  readonly author: UserRef;
  /** ms since the epoch. */
  readonly at: number;
  readonly picture: string | undefined;
}

/** Day, author and time of a message; of one that goes on with what its author said, the eye sees only the text. */
export function RowHead({ row, author, at, picture }: RowHeadProps) {
  const time = (
    <time dateTime={new Date(at).toISOString()} title={fullTime(at)}>
      {clockTime(at)}
    </time>
  );
  return (
    <>
      {row.newDay && (
        <p class="day">
          <span>{dayName(at)}</span>
        </p>
      )}
      {row.startsRun ? (
        <p class="byline">
          <MessageAvatar user={author} picture={picture} />
          {/* The keyboard comes to people by the list of members; a stop for each name would be in its way. */}
          <PersonButton person={author} class="author-button" tabStop={false}>
            <bdi class="author" data-hue={authorHue(author.id)}>
              {harmless(author.name)}
            </bdi>
          </PersonButton>{' '}
          {time}
        </p>
      ) : (
        <p class="aside">
          <bdi class="visually-hidden">{harmless(author.name)}</bdi>
          {time}
        </p>
      )}
    </>
  );
}
