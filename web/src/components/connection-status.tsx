import { useEffect, useState } from 'preact/hooks';
import type { LinkStatus } from '../state/page-state.ts';
import { useSelected } from '../state/store-context.ts';

const TICK_MS = 250;
const CONNECTING: LinkStatus = { kind: 'connecting' };

/** The state of the connection, in words. */
export function ConnectionStatus() {
  const link = useSelected((state) => (state.screen === 'chat' ? state.link : CONNECTING));
  return (
    <div class="connection" data-state={link.kind} data-testid="connection">
      {/* The countdown isn't in the live region: nobody wants to hear every second of it. */}
      <span role="status">
        {link.kind === 'online' ? 'Online' : link.kind === 'connecting' ? 'Connecting…' : 'Disconnected'}
      </span>
      {link.kind === 'waiting' && <Countdown until={link.retryAt} />}
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
  return <span>, reconnecting in {seconds} s</span>;
}
