/** How the server is at this moment, as it pushes it. */
import { useEffect, useMemo } from 'preact/hooks';
import type { AnalyticsPoint } from '../../../src/protocol/analytics.ts';
import { Chart } from '../components/chart.tsx';
import { DataTable } from '../components/data-table.tsx';
import { useDashboard, useValue } from '../state/dashboard-context.ts';

const number = new Intl.NumberFormat(undefined, { maximumFractionDigits: 1 });
const STATES = {
  connecting: 'Connecting…',
  live: 'Live',
  refused: 'Figures of the whole server are not for this login.',
} as const;
const PERCENT = 100;
const KB = 1_000;

/** Tiles, charts and threads; a second is drawn once. */
export function LiveFigures() {
  const { live } = useDashboard();
  const { points, state, shards, gateways, errorsByCode } = useValue(live.figures);
  useEffect(() => {
    live.open();
    return () => live.close();
  }, [live]);
  const newest = points.at(-1);
  return (
    <>
      <p class={state === 'live' ? 'good' : 'hint'} role="status" data-testid="live">
        {STATES[state]}
      </p>
      {newest !== undefined && (
        <>
          <Tiles point={newest} waiting={shards.reduce((sum, { mailbox }) => sum + mailbox, 0)} />
          <Charts points={points} />
          <Errors byCode={errorsByCode} />
          <section class="section" aria-label="Shards">
            <h2>Shards</h2>
            <DataTable
              label="Shards"
              testId="shards"
              items={shards}
              keyOf={({ shard }) => `${shard}`}
              columns={[
                { head: 'Shard', cell: ({ shard }) => shard },
                {
                  head: 'Load',
                  cell: ({ answers, load }) =>
                    answers ? (
                      <span class="number">{Math.round(load * PERCENT)} %</span>
                    ) : (
                      <strong class="bad">does not answer</strong>
                    ),
                },
                { head: 'Requests a second', cell: ({ requests }) => number.format(requests) },
                { head: 'Mailbox', cell: ({ mailbox }) => number.format(mailbox) },
                { head: 'Wait for a commit', cell: ({ held }) => number.format(held) },
                { head: 'Channels in memory', cell: ({ channels }) => number.format(channels) },
              ]}
            />
          </section>
          <section class="section" aria-label="Sockets">
            <h2>Sockets</h2>
            <DataTable
              label="Sockets"
              testId="gateways"
              items={gateways}
              keyOf={({ gateway }) => gateway}
              columns={[
                {
                  head: 'Thread',
                  cell: ({ gateway, answers }) => (
                    <>
                      {gateway} {!answers && <strong class="bad">does not answer</strong>}
                    </>
                  ),
                },
                { head: 'Connections', cell: ({ connections }) => number.format(connections) },
                { head: 'Waits, KB', cell: ({ backlogBytes }) => number.format(backlogBytes / KB) },
                { head: 'Slow', cell: ({ slowSockets }) => number.format(slowSockets) },
              ]}
            />
          </section>
        </>
      )}
    </>
  );
}

function Tiles({ point, waiting }: { readonly point: AnalyticsPoint; readonly waiting: number }) {
  const ms = (value: number | null): string => (value === null ? '–' : `${number.format(value)} ms`);
  const tiles = [
    ['connections', 'Connections', number.format(point.connections)],
    ['messages', 'Messages a second', number.format(point.messages)],
    [
      'frames',
      'Frames in and out a second',
      `${number.format(point.framesIn)} / ${number.format(point.framesOut)}`,
    ],
    ['commit', 'Commit, 99th percentile', ms(point.commitP99Ms)],
    ['lag', 'Lag of the main thread', ms(point.loopLagP99Ms)],
    ['mailbox', 'Requests that wait', number.format(waiting)],
    ['errors', 'Errors a second', number.format(point.errors)],
  ] as const;
  return (
    <dl class="tiles">
      {tiles.map(([id, label, value]) => (
        <div key={id} class="tile" data-testid={`tile-${id}`}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Charts({ points }: { readonly points: readonly AnalyticsPoint[] }) {
  const shown = useMemo(
    () => ({
      times: points.map(({ at }) => at),
      rates: [
        { label: 'Messages', values: points.map(({ messages }) => messages) },
        { label: 'Errors', values: points.map(({ errors }) => errors) },
      ],
      connections: [{ label: 'Connections', values: points.map(({ connections }) => connections) }],
      latencies: [
        { label: 'Median', values: points.map(({ commitP50Ms }) => commitP50Ms) },
        { label: '99th percentile', values: points.map(({ commitP99Ms }) => commitP99Ms) },
      ],
    }),
    [points],
  );
  const { times, rates, connections, latencies } = shown;
  return (
    <div class="charts">
      <Chart title="Messages and errors a second" times={times} lines={rates} testId="chart-rates" />
      <Chart title="Connections" times={times} lines={connections} testId="chart-connections" />
      <Chart title="Commits, ms" times={times} lines={latencies} testId="chart-commits" />
    </div>
  );
}

function Errors({ byCode }: { readonly byCode: Readonly<Record<string, number>> }) {
  const codes = Object.entries(byCode).sort(([, a], [, b]) => b - a);
  if (codes.length === 0) return null;
  return (
    <p data-testid="errors">
      Errors of this second: {codes.map(([code, rate]) => `${code} ${number.format(rate)}`).join(', ')}
    </p>
  );
}
