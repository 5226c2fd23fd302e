/** PostgreSQL takes two seconds more for every commit, as on a disk that is worn out or shared with too many. */
import type { Fault } from '../fault.ts';
import { sufferOutage } from '../stage/outage.ts';

const DELAY_S = 2;
const LASTS_MS = 10_000;

/** A deferred trigger runs at the commit, for each row: the transaction's first one waits for all. */
const SLOW = `
  create or replace function chaos_slow() returns trigger language plpgsql as $$
  begin
    if current_setting('chaos.slept', true) is distinct from pg_current_xact_id()::text then
      perform set_config('chaos.slept', pg_current_xact_id()::text, true);
      perform pg_sleep(${DELAY_S});
    end if;
    return null;
  end $$;
  create constraint trigger chaos_slow after insert on events deferrable initially deferred
    for each row execute function chaos_slow();`;
/** The trigger itself could only be dropped when nobody writes. */
const FAST = `
  create or replace function chaos_slow() returns trigger language plpgsql as $$
  begin
    return null;
  end $$`;

export const postgresSlow: Fault = {
  name: 'postgres-slow',
  what: `PostgreSQL takes ${DELAY_S} s more for each commit`,
  run: (context) =>
    sufferOutage(context, {
      lastsMs: LASTS_MS,
      begin: async ({ database }) => {
        await context.postgres.query(database, SLOW);
      },
      end: async ({ database }) => {
        await context.postgres.query(database, FAST);
      },
    }),
};
