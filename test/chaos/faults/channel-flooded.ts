/** One client sends into one channel as much as it can, and waits for nothing, until its shard takes no more. */
import { setTimeout as pause } from 'node:timers/promises';
import { LoadProcess } from '../../../bench/load-process.ts';
import type { HistoryRecord } from '../../verify/history-record.ts';
import { shardOf } from '../../../src/threads/shard-of.ts';
import type { Check, Fault, FaultContext } from '../fault.ts';
import { acknowledgementMs, cuts, crowdKept, usualAcknowledgementMs } from '../measures.ts';
import type { Flooded, FloodSteps } from '../stage/flood-load.ts';
import { onStage, type Stage } from '../stage/stage.ts';

const SHARDS = 2;
const SENDERS = 4;
const LISTENERS = 2;
/** A shard takes 20,000 messages that aren't stored yet; what it stores meanwhile comes on top. */
const MESSAGES = 40_000;
const LENGTH = 200;
/** The flood writes faster than it reads, and is to be stopped by the shard, not for its backlog. */
const MAX_BACKLOG_BYTES = String(2 ** 26);
/** How long the others are looked at before, ms. */
const BEFORE_MS = 8_000;
/**
 * The flooded shard, PostgreSQL, the flood and the others share the cores of one machine: who has two of them waits for a
 * turn now and then. A shard that others had to wait for would cost them seconds.
 */
const WORSE = 2;
const SLACK_MS = 50;

export const channelFlooded: Fault = {
  name: 'channel-flooded',
  what: `one channel flooded to its shard's limit with ${MESSAGES.toLocaleString('en')} messages at once`,
  run: async (context) =>
    onStage(context, { shards: SHARDS, env: { MAX_BACKLOG_BYTES } }, async (stage) => {
      const load = new LoadProcess<FloodSteps>('../test/chaos/stage/flood-load.ts', null);
      try {
        return await flood(context, stage, load);
      } finally {
        await load.end();
      }
    }),
};

async function flood(
  { onStep }: FaultContext,
  stage: Stage,
  load: LoadProcess<FloodSteps>,
): Promise<readonly Check[]> {
  const { server, crowd, now } = stage;
  let channelId = 'flood';
  while (shardOf(`channel:${channelId}`, SHARDS) !== 0) channelId += '-';
  await load.step('open', { url: server.url, channels: [channelId], messages: MESSAGES, length: LENGTH });
  await crowd.enterMany('listener', LISTENERS);
  // Each is in a channel of either shard, over one socket.
  for (const sender of await crowd.enterMany('sender', SENDERS)) sender.chat();
  await crowd.untilAcknowledged(100);
  const from = now();
  await pause(BEFORE_MS);
  const begun = now();
  const flooded = await load.step('pour');
  const to = now();
  onStep(`all of it is stored after ${((to - begun) / 1_000).toFixed(1)} s`);
  const channels = stage.channelsOf(1);
  const before = usualAcknowledgementMs(crowd.records, { from, to: begun, channels }, 0.99);
  const during = usualAcknowledgementMs(crowd.records, { from: begun, to, channels }, 0.99);
  const longest = acknowledgementMs(crowd.records, { from: begun, to, channels }, 1);
  const verdict = await crowd.settle();
  const refused = failures(crowd.records, channels);
  const putOff = channels.reduce((sum, id) => sum + crowd.delaysIn(id), 0);
  return [
    ...floodChecks(flooded),
    {
      what: `clients of the other shard, on the same sockets: p99 at most ${WORSE} times that of before and ${SLACK_MS} ms (median of 4 s each)`,
      measured: `${before.toFixed(0)} ms, then ${during.toFixed(0)} ms`,
      held: during <= WORSE * before + SLACK_MS,
    },
    {
      what: 'none of their messages fails or is put off, no connection is lost',
      measured: `${refused} failed, ${putOff} put off, ${longest.toFixed(0)} ms at most, ${cuts(crowd.records)} lost`,
      held: refused + putOff + cuts(crowd.records) === 0,
    },
    ...crowdKept(verdict),
  ];
}

function floodChecks({
  acknowledged,
  overloaded,
  unavailable,
  improper,
  findings,
}: Flooded): readonly Check[] {
  return [
    {
      what: 'the shard answers `overloaded`, with a delay; `unavailable` only to what waited for 5 s; nothing else',
      measured: `${overloaded} times; ${unavailable} unavailable, ${improper} other answers`,
      held: overloaded > 0 && improper === 0,
    },
    {
      what: 'all of the flood is stored in the end, each message once',
      measured: [`${acknowledged} of ${MESSAGES} acknowledged`, ...findings].join('; '),
      held: acknowledged === MESSAGES && findings.length === 0,
    },
  ];
}

/** Messages into `channels` that weren't stored; those that the crowd makes too long on purpose don't count. */
function failures(records: readonly HistoryRecord[], channels: readonly string[]): number {
  const there = new Set<number>();
  let count = 0;
  for (const record of records) {
    if (record.type === 'invoked' && channels.includes(record.channelId)) there.add(record.operation);
    if (record.type !== 'failed' && record.type !== 'unknown') continue;
    if (there.has(record.operation) && !record.reason.startsWith('too_large')) count += 1;
  }
  return count;
}
