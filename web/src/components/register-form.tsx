import { useState } from 'preact/hooks';
import { MAX_NAME_LENGTH } from '../../../src/protocol/limits.ts';
import { usePageStore } from '../state/store-context.ts';
import { TextField } from './text-field.tsx';

/** Make an account on this server. */
export function RegisterForm({ busy }: { readonly busy: boolean }) {
  const { signIn } = usePageStore();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [email, setEmail] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void signIn.register(username, password, email);
      }}
    >
      <TextField
        label="User name"
        value={username}
        onValue={setUsername}
        required
        maxLength={MAX_NAME_LENGTH}
        autoComplete="username"
        testId="register-name"
      />
      <TextField
        label="Password"
        hint="8 to 128 characters."
        secret
        value={password}
        onValue={setPassword}
        required
        minLength={8}
        maxLength={128}
        autoComplete="new-password"
        testId="register-password"
      />
      <TextField
        label="E-mail (optional)"
        inputMode="email"
        value={email}
        onValue={setEmail}
        autoComplete="email"
        testId="register-email"
      />
      <button class="primary" type="submit" disabled={busy} data-testid="register">
        Register
      </button>
    </form>
  );
}
