/** PostgreSQL commits a batch, and the connection breaks in the place of its answer; again and again. */
import type { Fault } from '../fault.ts';
import { cuts, crowdKept } from '../measures.ts';
import { loseCommitReply } from '../stage/batches.ts';
import { onStage } from '../stage/stage.ts';

const TIMES = 25;
/** Acknowledgements between two of them. */
const ACKS_BETWEEN = { least: 5, most: 60 } as const;

export const commitReplyLost: Fault = {
  name: 'commit-reply-lost',
  what: `the reply to COMMIT lost, ${TIMES} times`,
  run: (context) =>
    onStage(context, { shards: 2, channelsPerShard: 2 }, async (stage) => {
      const { crowd, proxy } = stage;
      const { random, onStep } = context;
      await crowd.enterMany('listener', 2);
      for (const writer of await crowd.enterMany('sender', 6)) writer.chat();
      for (let time = 1; time <= TIMES; time += 1) {
        await crowd.untilAcknowledged(random.int(ACKS_BETWEEN.least, ACKS_BETWEEN.most));
        await loseCommitReply(proxy);
      }
      onStep(`${TIMES} replies lost after ${Math.round(stage.now())} ms`);
      await crowd.untilAcknowledged(ACKS_BETWEEN.most);
      const verdict = await crowd.settle();
      const { acknowledged, duplicates, failed, logged, unknown, whispers } = verdict.counts;
      return [
        ...crowdKept(verdict),
        {
          what: 'exactly one row and one acknowledgement for each message that was not refused',
          measured: `${logged} rows, ${acknowledged} acknowledged (${duplicates} as found again), ${unknown + whispers.unknown} unknown, ${failed} refused as too long`,
          held: logged === acknowledged && unknown + whispers.unknown === 0,
        },
        {
          what: 'sockets stay open',
          measured: `${cuts(crowd.records)} lost their connection`,
          held: cuts(crowd.records) === 0,
        },
      ];
    }),
};
