import { useEffect, useState } from 'preact/hooks';
import type { Hindrance } from '../state/hindrance.ts';
import { clockTime, fullTime, timeLeft } from '../text/format-time.ts';

/** The time now, ms since the epoch, drawn anew each second until `until`. */
export function useNow(until: number | null): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (until === null || until <= Date.now()) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    // The second in which it ends must not be waited for.
    const end = setTimeout(() => setNow(Date.now()), until - Date.now());
    return () => {
      clearInterval(timer);
      clearTimeout(end);
    };
  }, [until]);
  return now;
}

/** Why one can't write here now. */
export function HindranceNote({ hindrance, now }: { readonly hindrance: Hindrance; readonly now: number }) {
  return (
    <p class="composer-note hindrance" data-kind={hindrance.kind} data-testid="hindrance">
      <HindranceWords hindrance={hindrance} now={now} />
    </p>
  );
}

interface MutedWordsProps {
  readonly until: number | null;
  readonly everywhere: boolean;
  readonly now: number;
}

function MutedWords({ until, everywhere, now }: MutedWordsProps) {
  const where = everywhere ? 'everywhere' : 'here';
  if (until === null) return <>A moderator has muted you {where}.</>;
  return (
    <>
      A moderator has muted you {where} until{' '}
      <time dateTime={new Date(until).toISOString()} title={fullTime(until)}>
        {clockTime(until)}
      </time>
      : <span class="countdown">{timeLeft(until - now)}</span> left.
    </>
  );
}

function HindranceWords({ hindrance, now }: { readonly hindrance: Hindrance; readonly now: number }) {
  switch (hindrance.kind) {
    case 'archived':
      return <>This channel is archived: it can be read, and nobody writes here.</>;
    case 'announcement':
      return <>Only moderators write here.</>;
    case 'muted':
      return <MutedWords {...hindrance} now={now} />;
    case 'slow':
      return (
        <>
          Slow mode: you can write again in{' '}
          <span class="countdown">{Math.max(1, Math.ceil((hindrance.until - now) / 1000))} s</span>.
        </>
      );
  }
}
