/** How long a chart of a year takes to read, over ten million messages. */
import { ActivityReport } from '../../src/admin/activity/activity-report.ts';
import type { Result } from '../../src/protocol/result.ts';
import { PostgresActivity } from '../../src/storage/postgres-activity.ts';
import { scratchYear } from '../activity/scratch-year.ts';
import { OURS } from '../peers/all-peers.ts';
import { type Column, largestColumn, medianColumn } from '../report/detail-table.ts';
import { median } from '../report/median.ts';
import { decimals } from '../report/number-text.ts';
import type { Line, Results } from '../report/results.ts';
import { type Scenario, sized } from './scenario.ts';

const MESSAGES = 10_000_000;
const SESSIONS = 500_000;
const CHANNELS = 200;
const USERS = 10_000;
const READINGS = 15;
const TITLE = 'activity, a year of 10,000,000 messages';
/** Users of a zone's days are counted when they are asked for first, so the first reading is told apart. */
const FIRST = 'first';
const TALLY = `${TITLE}: counting them, s`;
const named = (chart: string): string => `${TITLE}: ${chart}`;

const COLUMNS: readonly Column[] = [
  medianColumn('median', 'median', decimals(1)),
  largestColumn('worst', 'worst', decimals(1)),
  medianColumn('first', FIRST, decimals(1)),
];

type Reading = (report: ActivityReport, span: { from: number; to: number }) => Promise<Result<unknown>>;
const chart =
  (metric: 'messages' | 'active_users' | 'connections', unit: 'hour' | 'day', timeZone: string): Reading =>
  (report, span) =>
    report.timeseries(metric, unit, { ...span, timeZone });

const CHARTS: Readonly<Record<string, Reading>> = {
  'messages by day, UTC, ms': chart('messages', 'day', 'UTC'),
  'messages by day, Europe/Berlin, ms': chart('messages', 'day', 'Europe/Berlin'),
  'messages by hour, Asia/Kolkata, ms': chart('messages', 'hour', 'Asia/Kolkata'),
  'active users by day, UTC, ms': chart('active_users', 'day', 'UTC'),
  'active users by day, Asia/Kolkata, ms': chart('active_users', 'day', 'Asia/Kolkata'),
  'connections by day, Europe/Berlin, ms': chart('connections', 'day', 'Europe/Berlin'),
  'sessions by day, Europe/Berlin, ms': (report, span) =>
    report.sessions({ ...span, timeZone: 'Europe/Berlin' }),
  'sessions of one user by day, ms': (report, span) =>
    report.sessions({ ...span, timeZone: 'Europe/Berlin' }, 'user-1'),
};
/** Lists of those with most. */
const LISTS: Readonly<Record<string, Reading>> = {
  'messages by channel, ms': (report, span) => report.channels(span, 50),
  'most active users, ms': (report, span) => report.users(span, 50),
};

/** See the head of the file. */
export const ACTIVITY: Scenario = {
  names: ['activity'],
  title: TITLE,
  servers: [OURS],
  roundSeconds: 900,
  onlyByName: true,
  isOnce: true,
  columns: COLUMNS,
  targets: [
    {
      row: TITLE,
      figure: 'slowest chart of the year, median, ms',
      value: slowest,
      text: decimals(1),
      must: { atMost: 100 },
      aim: { atMost: 50 },
    },
  ],
  measure: async (turn) => {
    const year = await scratchYear({
      ...{ messages: sized(turn, MESSAGES), sessions: sized(turn, SESSIONS) },
      ...{ channels: CHANNELS, users: USERS },
    });
    try {
      const report = new ActivityReport({ store: new PostgresActivity(year.database), now: () => year.to });
      const lines: Line[] = [
        {
          load: TALLY,
          server: turn.server,
          figures: { median: year.tallySeconds, worst: year.tallySeconds },
        },
      ];
      for (const [name, read] of Object.entries({ ...CHARTS, ...LISTS })) {
        const times: number[] = [];
        for (let reading = 0; reading <= READINGS; reading += 1) {
          const began = performance.now();
          const answer = await read(report, year);
          if (!answer.ok) throw new Error(`${name}: ${answer.failure.message}`);
          times.push(performance.now() - began);
        }
        const [first = Number.NaN, ...others] = times;
        const figures = { median: median(others) ?? Number.NaN, worst: Math.max(...others), [FIRST]: first };
        lines.push({ load: named(name), server: turn.server, figures });
      }
      return lines;
    } finally {
      await year.remove();
    }
  },
};

function slowest(results: Results): number | null {
  const medians = Object.keys(CHARTS).map((name) => results.median(named(name), OURS, 'median'));
  return medians.includes(null) ? null : Math.max(...medians.map((value) => value ?? 0));
}
