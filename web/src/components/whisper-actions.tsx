import { useState } from 'preact/hooks';
import { usePageStore } from '../state/store-context.ts';
import { Icon } from './icon.tsx';

interface WhisperActionsProps {
  /** Key of the conversation. */
  readonly conversation: string;
  /** Id of an own whisper in it. */
  readonly id: string;
}

/** Editing and deleting an own whisper. They are seen when the row is pointed at, or has the focus. */
export function WhisperActions({ conversation, id }: WhisperActionsProps) {
  const store = usePageStore();
  const [asking, setAsking] = useState(false);
  const remove = async (): Promise<void> => {
    if (!asking) {
      setAsking(true);
      return;
    }
    // The button that has the focus goes with the text.
    document.getElementById('composer')?.focus();
    const problem = await store.conversations.remove(id);
    if (problem !== null) store.showProblem(`The whisper could not be deleted: ${problem}`);
  };
  return (
    <div class="row-actions" data-asking={asking} onFocusOut={() => setAsking(false)}>
      <button
        type="button"
        class="quiet icon-button"
        aria-label="Edit this whisper"
        title="Edit"
        data-testid="edit"
        onClick={() => store.conversations.setEditing(conversation, id)}
      >
        <Icon name="edit" />
      </button>
      <button
        type="button"
        class="quiet icon-button"
        aria-label={asking ? undefined : 'Delete this whisper'}
        title="Delete"
        data-testid="delete"
        onClick={() => void remove()}
      >
        {asking ? 'Delete for both?' : <Icon name="delete" />}
      </button>
    </div>
  );
}
