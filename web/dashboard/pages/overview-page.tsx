import { DataTable } from '../components/data-table.tsx';
import { Loaded } from '../components/loaded.tsx';
import { PersonLink } from '../components/words.tsx';
import type { BusyUser, ChannelRow, Listed, ReportRow } from '../state/answers.ts';
import { useApi } from '../state/dashboard-context.ts';
import { linkTo } from '../state/place.ts';
import { useLoad } from '../state/use-load.ts';
import { LiveFigures } from './live-figures.tsx';

/** Most reports that are counted here; more are "so many and more". */
const COUNTED = 50;
const QUARTER_MS = 900_000;
const TALKERS = 5;

/** How the server is at this moment. */
export function OverviewPage() {
  return (
    <>
      <LiveFigures />
      <Waiting />
      <Busy />
      <Talkers />
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

/** Who writes most. */
function Talkers() {
  const api = useApi();
  const talkers = useLoad('talkers', () =>
    api.get<Listed<BusyUser>>('activity/users', { from: Date.now() - QUARTER_MS, limit: TALKERS }),
  );
  return (
    <section class="section" aria-label="Who writes most">
      <div class="bar">
        <h2>Who wrote most, since a quarter of an hour or two</h2>
        <button class="quiet" type="button" data-testid="refresh-talkers" onClick={talkers.reload}>
          Refresh
        </button>
      </div>
      <Loaded load={talkers} empty={({ items }) => (items.length === 0 ? 'Nobody wrote.' : null)}>
        {({ items }) => (
          <DataTable
            label="Who writes most"
            testId="talkers"
            items={items}
            keyOf={({ user_id: id }) => id}
            columns={[
              {
                head: 'Who',
                cell: ({ user_id: id, name }) => (
                  <PersonLink person={{ id, ...(name === undefined ? {} : { name }) }} />
                ),
              },
              { head: 'Messages', cell: ({ messages }) => <span class="number">{messages}</span> },
            ]}
          />
        )}
      </Loaded>
    </section>
  );
}
