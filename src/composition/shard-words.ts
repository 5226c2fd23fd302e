/** A shard's words to other servers, over a connection of its own: main has no part in them. */
import { ServerWords } from '../cache/server-words.ts';
import { ValkeyLink, type ValkeyLinkOptions } from '../cache/valkey/valkey-link.ts';
import { valkeyWords } from '../cache/valkey/valkey-words.ts';
import type { Logger } from '../observability/logger.ts';
import type { OtherServers } from '../shard/ports/other-servers.ts';
import { runtimeTimers } from '../threads/runtime-timers.ts';

/** One that hangs is found out within twice as long, ms: shards look by themselves from then on. */
const BEAT_MS = 1_500;

/** A shard's way to the shards of other servers. */
export interface UsedWords {
  readonly words: OtherServers;
  close(): void;
}

/** What a shard needs for that. */
export interface WordsUse {
  readonly url: string;
  readonly databaseId: string;
  /** The process: what its own threads say is no news to it. */
  readonly processId: string;
  readonly logger: Logger;
}

/** Begins to connect; nothing waits for that. */
export function useWords({ url, databaseId, processId, logger }: WordsUse): UsedWords {
  // Main's figures and lines tell of Valkey; what isn't allowed here is told here.
  const recorder = { command: () => undefined, failed: () => undefined };
  const quiet: ValkeyLinkOptions['logger'] = {
    info: () => undefined,
    warn: (fields, message) => {
      if ('pattern' in fields) logger.warn(fields, message);
    },
  };
  const link = new ValkeyLink({ url, logger: quiet, recorder, random: () => Math.random(), beatMs: BEAT_MS });
  const words = new ServerWords({
    transport: valkeyWords(link, `hubbub:${databaseId}:words`),
    self: processId,
    timers: runtimeTimers(),
  });
  return {
    words,
    close: () => {
      words.close();
      link.close();
    },
  };
}
