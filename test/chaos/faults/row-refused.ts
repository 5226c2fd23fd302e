/** PostgreSQL refuses single rows among many: nothing that the server looks for beforehand. */
import type { HistoryRecord } from '../../verify/history-record.ts';
import type { ChaosServer } from '../stage/chaos-server.ts';
import type { Fault } from '../fault.ts';
import { crowdKept } from '../measures.ts';
import { onStage } from '../stage/stage.ts';

/** Of each client's messages so many are one that is refused. */
const EVERY = 50;
const MESSAGES = 1_500;

export const rowRefused: Fault = {
  name: 'row-refused',
  what: `one message of ${EVERY} refused by PostgreSQL (a check on the table)`,
  run: (context) =>
    onStage(context, { shards: 1, channelsPerShard: 4 }, async ({ crowd, server, database }) => {
      const { random, postgres } = context;
      const rest = random.int(0, EVERY - 1);
      const isRefused = (clientMessageId: string): boolean =>
        Number(/\d+$/.exec(clientMessageId)?.[0]) % EVERY === rest;
      await postgres.query(
        database,
        `alter table events add constraint chaos_refused
          check (substring(client_message_id from '\\d+$')::bigint % ${EVERY} <> ${rest})`,
      );
      await crowd.enterMany('listener', 1);
      for (const writer of await crowd.enterMany('sender', 8)) writer.chat();
      await crowd.untilAcknowledged(MESSAGES);
      const verdict = await crowd.settle();
      const { refused, wrong, landed, others } = judged(crowd.records, isRefused);
      const perBatch = await entriesPerBatch(server);
      return [
        ...crowdKept(verdict),
        {
          what: 'each of these fails with bad_request, and never stands in a log',
          measured: `${refused} refused, ${wrong} of them otherwise`,
          held: refused > 0 && wrong === 0,
        },
        {
          what: 'the rest of its batch lands',
          measured: `${landed} of ${others} others, ${perBatch.toFixed(1)} to a commit`,
          held: landed === others && perBatch > 1,
        },
      ];
    }),
};

interface Judgement {
  /** Messages that PostgreSQL had to refuse, and those of them that came to another end. */
  readonly refused: number;
  readonly wrong: number;
  /** Acknowledged ones, and all that had to be: not those that the server finds too long. */
  readonly landed: number;
  readonly others: number;
}

function judged(
  records: readonly HistoryRecord[],
  isRefused: (clientMessageId: string) => boolean,
): Judgement {
  const outcomes = new Map<number, HistoryRecord>();
  for (const record of records) {
    if (record.type === 'ok' || record.type === 'failed' || record.type === 'unknown') {
      outcomes.set(record.operation, record);
    }
  }
  let [refused, wrong, landed, others] = [0, 0, 0, 0];
  for (const record of records) {
    if (record.type !== 'invoked') continue;
    const outcome = outcomes.get(record.operation);
    const reason = outcome?.type === 'failed' ? outcome.reason : '';
    if (reason.startsWith('too_large')) continue;
    if (isRefused(record.clientMessageId)) {
      refused += 1;
      if (!reason.startsWith('bad_request')) wrong += 1;
    } else {
      others += 1;
      if (outcome?.type === 'ok') landed += 1;
    }
  }
  return { refused, wrong, landed, others };
}

/** Of all committed batches, the mean. */
async function entriesPerBatch(server: Pick<ChaosServer, 'metrics'>): Promise<number> {
  const samples = await server.metrics();
  const total = (wanted: string): number =>
    samples.filter(({ name }) => name === wanted).reduce((sum, { value }) => sum + value, 0);
  return total('hubbub_batch_entries_sum') / total('hubbub_batch_entries_count');
}
