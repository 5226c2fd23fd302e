import { useState } from 'preact/hooks';
import { MAX_NAME_LENGTH } from '../../../src/protocol/limits.ts';
import { usePageStore } from '../state/store-context.ts';
import { TextField } from './text-field.tsx';

/** Name yourself and come in. */
export function GuestForm({ busy }: { readonly busy: boolean }) {
  const { signIn } = usePageStore();
  const [name, setName] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        signIn.asGuest(name);
      }}
    >
      <TextField
        label="Your name"
        hint="Leave it empty and the server makes one up."
        value={name}
        onValue={setName}
        maxLength={MAX_NAME_LENGTH}
        autoComplete="nickname"
        testId="guest-name"
      />
      <button class="primary" type="submit" disabled={busy} data-testid="enter">
        Come in
      </button>
    </form>
  );
}
