import { useState } from 'preact/hooks';
import type { ConversationState } from '../state/conversation.ts';
import { lastOf } from '../state/timeline-chunks.ts';
import { usePageStore } from '../state/store-context.ts';
import { Composer } from './composer.tsx';

interface EditComposerProps {
  readonly conversation: ConversationState;
  /** Id of an own whisper. */
  readonly id: string;
}

const NOBODY = { mentioned: [], whispered: [] };

/** Gives an own whisper another text, in the place where one writes new ones. */
export function EditComposer({ conversation, id }: EditComposerProps) {
  const { conversations } = usePageStore();
  const [initial] = useState(
    () => lastOf(conversation.timeline.messages, (one) => one.id === id)?.content ?? '',
  );
  const end = (): void => conversations.setEditing(conversation.id, null);
  return (
    <Composer
      label="Edit your whisper"
      placeholder="Edit your whisper"
      initial={initial}
      names={() => NOBODY}
      mayCut={false}
      onChange={() => undefined}
      onLeave={() => undefined}
      onSend={async ([content = '']) => {
        const problem = content === initial ? null : await conversations.edit(id, content);
        if (problem === null) end();
        return problem;
      }}
      onKey={(event) => {
        if (event.key !== 'Escape') return;
        // Escape elsewhere leads to the latest message.
        event.stopPropagation();
        end();
      }}
    >
      <p class="composer-note" data-testid="editing">
        <span>You are editing a whisper; Esc leaves it as it was.</span>
        <button type="button" class="quiet" data-testid="cancel-edit" onClick={end}>
          Cancel
        </button>
      </p>
    </Composer>
  );
}
