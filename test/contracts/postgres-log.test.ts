import { pino } from 'pino';
import { PostgresLog } from '../../src/storage/postgres-log.ts';
import { createDatabase } from '../support/postgres.ts';
import { amendmentsContract } from './amendments.ts';
import { channelLogContract, type LogFixture } from './channel-log.ts';
import { channelTablesContract } from './channel-tables.ts';
import { shadowBansContract } from './shadow-bans.ts';

async function openFixture(): Promise<LogFixture> {
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
}

channelLogContract('PostgresLog', openFixture);
amendmentsContract('PostgresLog', openFixture);
channelTablesContract('PostgresLog', openFixture);
shadowBansContract('PostgresLog', openFixture);
