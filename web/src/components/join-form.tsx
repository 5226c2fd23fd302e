import { useState } from 'preact/hooks';
import { usePageStore } from '../state/store-context.ts';

/** Join a channel by its name; where the server allows it, an unknown one comes to be. */
export function JoinForm() {
  const store = usePageStore();
  const [name, setName] = useState('');
  return (
    <form
      class="join"
      onSubmit={(event) => {
        event.preventDefault();
        const channelId = name.trim().replace(/^#/u, '');
        if (channelId === '') return;
        setName('');
        void store.open(channelId);
      }}
    >
      <label class="visually-hidden" for="join-name">
        Join or create a channel
      </label>
      <input
        id="join-name"
        value={name}
        placeholder="Join or create…"
        autoComplete="off"
        autoCapitalize="none"
        spellcheck={false}
        data-testid="join-name"
        onInput={(event) => setName(event.currentTarget.value)}
      />
      <button type="submit" data-testid="join">
        Join
      </button>
    </form>
  );
}
