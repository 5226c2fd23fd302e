import { useState } from 'preact/hooks';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { UNKNOWN_OFFERS } from '../state/page-state.ts';
import { GuestForm } from './guest-form.tsx';
import { LogInForm } from './log-in-form.tsx';
import { RegisterForm } from './register-form.tsx';

const WAYS = [
  { id: 'guest', label: 'Guest', form: GuestForm },
  { id: 'log-in', label: 'Log in', form: LogInForm },
  { id: 'register', label: 'Register', form: RegisterForm },
] as const;

/** The ways in that the server offers, and why one is out where it wasn't one's own wish. */
export function SignInCard() {
  const { signIn } = usePageStore();
  const notice = useSelected((state) => (state.screen === 'signed-out' ? state.notice : null));
  const busy = useSelected((state) => (state.screen === 'signed-out' ? state.busy : null));
  const offers = useSelected((state) => (state.screen === 'signed-out' ? state.offers : UNKNOWN_OFFERS));
  const [chosen, setChosen] = useState<(typeof WAYS)[number]['id']>('guest');
  const offered = { guest: offers.guests, 'log-in': true, register: offers.registration };
  const ways = WAYS.filter(({ id }) => offered[id]);
  const way = ways.find(({ id }) => id === chosen) ?? ways[0];
  const Form = way?.form ?? LogInForm;
  return (
    <main class="sign-in">
      <div class="card">
        <h1 class="brand">
          <img src="./favicon.svg" alt="" width="36" height="36" />
          <span>{offers.serverName ?? 'Hubbub'}</span>
        </h1>
        {/* Always there, so that screen readers hear what comes into it. */}
        <p class="notice" role="alert" data-testid="notice">
          {notice}
        </p>
        {offers.issuers.length > 0 && (
          <>
            <div class="issuers">
              {offers.issuers.map((offer) => (
                <button
                  key={offer.issuer}
                  type="button"
                  disabled={busy !== null}
                  data-testid="issuer"
                  onClick={() => void signIn.withIssuer(offer)}
                >
                  Continue with <bdi>{offer.name}</bdi>
                </button>
              ))}
            </div>
            <p class="or">or</p>
          </>
        )}
        <div class="ways" role="group" aria-label="How to come in">
          {ways.map(({ id, label }) => (
            <button
              key={id}
              type="button"
              aria-pressed={id === way?.id}
              data-testid={`way-${id}`}
              onClick={() => setChosen(id)}
            >
              {label}
            </button>
          ))}
        </div>
        <Form busy={busy !== null} />
        <p class="hint busy" role="status" data-testid="busy">
          {busy}
        </p>
      </div>
    </main>
  );
}
