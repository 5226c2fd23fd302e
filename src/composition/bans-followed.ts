/** Who is banned from everywhere, for a thread that has to know nothing else of rights. */
import { HeldSanctions } from '../auth/held-sanctions.ts';
import type { SecurityStore } from '../auth/ports.ts';
import { followSecurity } from './security-feed.ts';

/** Followed, until stopped. */
export interface FollowedBans {
  /** Whether the user is banned from everywhere; false for everybody before the first look. */
  isBanned(userId: string): boolean;
  stop(): void;
}

/** Begins to follow; nothing waits for the first look. */
export function followBans(store: SecurityStore): FollowedBans {
  const held = new HeldSanctions();
  const stopping = new AbortController();
  const standings = {
    apply: ({ sanctions }: { readonly sanctions: Parameters<HeldSanctions['apply']>[0] }): void => {
      held.apply(sanctions);
    },
    tidy: (): void => {
      held.tidy(Date.now());
    },
  };
  const listener = { changed: () => undefined, keysChanged: async () => undefined };
  const followed = followSecurity(store, standings, listener, stopping.signal);
  return {
    isBanned: (userId) => held.banOf({ id: userId, guest: false }, undefined, Date.now()) !== null,
    stop: () => {
      stopping.abort();
      void followed.then((feed) => {
        feed?.stop();
      });
    },
  };
}
