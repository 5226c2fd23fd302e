/** A process that starts the embedded PostgreSQL in the folder it is given, says how it went, and waits to be killed. */
import { pino } from 'pino';
import { startEmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.ts';

const [dataDir = ''] = process.argv.slice(2);
const started = await startEmbeddedPostgres({ dataDir, durable: false, logger: pino({ level: 'silent' }) });
console.log(
  JSON.stringify(started.ok ? { url: started.value.connectionString } : { problem: started.failure.message }),
);
