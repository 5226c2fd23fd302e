import { useContext, useState } from 'preact/hooks';
import { correspondentId } from '../state/conversation.ts';
import type { Changeable } from '../state/message-changes.ts';
import { usePageStore } from '../state/store-context.ts';
import { Icon } from './icon.tsx';
import { OverlayContext } from './overlay.ts';
import { startAnswer } from './use-row-keys.ts';

interface MessageActionsProps {
  readonly roomId: string;
  /** Id of a message in it. */
  readonly id: string;
  readonly may: Changeable;
}

/** What one can do with a message. They are seen when the row is pointed at, or has the focus. */
export function MessageActions({ roomId, id, may }: MessageActionsProps) {
  const store = usePageStore();
  const show = useContext(OverlayContext);
  const [asking, setAsking] = useState(false);
  const isWhisper = correspondentId(roomId) !== null;
  const noun = isWhisper ? 'whisper' : 'message';
  const remove = async (): Promise<void> => {
    if (!asking) {
      setAsking(true);
      return;
    }
    // The button that has the focus goes with the text.
    document.getElementById('composer')?.focus();
    const problem = await store.changes.remove(roomId, id);
    if (problem !== null) store.showProblem(`The ${noun} could not be deleted: ${problem}`);
  };
  return (
    <div class="row-actions" data-asking={asking} onFocusOut={() => setAsking(false)}>
      {!isWhisper && (
        <>
          {/* A stop of the Tab key for each would be in its way: a message that is chosen has keys for them. */}
          <button
            type="button"
            class="quiet icon-button pointer-only"
            aria-label="React to this message"
            title="React (+)"
            tabIndex={-1}
            data-testid="react"
            onClick={() => show({ kind: 'react', roomId, id })}
          >
            <Icon name="emoji" />
          </button>
          <button
            type="button"
            class="quiet icon-button pointer-only"
            aria-label="Reply to this message"
            title="Reply (R)"
            tabIndex={-1}
            data-testid="reply"
            onClick={() => startAnswer(store, roomId, id)}
          >
            <Icon name="reply" />
          </button>
        </>
      )}
      {may === 'edit and delete' && (
        <button
          type="button"
          class="quiet icon-button"
          aria-label={`Edit this ${noun}`}
          title="Edit"
          data-testid="edit"
          onClick={() => store.changes.setEditing(roomId, id)}
        >
          <Icon name="edit" />
        </button>
      )}
      {may !== 'nothing' && (
        <button
          type="button"
          class="quiet icon-button"
          aria-label={asking ? undefined : `Delete this ${noun}`}
          title="Delete"
          data-testid="delete"
          onClick={() => void remove()}
        >
          {asking ? `Delete for ${isWhisper ? 'both' : 'all'}?` : <Icon name="delete" />}
        </button>
      )}
      {!isWhisper && (
        <button
          type="button"
          class="quiet icon-button"
          aria-label="More about this message"
          aria-haspopup="dialog"
          title="More (Enter)"
          tabIndex={-1}
          data-testid="more"
          onClick={() => show({ kind: 'message', roomId, id })}
        >
          <Icon name="more" />
        </button>
      )}
    </div>
  );
}
