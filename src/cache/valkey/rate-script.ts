/** Rates of users in Valkey: GCRA by a script, many users in one round trip (docs/adr/0028). */
import { createHash } from 'node:crypto';
import type { ValkeyLink } from './valkey-link.ts';

/** Keys of one call: longer ones would hold up Valkey's other work. */
const MOST_AT_ONCE = 500;
/** More than so many bursts nobody can owe: servers that let somebody through at the same moment may make it more than one. */
const MOST_BURSTS = 16;

/**
 * Each key holds the time at which all that was taken is paid for (µs, Valkey's clock). Of each it takes so many requests of so
 * many µs each, and answers with what is owed then, µs.
 */
const SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local owed = {}
for i, key in ipairs(KEYS) do
  local count, interval, burst = tonumber(ARGV[i * 3 - 2]), tonumber(ARGV[i * 3 - 1]), tonumber(ARGV[i * 3])
  local paid = math.max(tonumber(redis.call('GET', key) or 0), now)
  paid = math.min(paid + count * interval, now + ${MOST_BURSTS} * burst)
  redis.call('SET', key, string.format('%.0f', paid), 'PX', math.ceil((paid - now) / 1000) + 1)
  owed[i] = paid - now
end
return owed`;
const DIGEST = createHash('sha1').update(SCRIPT).digest('hex');

/** Requests that were let through. */
export interface TakenRequests {
  /** Whose, of which class and, where that is counted by itself, in which channel. */
  readonly key: string;
  readonly count: number;
  /** Of one request, and of as many as may come at once, µs. */
  readonly interval: number;
  readonly burst: number;
}

/** What is owed with these under keys that begin with `prefix`, µs, in their order; null: Valkey doesn't answer, and may have counted them or not. */
export async function takeInValkey(
  link: Pick<ValkeyLink, 'ask'>,
  prefix: string,
  taken: readonly TakenRequests[],
): Promise<readonly number[] | null> {
  const parts: (readonly TakenRequests[])[] = [];
  for (let at = 0; at < taken.length; at += MOST_AT_ONCE) parts.push(taken.slice(at, at + MOST_AT_ONCE));
  // Together: the connection sends them in one go.
  const owed = await Promise.all(parts.map((part) => takePart(link, prefix, part)));
  return owed.every((part) => part !== null) ? owed.flat() : null;
}

async function takePart(
  link: Pick<ValkeyLink, 'ask'>,
  prefix: string,
  taken: readonly TakenRequests[],
): Promise<readonly number[] | null> {
  // Under another pace one begins anew, so nobody waits for what an earlier, longer window had them owe.
  const keys = taken.map(({ key, interval, burst }) => `${prefix}${interval}:${burst}:${key}`);
  const numbers = taken.flatMap(({ count, interval, burst }) => [count, interval, burst]);
  const answer = await link.ask('rates', async (client) => {
    try {
      return await client.evalsha(DIGEST, keys.length, ...keys, ...numbers);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return client.eval(SCRIPT, keys.length, ...keys, ...numbers);
    }
  });
  return Array.isArray(answer) && answer.length === taken.length ? answer.map(Number) : null;
}
