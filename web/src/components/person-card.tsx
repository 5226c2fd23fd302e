import type { UserRef } from '../../../src/protocol/entities.ts';
import { isBlocked, mayModerate, personName } from '../state/page-state.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { MessageAvatar } from './message-avatar.tsx';
import { Modal } from './modal.tsx';
import { SanctionForm } from './sanction-form.tsx';
import { useOutcome } from './use-outcome.ts';

interface PersonCardProps {
  readonly person: UserRef;
  /** The channel that it is about; null: the one that is shown. */
  readonly about: string | null;
  readonly onClose: () => void;
}

/** What one can do about a person: whisper to them, hear no more of them, and what moderators do. */
export function PersonCard({ person, about, onClose }: PersonCardProps) {
  const { conversations, privacy } = usePageStore();
  const own = useSelected((state) => (state.screen === 'chat' ? state.user : null));
  const blocked = useSelected((state) => isBlocked(state, person.id));
  const channelId = useSelected((state) => {
    const channel = about ?? (state.screen === 'chat' ? state.active : null);
    return channel !== null && mayModerate(state, channel) ? channel : null;
  });
  const { busy, outcome, run } = useOutcome('Done.');
  const isOneself = person.id === own?.id;
  return (
    <Modal title={personName(person)} onClose={onClose} testId="person-card">
      <p class="account-who">
        <MessageAvatar user={person} picture={isOneself ? own.avatar : undefined} />
        <span>{isOneself ? 'This is you.' : blocked ? 'You have blocked this person.' : ''}</span>
      </p>
      {!isOneself && (
        <p class="hint">
          Of people whom you block you get no whispers, and what they write in channels is hidden. They aren’t
          told.
        </p>
      )}
      {channelId !== null && !isOneself && (
        <SanctionForm channelId={channelId} person={person} run={run} busy={busy} />
      )}
      <p class="hint" role="status" data-testid="card-outcome">
        {outcome}
      </p>
      <div class="modal-actions">
        {!isOneself && (
          <button
            type="button"
            disabled={busy}
            data-testid={blocked ? 'unblock' : 'block'}
            onClick={() => void run(() => (blocked ? privacy.unblock(person) : privacy.block(person)))}
          >
            {blocked ? 'Unblock' : 'Block'}
          </button>
        )}
        <button
          type="button"
          class="primary"
          autofocus
          data-testid="whisper"
          onClick={() => {
            onClose();
            conversations.open(person);
          }}
        >
          {isOneself ? 'Write a note to yourself' : 'Whisper'}
        </button>
      </div>
    </Modal>
  );
}
