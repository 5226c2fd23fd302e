import { useState } from 'preact/hooks';
import { channelName, isBlocked } from '../state/page-state.ts';
import { knownChannels } from '../state/find-channels.ts';
import type { FoundPage } from '../state/message-search.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { ListedMessage } from './listed-message.tsx';
import { Modal } from './modal.tsx';
import { SelectField } from './select-field.tsx';
import { TextField } from './text-field.tsx';

/** Looks for messages, and leads to what was found. */
export function SearchDialog({ onClose }: { readonly onClose: () => void }) {
  const store = usePageStore();
  const page = useSelected((state) => (state.screen === 'chat' ? state : null));
  const [wish, setWish] = useState({ text: '', channelId: '', author: '' });
  const [answer, setAnswer] = useState<FoundPage | string | null>(null);
  const [busy, setBusy] = useState(false);
  const search = async (): Promise<void> => {
    setBusy(true);
    setAnswer(await store.search.find(wish, null));
    setBusy(false);
  };
  const more = async ({ found, next }: FoundPage): Promise<void> => {
    setBusy(true);
    const further = await store.search.find(wish, next);
    setAnswer(typeof further === 'string' ? further : { ...further, found: [...found, ...further.found] });
    setBusy(false);
  };
  const channels = page === null ? [] : knownChannels(page);
  const choices = [
    ['', 'All channels'] as const,
    ...channels.map(({ id, name }) => [id, `#${name}`] as const),
  ];
  const result = typeof answer === 'string' ? null : answer;
  return (
    <Modal title="Find messages" onClose={onClose} testId="search-dialog">
      <form
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          if (wish.text.trim() !== '') void search();
        }}
      >
        <TextField
          label="Words"
          hint='"two words" stand side by side; wor* begins so.'
          value={wish.text}
          onValue={(text) => setWish({ ...wish, text })}
          autofocus
          autoComplete="off"
          testId="search-text"
        />
        <div class="search-filters">
          <SelectField
            label="In"
            value={wish.channelId}
            choices={choices}
            onValue={(channelId) => setWish({ ...wish, channelId })}
            testId="search-channel"
          />
          <TextField
            label="By"
            value={wish.author}
            onValue={(author) => setWish({ ...wish, author })}
            autoComplete="off"
            testId="search-author"
          />
        </div>
        <div class="modal-actions">
          <button
            class="primary"
            type="submit"
            disabled={busy || wish.text.trim() === ''}
            data-testid="search-go"
          >
            Find
          </button>
        </div>
      </form>
      <p class="hint" role="status" data-testid="search-outcome">
        {busy
          ? 'Looking…'
          : typeof answer === 'string'
            ? answer
            : result?.found.length === 0
              ? 'Nothing was found.'
              : ''}
      </p>
      <ul class="listed" data-testid="found-messages">
        {result?.found.map(({ channelId, message }) => (
          <li key={message.id}>
            <ListedMessage
              message={message}
              hidden={isBlocked(store.state, message.author.id)}
              channel={channelName(store.state, channelId)}
            />
            <div class="modal-actions">
              <button
                type="button"
                class="quiet"
                data-testid="go-to-found"
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
      {result !== null && result.next !== null && (
        <button type="button" disabled={busy} data-testid="search-more" onClick={() => void more(result)}>
          Show more
        </button>
      )}
    </Modal>
  );
}
