import { useState } from 'preact/hooks';
import { usePageStore } from '../state/store-context.ts';
import { TextField } from './text-field.tsx';

/** Sign in with an account of this server. */
export function LogInForm({ busy }: { readonly busy: boolean }) {
  const { signIn } = usePageStore();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void signIn.logIn(name, password);
      }}
    >
      <TextField
        label="User name or e-mail"
        value={name}
        onValue={setName}
        required
        autoComplete="username"
        testId="log-in-name"
      />
      <TextField
        label="Password"
        secret
        value={password}
        onValue={setPassword}
        required
        autoComplete="current-password"
        testId="log-in-password"
      />
      <button class="primary" type="submit" disabled={busy} data-testid="log-in">
        Log in
      </button>
    </form>
  );
}
