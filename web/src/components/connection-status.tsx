import { useEffect, useState } from 'preact/hooks';
import { CONNECTING, type LinkStatus, type PageState } from '../state/page-state.ts';
import { usePageStore, useSelected } from '../state/store-context.ts';
import { useOnline } from './use-online.ts';

const TICK_MS = 250;

const linkOf = (state: PageState): LinkStatus => (state.screen === 'chat' ? state.link : CONNECTING.link);

/** Whether the connection stands, in a word. */
export function ConnectionStatus() {
  const link = useSelected(linkOf);
  return (
    <p class="connection" role="status" data-state={link.kind} data-testid="connection">
      <span>
        {link.kind === 'online' ? 'Online' : link.kind === 'connecting' ? 'Connecting…' : 'Disconnected'}
      </span>
    </p>
  );
}

/** Why there is no connection, and when the next try is. It lies over the messages, so that nothing moves. */
export function ConnectionBanner() {
  const store = usePageStore();
  const link = useSelected(linkOf);
  const isOnline = useOnline();
  if (link.kind !== 'waiting') return null;
  return (
    <div class="banner" data-testid="connection-banner">
      <span role="status">{isOnline ? `${link.reason}.` : 'Your device is offline.'}</span>{' '}
      {/* The countdown isn't in the live region: nobody wants to hear every second of it. */}
      <Countdown until={link.retryAt} />
      <button type="button" data-testid="connect-now" onClick={() => store.connectNow()}>
        Try now
      </button>
    </div>
  );
}

function Countdown({ until }: { readonly until: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(1, Math.ceil((until - now) / 1000));
  return <span class="countdown">Trying again in {seconds} s.</span>;
}
