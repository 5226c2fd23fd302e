/** Keeps the rules of automod in step with the database, here and on every shard. */
import { setTimeout as pause } from 'node:timers/promises';
import type { AutomodStore } from '../admin/ports/automod-store.ts';
import { type AutomodRules, NO_RULES } from '../protocol/automod-rules.ts';

/** A change that another process made is seen after so many ms: well within a second. */
const FOLLOW_MS = 250;
const EVERYTHING = -1;

/** Sees to it that all shards judge by `rules`; one that couldn't be told is told when it is called again. */
export type TellShards = (rules: AutomodRules) => Promise<void>;

/** Following, until stopped. */
export interface AutomodFeed {
  /** As they were last seen. */
  readonly rules: AutomodRules;
  /** Tells these shards from now on, those that were replaced too. */
  tell(shards: TellShards): void;
  /** Resolves when everything that was committed before the call holds here, or the database doesn't answer. */
  catchUp(): Promise<void>;
  stop(): void;
}

/**
 * Takes in all rules, then looks for changes four times a second. Resolves only when the first look succeeded: a server
 * that doesn't know its rules must let nobody write. Null when `signal` ended the wait.
 */
export async function followAutomod(
  store: Pick<AutomodStore, 'rulesAfter'>,
  signal: AbortSignal,
): Promise<AutomodFeed | null> {
  let rules = NO_RULES;
  let known = EVERYTHING;
  let tell: TellShards = async () => undefined;
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;
  let looking: Promise<boolean> = Promise.resolve(false);

  const look = async (): Promise<boolean> => {
    const found = await store.rulesAfter(known);
    if (found.ok && found.value !== null) {
      rules = found.value;
      known = rules.version;
    }
    // Each time: a shard may have been replaced.
    await tell(rules);
    return found.ok;
  };
  // One after the other, so that no shard is told older rules behind newer ones.
  const lookNext = (): Promise<boolean> => {
    looking = looking.then(look);
    return looking;
  };
  const follow = async (): Promise<void> => {
    await lookNext();
    if (!stopped) timer = setTimeout(() => void follow(), FOLLOW_MS);
  };

  while (!(await lookNext())) {
    if (signal.aborted) return null;
    await pause(FOLLOW_MS);
  }
  timer = setTimeout(() => void follow(), FOLLOW_MS);
  return {
    get rules() {
      return rules;
    },
    tell: (shards) => {
      tell = shards;
    },
    catchUp: async () => {
      await lookNext();
    },
    stop: () => {
      stopped = true;
      if (timer !== null) clearTimeout(timer);
    },
  };
}
