import { useEffect, useState } from 'preact/hooks';
import type { LoggedMessage } from '../state/logged-message.ts';
import { isBlocked, mayModerate } from '../state/page-state.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { ListedMessage } from './listed-message.tsx';
import { Modal } from './modal.tsx';

interface PinsDialogProps {
  readonly channelId: string;
  readonly onClose: () => void;
}

/** What moderators have pinned in a channel. */
export function PinsDialog({ channelId, onClose }: PinsDialogProps) {
  const store = usePageStore();
  const staff = useSelected((state) => mayModerate(state, channelId));
  const [pins, setPins] = useState<readonly LoggedMessage[] | string | null>(null);
  useEffect(() => {
    void store.acts.pins(channelId).then(setPins);
  }, []);
  const unpin = async (id: string): Promise<void> => {
    const problem = await store.acts.pin(channelId, id, false);
    if (problem !== null) setPins(problem);
    else setPins(await store.acts.pins(channelId));
  };
  return (
    <Modal title="Pinned messages" onClose={onClose} testId="pins-dialog">
      <p class="hint" role="status">
        {pins === null
          ? 'Loading…'
          : typeof pins === 'string'
            ? pins
            : pins.length === 0
              ? 'Nothing is pinned here.'
              : ''}
      </p>
      {Array.isArray(pins) && (
        <ul class="listed" data-testid="pins">
          {(pins as readonly LoggedMessage[]).map((message) => (
            <li key={message.id}>
              <ListedMessage message={message} hidden={isBlocked(store.state, message.author.id)} />
              <div class="modal-actions">
                {staff && (
                  <button
                    type="button"
                    class="quiet"
                    data-testid="unpin"
                    onClick={() => void unpin(message.id)}
                  >
                    Unpin
                  </button>
                )}
                <button
                  type="button"
                  class="quiet"
                  data-testid="go-to-pin"
                  onClick={() => {
                    onClose();
                    void store.places.show(channelId, message.seq);
                  }}
                >
                  Go there
                </button>
              </div>
            </li>
          ))}
        </ul>
      )}
    </Modal>
  );
}
