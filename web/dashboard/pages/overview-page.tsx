import { DataTable } from '../components/data-table.tsx';
import { Loaded } from '../components/loaded.tsx';
import type { ChannelRow, Listed, ReportRow } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import { linkTo } from '../state/place.ts';
import { useLoad } from '../state/use-load.ts';
import { LiveFigures } from './live-figures.tsx';

/** Most reports that are counted here; more are "so many and more". */
const COUNTED = 50;

/** How the server is at this moment. */
export function OverviewPage() {
  return (
    <>
      <LiveFigures />
      <Waiting />
      <Busy />
    </>
  );
}

/** What waits for somebody to look after it. */
function Waiting() {
  const api = useApi();
  const open = useLoad('open', () =>
    api.get<Listed<ReportRow>>('reports', { state: 'open', limit: COUNTED }),
  );
  return (
    <section class="section" aria-label="Waiting">
      <h2>Waiting</h2>
      <Loaded load={open} empty={({ items }) => (items.length === 0 ? 'No report waits.' : null)}>
        {({ items, has_more: more }) => (
          <p>
            <a href={linkTo('reports')} data-testid="open-reports">
              {items.length}
              {more === true ? ' and more' : ''} {items.length === 1 ? 'report' : 'reports'}
            </a>{' '}
            that nobody has taken on
          </p>
        )}
      </Loaded>
    </section>
  );
}

/** Channels that people are in. */
function Busy() {
  const api = useApi();
  const active = useLoad('active', () =>
    api.get<Listed<ChannelRow>>('channels', { active: true, limit: COUNTED }),
  );
  return (
    <section class="section" aria-label="Channels with people in them">
      <div class="bar">
        <h2>Channels with people in them</h2>
        <button class="quiet" type="button" data-testid="refresh" onClick={active.reload}>
          Refresh
        </button>
      </div>
      <Loaded
        load={active}
        empty={({ items }) => (items.length === 0 ? 'Nobody is in a channel just now.' : null)}
      >
        {({ items }) => (
          <DataTable
            label="Channels with people in them"
            testId="active-channels"
            items={[...items].sort((a, b) => (b.present ?? 0) - (a.present ?? 0))}
            keyOf={({ id }) => id}
            columns={[
              { head: 'Channel', cell: ({ name }) => <bdi>{name}</bdi> },
              { head: 'Id', cell: ({ id }) => id },
              { head: 'People', cell: ({ present }) => <span class="number">{present}</span> },
            ]}
          />
        )}
      </Loaded>
    </section>
  );
}
