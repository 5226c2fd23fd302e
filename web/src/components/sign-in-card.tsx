import { useState } from 'preact/hooks';
import { useSelected } from '../state/store-context.ts';
import { GuestForm } from './guest-form.tsx';
import { LogInForm } from './log-in-form.tsx';
import { RegisterForm } from './register-form.tsx';

const WAYS = [
  { id: 'guest', label: 'Guest', form: GuestForm },
  { id: 'log-in', label: 'Log in', form: LogInForm },
  { id: 'register', label: 'Register', form: RegisterForm },
] as const;

/** The three ways in, and why one is out where it wasn't one's own wish. */
export function SignInCard() {
  const notice = useSelected((state) => (state.screen === 'signed-out' ? state.notice : null));
  const busy = useSelected((state) => state.screen === 'signed-out' && state.busy);
  const [way, setWay] = useState<(typeof WAYS)[number]['id']>('guest');
  const Form = WAYS.find((one) => one.id === way)?.form ?? GuestForm;
  return (
    <main class="sign-in">
      <div class="card">
        <h1 class="brand">
          <img src="./favicon.svg" alt="" width="32" height="32" /> Hubbub
        </h1>
        <div class="ways" role="group" aria-label="How to come in">
          {WAYS.map(({ id, label }) => (
            <button
              key={id}
              type="button"
              aria-pressed={id === way}
              data-testid={`way-${id}`}
              onClick={() => setWay(id)}
            >
              {label}
            </button>
          ))}
        </div>
        {/* Always there, so that screen readers hear what comes into it. */}
        <p class="notice" role="alert" data-testid="notice">
          {notice}
        </p>
        <Form busy={busy} />
      </div>
    </main>
  );
}
