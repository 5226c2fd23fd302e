/** Batches of shards, as they pass through the proxy on their way to PostgreSQL and back. */
import type { Passage, PostgresProxy, ProxiedConnection } from '../../support/postgres-proxy.ts';

/** What a shard calls the connection on which it commits (src/storage/postgres-log.ts). */
const WRITER = /^hubbub\/[^/]+\/\d+\/\d+$/;
/** First bytes of Parse and Bind: with one of them a batch begins, with or without its statement's text. */
const BATCH_BEGINS: ReadonlySet<number | undefined> = new Set([0x50, 0x42]);

/**
 * Resolves when a batch is on its way to PostgreSQL. What PostgreSQL answers on its connection meets `fate`, all other
 * answers pass; `onAnswer` is called with the first one.
 */
export function nextBatch(proxy: PostgresProxy, fate: Passage, onAnswer?: () => void): Promise<void> {
  return new Promise((resolve) => {
    proxy.requests = (connection, bytes) => {
      if (!WRITER.test(connection.applicationName) || !BATCH_BEGINS.has(bytes[0])) return 'pass';
      proxy.requests = 'pass';
      proxy.answers = answersTo(connection, fate, onAnswer);
      resolve();
      return 'pass';
    };
  });
}

/** Cuts the connection of the next batch in the place of the answer to it; resolves when that is done. */
export function loseCommitReply(proxy: PostgresProxy): Promise<void> {
  return new Promise((resolve) => {
    void nextBatch(proxy, 'cut', () => {
      proxy.answers = 'pass';
      resolve();
    });
  });
}

function answersTo(target: ProxiedConnection, fate: Passage, onAnswer?: () => void) {
  return (connection: ProxiedConnection): Passage => {
    if (connection !== target) return 'pass';
    onAnswer?.();
    return fate;
  };
}
