import { useMemo, useState } from 'preact/hooks';
import { SelectField } from '../../src/components/select-field.tsx';
import { Chart } from '../components/chart.tsx';
import { DataTable } from '../components/data-table.tsx';
import { Loaded } from '../components/loaded.tsx';
import { PersonLink } from '../components/words.tsx';
import type { BusyChannel, BusyUser, Listed, TimeseriesAnswer } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import type { Query } from '../state/server-api.ts';
import { useLoad } from '../state/use-load.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const SECONDS_AN_HOUR = 3_600;
const LISTED = 10;

/** A stretch of time, and the unit in which it is drawn. */
const SPANS = {
  hours: { label: 'The last 3 hours, by minutes', ms: 3 * HOUR_MS, bucket: 'minute' },
  days: { label: 'The last 2 days, by hours', ms: 2 * DAY_MS, bucket: 'hour' },
  month: { label: 'The last 30 days', ms: 30 * DAY_MS, bucket: 'day' },
  year: { label: 'The last year, by days', ms: 365 * DAY_MS, bucket: 'day' },
} as const;
type SpanName = keyof typeof SPANS;
const CHOICES = Object.entries(SPANS).map(([name, { label }]) => [name, label] as const);
const METRICS = [
  ['messages', 'Messages'],
  ['active_users', 'Users who wrote'],
  ['connections', 'Connections that began'],
] as const;

const number = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });

/** Charts over time, and who and what was busiest in it. */
export function ActivityPage() {
  const [name, setName] = useState<SpanName>('month');
  // One time for all of the page: it stands until another is chosen.
  const range = useMemo(() => rangeOf(name), [name]);
  return (
    <>
      <div class="bar">
        <SelectField
          label="Time"
          value={name}
          choices={CHOICES}
          onValue={(chosen) => setName(isSpan(chosen) ? chosen : name)}
          testId="span"
        />
      </div>
      <div class="charts">
        {METRICS.map(([metric, title]) => (
          <Series key={metric} metric={metric} title={title} range={range} bucket={SPANS[name].bucket} />
        ))}
      </div>
      <BusyChannels range={range} />
      <BusyUsers range={range} />
    </>
  );
}

interface SeriesProps {
  readonly metric: string;
  readonly title: string;
  readonly range: Query;
  readonly bucket: string;
}

function Series({ metric, title, range, bucket }: SeriesProps) {
  const api = useApi();
  const query = { metric, bucket, time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone, ...range };
  const series = useLoad(JSON.stringify(query), () =>
    api.get<TimeseriesAnswer>('activity/timeseries', query),
  );
  const drawn = useMemo(() => {
    const items = series.value?.items ?? [];
    return {
      times: items.map(({ start }) => start),
      lines: [{ label: title, values: items.map(({ value }) => value) }],
    };
  }, [series.value, title]);
  return (
    <Loaded load={series}>{() => <Chart title={title} testId={`activity-${metric}`} {...drawn} />}</Loaded>
  );
}

function BusyChannels({ range }: { readonly range: Query }) {
  const api = useApi();
  const query = { ...range, limit: LISTED };
  const channels = useLoad(JSON.stringify(query), () =>
    api.get<Listed<BusyChannel>>('activity/channels', query),
  );
  return (
    <section class="section" aria-label="Busiest channels">
      <h2>Busiest channels</h2>
      <Loaded load={channels} empty={({ items }) => (items.length === 0 ? 'Nothing was written.' : null)}>
        {({ items }) => (
          <DataTable
            label="Busiest channels"
            testId="busy-channels"
            items={items}
            keyOf={({ channel_id: id }) => id}
            columns={[
              { head: 'Channel', cell: ({ channel_id: id, name }) => <bdi>{name ?? id}</bdi> },
              { head: 'Messages', cell: ({ messages }) => number.format(messages) },
            ]}
          />
        )}
      </Loaded>
    </section>
  );
}

function BusyUsers({ range }: { readonly range: Query }) {
  const api = useApi();
  const query = { ...range, limit: LISTED };
  const users = useLoad(JSON.stringify(query), () => api.get<Listed<BusyUser>>('activity/users', query));
  return (
    <section class="section" aria-label="Most active users">
      <h2>Most active users</h2>
      <Loaded load={users} empty={({ items }) => (items.length === 0 ? 'Nobody wrote.' : null)}>
        {({ items }) => (
          <DataTable
            label="Most active users"
            testId="busy-users"
            items={items}
            keyOf={({ user_id: id }) => id}
            columns={[
              {
                head: 'User',
                cell: ({ user_id: id, name }) => (
                  <PersonLink person={{ id, ...(name === undefined ? {} : { name }) }} />
                ),
              },
              { head: 'Messages', cell: ({ messages }) => number.format(messages) },
              { head: 'Sessions', cell: ({ sessions }) => number.format(sessions) },
              {
                head: 'Hours here',
                cell: ({ total_duration_seconds: seconds }) => number.format(seconds / SECONDS_AN_HOUR),
              },
            ]}
          />
        )}
      </Loaded>
    </section>
  );
}

function isSpan(name: string): name is SpanName {
  return Object.hasOwn(SPANS, name);
}

function rangeOf(name: SpanName): Query {
  const to = Date.now();
  return { from: to - SPANS[name].ms, to };
}
