import { useState } from 'preact/hooks';
import type { Room } from '../state/page-state.ts';
import { lastOf } from '../state/timeline-chunks.ts';
import { usePageStore } from '../state/store-context.ts';
import { Composer } from './composer.tsx';

interface EditComposerProps {
  readonly room: Room;
  /** Id of an own message. */
  readonly id: string;
}

const NOBODY = { mentioned: [], whispered: [] };

/** Gives an own message another text, in the place where one writes new ones. */
export function EditComposer({ room, id }: EditComposerProps) {
  const { changes } = usePageStore();
  const noun = room.kind === 'channel' ? 'message' : 'whisper';
  const [initial] = useState(() => lastOf(room.timeline.messages, (one) => one.id === id)?.content ?? '');
  const end = (): void => changes.setEditing(room.id, null);
  return (
    <Composer
      label={`Edit your ${noun}`}
      placeholder={`Edit your ${noun}`}
      initial={initial}
      names={() => NOBODY}
      mayCut={false}
      onChange={() => undefined}
      onLeave={() => undefined}
      onSend={async ([content = '']) => {
        const problem = content === initial ? null : await changes.edit(room.id, id, content);
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
        <span>You are editing a {noun}; Esc leaves it as it was.</span>
        <button type="button" class="quiet" data-testid="cancel-edit" onClick={end}>
          Cancel
        </button>
      </p>
    </Composer>
  );
}
