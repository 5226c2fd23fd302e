/** PostgreSQL takes no writes for a while, as one that was made a standby, or that an operator froze. */
import type { Fault } from '../fault.ts';
import { sufferOutage } from '../stage/outage.ts';
import { readyAgain, tellsUnready } from '../stage/readiness.ts';

const LASTS_MS = 8_000;

export const readOnly: Fault = {
  name: 'read-only',
  what: `PostgreSQL takes no writes for ${LASTS_MS / 1_000} s`,
  run: (context) => {
    const { postgres } = context;
    return sufferOutage(context, {
      lastsMs: LASTS_MS,
      // For the whole server: sessions that exist follow at their next statement.
      begin: async ({ database }) => {
        await postgres.query(database, 'alter system set default_transaction_read_only = on');
        await postgres.query(database, 'select pg_reload_conf()');
      },
      end: async ({ database }) => {
        await postgres.query(database, 'alter system reset default_transaction_read_only');
        await postgres.query(database, 'select pg_reload_conf()');
      },
      during: ({ server }) => tellsUnready(server),
      after: ({ server }) => readyAgain(server),
    });
  },
};
