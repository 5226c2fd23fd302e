import { useContext } from 'preact/hooks';
import type { LoggedMessage } from '../state/logged-message.ts';
import { clockTime, fullTime } from '../text/format-time.ts';
import { OverlayContext } from './overlay.ts';
import { ReactionBar } from './reaction-bar.tsx';

interface MessageFooterProps {
  readonly roomId: string;
  readonly message: LoggedMessage;
  /** The reader's id. */
  readonly ownId: string;
}

/** What others have made of a message: reactions, replies, a pin. */
export function MessageFooter({ roomId, message, ownId }: MessageFooterProps) {
  const show = useContext(OverlayContext);
  const { id, reactions, thread, pinned } = message;
  return (
    <>
      {pinned === true && (
        <p class="edited" data-testid="pinned">
          pinned
        </p>
      )}
      {reactions !== undefined && <ReactionBar roomId={roomId} id={id} reactions={reactions} ownId={ownId} />}
      {thread !== undefined && (
        <button
          type="button"
          class="quiet thread-link"
          aria-haspopup="dialog"
          tabIndex={-1}
          title={fullTime(thread.lastAt)}
          data-testid="thread"
          onClick={() => show({ kind: 'thread', roomId, id })}
        >
          {thread.count === 1 ? '1 reply' : `${thread.count} replies`}, last at {clockTime(thread.lastAt)}
        </button>
      )}
    </>
  );
}
