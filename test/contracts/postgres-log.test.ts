import { pino } from 'pino';
import { PostgresLog } from '../../src/storage/postgres-log.ts';
import { createDatabase } from '../support/postgres.ts';
import { channelLogContract } from './channel-log.ts';

channelLogContract('PostgresLog', async () => {
  const database = await createDatabase();
  const open = (owner: string) =>
    new PostgresLog({
      connectionString: database.connectionString,
      ...{ owner, shard: 0, incarnation: 1, logger: pino({ level: 'silent' }) },
    });
  // Two servers, not two incarnations: neither's fence touches the other.
  const [one, two] = [open('one'), open('two')];
  // Connects now: what the suite's tests share is open before the first of them, so none of them seems to leak it.
  await Promise.all([one.fence(), two.fence()]);
  return {
    one,
    two,
    close: async () => {
      await Promise.all([one.close(), two.close()]);
      await database.drop();
    },
  };
});
