/** A shard whose thread ends as soon as it is there, for a while: whoever runs the server is told, and nothing spins. */
import { setTimeout as pause } from 'node:timers/promises';
import { processCpuSeconds } from '../../../bench/process-cpu.ts';
import type { Check, Fault } from '../fault.ts';
import { acknowledgedPerSecond, cuts, crowdKept } from '../measures.ts';
import { eventually } from '../stage/eventually.ts';
import { onStage, type Stage } from '../stage/stage.ts';

const DOOMED = 'shard-1';
const LASTS_MS = 10_000;
const QUIET_MS = 4_000;
/** The order comes again and again, so that each replacement gets it as soon as it takes orders. */
const ORDER_EVERY_MS = 50;
/** Pauses of 0, 0.25, 0.5, 1, 2, 4 and 8 s: the seventh end comes 7.75 s after the first at the earliest, the eighth 15.75 s. */
const MOST_RESTARTS = 7;
/** The alarm comes with the third end: by pauses 0.75 s after the first, and starting two threads takes about a second each. */
const ALARM_WITHIN_MS = 8_000;
/** A thread that spins takes a core. Starting seven threads in that time takes a part of one. */
const MORE_CPU = 0.75;
/** The other shard's rate, on cores that these starts need too. */
const LEAST_RATE = 0.6;
const PATIENCE_MS = 30_000;

export const shardCrashesAgain: Fault = {
  name: 'shard-crashes-again',
  what: `a shard ends as soon as it has started, for ${LASTS_MS / 1_000} s`,
  run: (context) =>
    onStage(context, { shards: 2 }, async (stage) => {
      const { server, crowd, channelsOf, now } = stage;
      await crowd.enterMany('listener', 2);
      for (const writer of await crowd.enterMany('sender', 5)) writer.chat();
      await crowd.untilAcknowledged(200);
      const quiet = await during(stage, () => pause(QUIET_MS + context.random.int(0, 500)));
      let alarmMs = Number.NaN;
      const doomed = await during(stage, async () => {
        const begun = now();
        while (now() - begun < LASTS_MS) {
          await server.order({ kind: 'break', thread: DOOMED, fault: 'exit' });
          if (Number.isNaN(alarmMs) && (await isAlarmed(stage))) alarmMs = now() - begun;
          await pause(ORDER_EVERY_MS);
        }
      });
      context.onStep('the last one stays');
      const [restarts, told] = await restartsAndAlarm(stage);
      const over = now();
      await eventually('the shard acknowledges again', PATIENCE_MS, () => {
        const since = { from: over, to: now(), channels: channelsOf(1) };
        return acknowledgedPerSecond(crowd.records, since) > 0;
      });
      const stays = await isAlarmed(stage);
      const verdict = await crowd.settle();
      return [
        ...crowdKept(verdict),
        {
          what: `/ready names the thread within ${ALARM_WITHIN_MS / 1_000} s, and still when it is up; so does the metric`,
          measured: `after ${Math.round(alarmMs)} ms; ${stays ? 'named' : 'not named'} when up; metric ${told}`,
          held: alarmMs <= ALARM_WITHIN_MS && stays && told === 1,
        },
        {
          what: `restarted no more than ${MOST_RESTARTS} times, as the pauses say, but 3 times at least`,
          measured: `${restarts} times`,
          held: restarts >= 3 && restarts <= MOST_RESTARTS,
        },
        {
          what: `at most ${MORE_CPU} cores more than in the quiet before`,
          measured: `${quiet.cores.toFixed(2)} cores before, ${doomed.cores.toFixed(2)} during`,
          held: doomed.cores - quiet.cores <= MORE_CPU,
        },
        othersGoOn(stage, quiet, doomed),
      ];
    }),
};

interface Period {
  readonly from: number;
  readonly to: number;
  /** Of the server's process, in CPU seconds a second. */
  readonly cores: number;
}

async function during({ server, now }: Stage, run: () => Promise<unknown>): Promise<Period> {
  const [from, cpu] = [now(), processCpuSeconds(server.pid())];
  await run();
  const to = now();
  return { from, to, cores: ((processCpuSeconds(server.pid()) - cpu) * 1_000) / (to - from) };
}

async function isAlarmed({ server }: Stage): Promise<boolean> {
  return (await server.missing())?.some((reason) => reason.includes(`${DOOMED} keeps ending`)) === true;
}

async function restartsAndAlarm({ server }: Stage): Promise<readonly [restarts: number, alarm: number]> {
  const samples = await server.metrics();
  const valueOf = (metric: string, label: string, value: string): number =>
    samples.find(({ name, labels }) => name === metric && labels[label] === value)?.value ?? Number.NaN;
  return [
    valueOf('hubbub_shard_restarts_total', 'shard', '1'),
    valueOf('hubbub_thread_crash_loop', 'thread', DOOMED),
  ];
}

function othersGoOn({ crowd, channelsOf }: Stage, quiet: Period, doomed: Period): Check {
  const channels = channelsOf(0);
  const rate = (period: Period): number => acknowledgedPerSecond(crowd.records, { ...period, channels });
  const [before, now] = [rate(quiet), rate(doomed)];
  const cut = cuts(crowd.records);
  return {
    what: `the other shard at ${LEAST_RATE * 100} % of its rate at least, no socket lost`,
    measured: `${Math.round(before)} a second before, ${Math.round(now)} during; ${cut} sockets lost`,
    held: now >= before * LEAST_RATE && cut === 0,
  };
}
