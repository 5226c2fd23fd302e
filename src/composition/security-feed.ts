/** Keeps what holds of tokens and users in step with the database: revocations, roles, profiles, signing keys. */
import { setTimeout as pause } from 'node:timers/promises';
import type { SecurityChanges, SecurityStore } from '../auth/ports.ts';
import type { Standings } from '../auth/standings.ts';

/** A change that another process made is seen after so many ms: well within the second that is promised. */
const FOLLOW_MS = 250;
/** What ended is forgotten about once a minute. */
const LOOKS_PER_TIDY = 240;
const EVERYTHING = -1;

/** What is told of changes; each is called when they hold already. */
export interface SecurityListener {
  /** Tokens were revoked, or users changed: open sessions have to be looked at again. */
  changed(changes: SecurityChanges): void;
  /** The signing keys are others now. */
  keysChanged(): Promise<void>;
}

/** Following, until stopped. */
export interface SecurityFeed {
  /** Resolves when everything that was committed before the call holds here, or the database doesn't answer. */
  catchUp(): Promise<void>;
  stop(): void;
}

/**
 * Takes in everything that is known, then looks for changes four times a second. Resolves only when the first look
 * succeeded: a server that doesn't know of the revocations must let nobody in. Null when `signal` ended the wait.
 */
export async function followSecurity(
  store: SecurityStore,
  standings: Pick<Standings, 'apply' | 'tidy'>,
  listener: SecurityListener,
  signal: AbortSignal,
): Promise<SecurityFeed | null> {
  let change = EVERYTHING;
  let keysChange = 0;
  let looks = 0;
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;
  let looking: Promise<boolean> = Promise.resolve(false);

  const look = async (): Promise<boolean> => {
    const found = await store.changesAfter(change, Date.now());
    if (!found.ok) return false;
    if (found.value === null) return true;
    const keysMoved = found.value.keysChange > keysChange;
    change = found.value.change;
    keysChange = found.value.keysChange;
    standings.apply(found.value);
    // Keys first: a session that goes on may bring a token of the new one.
    if (keysMoved) await listener.keysChanged();
    listener.changed(found.value);
    return true;
  };
  // One after the other: a look that began later has seen more.
  const lookNext = (): Promise<boolean> => {
    looking = looking.then(look);
    return looking;
  };
  const follow = async (): Promise<void> => {
    await lookNext();
    looks += 1;
    if (looks % LOOKS_PER_TIDY === 0) standings.tidy();
    if (!stopped) timer = setTimeout(() => void follow(), FOLLOW_MS);
  };

  while (!(await lookNext())) {
    if (!signal.aborted) await pause(FOLLOW_MS);
    if (signal.aborted) return null;
  }
  timer = setTimeout(() => void follow(), FOLLOW_MS);
  return {
    catchUp: async () => {
      await lookNext();
    },
    stop: () => {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
