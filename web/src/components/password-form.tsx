import { useState } from 'preact/hooks';
import { usePageStore } from '../state/store-context.ts';
import { TextField } from './text-field.tsx';
import { useOutcome } from './use-outcome.ts';

/** Another password for one's account. `name` is for the browser's password manager. */
export function PasswordForm({ name }: { readonly name: string }) {
  const { account } = usePageStore();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const { busy, outcome, run } = useOutcome('Your password is changed. You are signed out everywhere else.');
  const change = async (): Promise<void> => {
    const problem = await run(() => account.changePassword(current, next));
    if (problem !== null) return;
    setCurrent('');
    setNext('');
  };
  return (
    <details class="account-form">
      <summary data-testid="password">Change the password</summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void change();
        }}
      >
        <input
          class="visually-hidden"
          type="text"
          value={name}
          autoComplete="username"
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <TextField
          label="Current password"
          secret
          value={current}
          onValue={setCurrent}
          required
          autoComplete="current-password"
          testId="current-password"
        />
        <TextField
          label="New password"
          hint="8 to 128 characters."
          secret
          value={next}
          onValue={setNext}
          required
          minLength={8}
          maxLength={128}
          autoComplete="new-password"
          testId="new-password"
        />
        <button class="primary" type="submit" disabled={busy} data-testid="change-password">
          Change
        </button>
      </form>
      <p class="hint" role="status" data-testid="password-outcome">
        {outcome}
      </p>
    </details>
  );
}
