/** Looks at what a server has to carry, again and again. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ChaosServer } from './chaos-server.ts';

const LOOK_EVERY_MS = 200;

/** See the head of the file. */
export interface LoadWatch {
  /** Resident memory when the watch began, bytes. */
  readonly before: number;
  /** The most since then, bytes. */
  readonly peak: number;
  /** The most messages that waited in one shard for a commit. */
  readonly held: number;
  /** Resolves when the last look is done. */
  stop(): Promise<void>;
}

/** Begins a watch. */
export function watchLoad(server: Pick<ChaosServer, 'resident' | 'metrics'>): LoadWatch {
  const before = server.resident();
  let [peak, held] = [before, 0];
  const stopping = new AbortController();
  const { signal } = stopping;
  const looking = (async () => {
    while (!signal.aborted) {
      peak = Math.max(peak, server.resident());
      for (const { name, value } of await server.metrics()) {
        if (name === 'hubbub_held_entries') held = Math.max(held, value);
      }
      await pause(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
    }
  })();
  // What went wrong is told by who stops the watch.
  looking.catch(() => undefined);
  return {
    before,
    get peak() {
      return peak;
    },
    get held() {
      return held;
    },
    stop: async () => {
      stopping.abort();
      await looking;
    },
  };
}
