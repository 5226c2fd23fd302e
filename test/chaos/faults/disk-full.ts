/** The disk on which PostgreSQL keeps the events is full, until somebody makes room. */
import type { Fault } from '../fault.ts';
import { sufferOutage } from '../stage/outage.ts';
import { readyAgain, tellsUnready } from '../stage/readiness.ts';

const LASTS_MS = 8_000;
const DISK_BYTES = 192 * 1024 * 1024;

export const diskFull: Fault = {
  name: 'disk-full',
  what: `the disk with PostgreSQL's events is full for ${LASTS_MS / 1_000} s (ENOSPC; takes root on Linux)`,
  run: async (context) => {
    const { postgres } = context;
    const disk = await postgres.createDisk('chaos_small', DISK_BYTES);
    return sufferOutage(context, {
      lastsMs: LASTS_MS,
      prepare: async ({ database }) => {
        await postgres.query(database, 'alter table events set tablespace chaos_small');
      },
      begin: () => disk.fill(),
      end: () => disk.clear(),
      during: ({ server }) => tellsUnready(server),
      after: ({ server }) => readyAgain(server),
    });
  },
};
