import { PostgresChannelRecords } from '../../src/storage/postgres-channel-records.ts';
import { PostgresLogHeads } from '../../src/storage/postgres-log-heads.ts';
import { PostgresSessions } from '../../src/storage/postgres-sessions.ts';
import { logHeadsContract } from './log-heads.ts';
import { openLogAndDatabase } from './postgres-log-database.ts';
import { valueOf } from './stores.ts';

logHeadsContract('PostgresLogHeads', async () => {
  const { database, log, close } = await openLogAndDatabase();
  const sessions = new PostgresSessions(database);
  const beat = async (run: string) => {
    valueOf(await sessions.record({ name: `${run}/main`, run, place: null }, 1, []));
  };
  await beat('one');
  return {
    heads: new PostgresLogHeads(database, 'one'),
    log,
    channels: new PostgresChannelRecords(database),
    tell: async (run, isHere) => {
      if (isHere) await beat(run);
      else valueOf(await sessions.close(`${run}/main`));
    },
    close,
  };
});
