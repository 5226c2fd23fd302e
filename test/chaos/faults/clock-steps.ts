/**
 * The wall clock is set an hour forward, and later back, under load. Only tokens go by it: their ends are promised in
 * its time. Whatever lasts goes on as if nothing had happened, and the order of events is `seq`, and their ids'.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { serverToken } from '../../support/server-tokens.ts';
import { WireClient } from '../../support/wire-client.ts';
import type { HistoryRecord } from '../../verify/history-record.ts';
import { isInbox } from '../../verify/inbox-key.ts';
import type { Check, Fault } from '../fault.ts';
import { cuts, crowdKept } from '../measures.ts';
import { onStage, type Stage } from '../stage/stage.ts';

const HOUR_MS = 3_600_000;
const PROBES = 'clock-probes';
/** Of signals such as typing: 40 at once, then one in so many ms. */
const SIGNAL_INTERVAL_MS = 250;
const MOST_SIGNALS = 100;
/** Signals that are tried at once behind a limit that was reached. */
const TRIES = 10;
const TYPING_MS = 6_000;
const GRACE_MS = 5_000;
/** What ends by itself may come so much later on busy cores; earlier never, but for what clocks round. */
const LATE_MS = 2_000;
const EARLY_MS = 50;
/** A token that has ended by the new time ends its connection within a second (CONN-15), on busy cores two. */
const TOKEN_WITHIN_MS = 2_000;
const CHAT_MS = 2_000;

export const clockSteps: Fault = {
  name: 'clock-steps',
  what: 'the wall clock set an hour forward, and back again',
  run: (context) =>
    onStage(context, { shards: 2, channelsPerShard: 2 }, async (stage) => {
      const { server, database, crowd } = stage;
      const { random, onStep } = context;
      await crowd.enterMany('listener', 2);
      for (const writer of await crowd.enterMany('sender', 5)) writer.chat();
      await crowd.untilAcknowledged(200);
      const observer = await WireClient.guest(server.origin);
      await observer.join(PROBES);

      const endsInHalfAnHour = await serverToken(database, { name: 'half', lifetimeMs: HOUR_MS / 2 });
      const half = await WireClient.connect(server.origin, { query: { token: endsInHalfAnHour } });
      await half.welcomed();
      await pause(CHAT_MS + random.int(0, 500));
      const forward = await step(stage, observer, HOUR_MS, onStep);
      const closed = await Promise.race([half.closed, pause(TOKEN_WITHIN_MS, null)]);

      // By the clock as it is now it ends in a few seconds; by the machine's in an hour more.
      const endsSoon = await serverToken(database, { name: 'soon', lifetimeMs: HOUR_MS + 8_000 });
      const soon = await WireClient.connect(server.origin, { query: { token: endsSoon } });
      await soon.welcomed();
      const back = await step(stage, observer, 0, onStep);
      // The probes of a step take longer than that token had by the clock before.
      const ended = await Promise.race([soon.closed.then(() => true), pause(0, false)]);
      await soon.close();

      const verdict = await crowd.settle();
      await observer.close();
      const cut = cuts(crowd.records);
      return [
        ...crowdKept(verdict),
        {
          what: 'nobody is refused or cut who wasn’t before',
          measured: `${crowd.delays} sends delayed, ${cut} sockets lost, ${forward.refused + back.refused} questions refused`,
          held: crowd.delays === 0 && cut === 0 && forward.refused + back.refused === 0,
        },
        {
          what: `a limit that was reached lets one signal through each ${SIGNAL_INTERVAL_MS} ms, as before`,
          measured: [forward, back].map(({ let: through, due }) => `${through} of at most ${due}`).join(', '),
          held: [forward, back].every(({ let: through, due, first }) => through <= due && first === 'ack'),
        },
        lasts('a typing mark', TYPING_MS, [forward.typingMs, back.typingMs]),
        lasts('the grace of who broke off', GRACE_MS, [forward.graceMs, back.graceMs]),
        {
          what: `a token ends by the wall clock: within ${TOKEN_WITHIN_MS / 1_000} s when that goes past its end, not at the old time when it is set back`,
          measured: `${closed === null ? 'open' : closed.code} after the step forward, ${ended ? 'closed' : 'open'} after the one back`,
          held: closed?.code === 4002 && !ended,
        },
        idsInOrder(crowd.records),
      ];
    }),
};

/** What came of a step of the clock. */
interface Step {
  /** Questions that were refused right behind it. */
  readonly refused: number;
  /** Signals that a limit which was reached let through right behind it, and that it should have at most. */
  readonly let: number;
  readonly due: number;
  /** The answer to the first one after the time that the refusal before the step had named. */
  readonly first: string;
  readonly typingMs: number;
  readonly graceMs: number;
}

async function step(
  { server, now }: Stage,
  observer: WireClient,
  aheadMs: number,
  onStep: (text: string) => void,
): Promise<Step> {
  const [typist, leaver, hasty] = await Promise.all([1, 2, 3].map(() => WireClient.guest(server.origin)));
  if (typist === undefined || leaver === undefined || hasty === undefined) throw new Error('no probes');
  for (const probe of [typist, leaver, hasty]) await probe.join(PROBES);
  const by = (type: string, probe: WireClient) =>
    observer.next((frame) => frame.type === type && frame.data.user.id === probe.user.id, type).then(now);

  const typingEnds = by('typing:stop', typist);
  const begunTyping = now();
  await typist.request('typing:start', PROBES);
  const graceEnds = by('presence:leave', leaver);
  const brokeOff = now();
  await leaver.cut();
  let answer = await hasty.request('typing:stop', PROBES);
  for (let n = 0; answer.type === 'ack' && n < MOST_SIGNALS; n += 1)
    answer = await hasty.request('typing:stop', PROBES);
  const { retryAfterMs } = answer.data;
  const reached = now();
  await server.order({ kind: 'clock', aheadMs });
  onStep(`the clock is ${aheadMs / HOUR_MS} h ahead`);

  const types = [];
  for (let n = 0; n < TRIES; n += 1) types.push((await hasty.request('typing:stop', PROBES)).type);
  const due = 1 + Math.floor((now() - reached) / SIGNAL_INTERVAL_MS);
  const through = types.filter((type) => type === 'ack').length;
  await pause(retryAfterMs);
  const first = (await hasty.request('typing:stop', PROBES)).type;
  const questions = await Promise.all(
    Array.from({ length: TRIES }, () => typist.request('presence:get', PROBES)),
  );
  const typingMs = (await typingEnds) - begunTyping;
  const graceMs = (await graceEnds) - brokeOff;
  await Promise.all([typist.close(), hasty.close()]);
  return {
    refused: questions.filter(({ type }) => type === 'error').length,
    ...{ let: through, due, first, typingMs, graceMs },
  };
}

function lasts(what: string, ms: number, measured: readonly number[]): Check {
  return {
    what: `${what} lasts ${ms / 1_000} s, up to ${LATE_MS / 1_000} s more on busy cores`,
    measured: `${measured.map((each) => Math.round(each)).join(', ')} ms`,
    held: measured.every((each) => each >= ms - EARLY_MS && each <= ms + LATE_MS),
  };
}

/** In each channel's log as it was read back, and no id twice in all of them; ids in inboxes come from several shards. */
function idsInOrder(records: readonly HistoryRecord[]): Check {
  const pages = records.filter((record) => record.type === 'page');
  const channels = pages.filter(({ channelId }) => !isInbox(channelId));
  const logs = [...Map.groupBy(channels, ({ channelId }) => channelId).values()].map((parts) =>
    parts.flatMap(({ events }) => events.map(({ id }) => id ?? '')),
  );
  const ids = logs.flat();
  const turned = logs.reduce(
    (sum, log) => sum + log.filter((id, n) => n > 0 && id <= (log[n - 1] ?? '')).length,
    0,
  );
  const doubled = ids.length - new Set(ids).size;
  return {
    what: 'ids of events are unique, and in the order of seq',
    measured: `${ids.length} ids, ${turned} out of order, ${doubled} twice`,
    held: ids.length > 0 && turned === 0 && doubled === 0,
  };
}
