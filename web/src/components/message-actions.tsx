import { useState } from 'preact/hooks';
import { correspondentId } from '../state/conversation.ts';
import type { Changeable } from '../state/message-changes.ts';
import { usePageStore } from '../state/store-context.ts';
import { Icon } from './icon.tsx';

interface MessageActionsProps {
  readonly roomId: string;
  /** Id of a message in it. */
  readonly id: string;
  readonly may: Changeable;
}

/** Editing and deleting a message. They are seen when the row is pointed at, or has the focus. */
export function MessageActions({ roomId, id, may }: MessageActionsProps) {
  const store = usePageStore();
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
    </div>
  );
}
