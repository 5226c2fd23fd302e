import { useEffect } from 'preact/hooks';
import { useDashboard, useValue } from '../state/dashboard-context.ts';
import { Frame } from './frame.tsx';
import { SignIn } from './sign-in.tsx';
import { Status } from './status.tsx';

/** The dashboard: signed out, or in it. */
export function App() {
  const store = useDashboard();
  const state = useValue(store.state);
  const { serverName } = useValue(store.offers);
  const name = serverName ?? 'Hubbub';
  useEffect(() => {
    if (state.screen !== 'in') document.title = `Dashboard · ${name}`;
  }, [state.screen, name]);
  switch (state.screen) {
    case 'signed-out':
      return <SignIn notice={state.notice} busy={state.busy} />;
    case 'checking':
      return (
        <main class="sign-in">
          <div class="card">
            <h1 class="brand">Dashboard of {name}</h1>
            <Status problem={state.problem} onRetry={() => void store.check()} />
            {state.problem !== null && (
              <button type="button" onClick={() => void store.logOut()}>
                Log out
              </button>
            )}
          </div>
        </main>
      );
    case 'refused':
      return (
        <main class="sign-in">
          <div class="card" data-testid="refused">
            <h1 class="brand">Dashboard of {name}</h1>
            <p role="alert">
              <bdi>{state.name}</bdi>, your account is neither a moderator’s nor an administrator’s: the
              dashboard is for those alone. An administrator of this server can change that.
            </p>
            <button type="button" data-testid="log-out" onClick={() => void store.logOut()}>
              Log out
            </button>
          </div>
        </main>
      );
    case 'in':
      return <Frame staff={state.staff} serverName={name} />;
  }
}
