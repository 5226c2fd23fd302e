import { useState } from 'preact/hooks';
import { TextField } from '../../src/components/text-field.tsx';
import { useDashboard, useValue } from '../state/dashboard-context.ts';

interface SignInProps {
  readonly notice: string | null;
  readonly busy: string | null;
}

/** The ways in, and why one is out where it wasn't one's own wish. */
export function SignIn({ notice, busy }: SignInProps) {
  const store = useDashboard();
  const { serverName, issuers } = useValue(store.offers);
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  return (
    <main class="sign-in">
      <div class="card">
        <h1 class="brand">
          <img src="./favicon.svg" alt="" width="36" height="36" />
          <span>Dashboard of {serverName ?? 'Hubbub'}</span>
        </h1>
        {/* Always there, so that screen readers hear what comes into it. */}
        <p class="notice" role="alert" data-testid="notice">
          {notice}
        </p>
        {issuers.length > 0 && (
          <>
            <div class="issuers">
              {issuers.map((offer) => (
                <button
                  key={offer.issuer}
                  type="button"
                  disabled={busy !== null}
                  data-testid="issuer"
                  onClick={() => void store.withIssuer(offer)}
                >
                  Continue with <bdi>{offer.name}</bdi>
                </button>
              ))}
            </div>
            <p class="or">or</p>
          </>
        )}
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void store.logIn(name, password);
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
          <button class="primary" type="submit" disabled={busy !== null} data-testid="log-in">
            Log in
          </button>
        </form>
        <p class="hint busy" role="status" data-testid="busy">
          {busy}
        </p>
      </div>
    </main>
  );
}
