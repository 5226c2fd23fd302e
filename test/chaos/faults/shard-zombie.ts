/**
 * What a dead shard had sent comes to PostgreSQL, or to its end there, after the shard was replaced: once as bytes that
 * were kept on their way, once as a statement that waits for a lock. Either would commit behind the replacement's back.
 */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { ThreadFault } from '../../support/thread-fault.ts';
import type { ProxiedConnection } from '../../support/postgres-proxy.ts';
import type { Check, Fault, FaultContext } from '../fault.ts';
import { acknowledgedPerSecond, cuts, crowdKept } from '../measures.ts';
import { eventually } from '../stage/eventually.ts';
import { onStage, type Stage } from '../stage/stage.ts';

const BROKEN = 1;
const PATIENCE_MS = 30_000;
/** How long the crowd chats on behind the late commit, ms. */
const AFTERMATH_MS = 2_000;
/** Names of the sessions that write a shard's batches: process, shard, incarnation. */
const WRITER = new RegExp(`^hubbub/[^/]+/${BROKEN}/\\d+$`);
const WRITERS_SQL = `select count(*)::int as count from pg_stat_activity
  where datname = current_database() and application_name ~ $1`;

export const shardZombie: Fault = {
  name: 'shard-zombie',
  what: 'what a shard sent comes to PostgreSQL after it was replaced; its statement goes on after it was replaced',
  run: (context) =>
    onStage(context, { shards: 2, channelsPerShard: 2 }, async (stage) => {
      const { crowd } = stage;
      const faults: ThreadFault[] = context.random.chance(0.5) ? ['exit', 'loop'] : ['loop', 'exit'];
      await crowd.enterMany('listener', 2);
      for (const writer of await crowd.enterMany('sender', 5)) writer.chat();
      await crowd.untilAcknowledged(200);
      const checks: Check[] = [];
      for (const [index, lateness] of [lateBytes, lateStatement].entries()) {
        await pause(context.random.int(500, 1_500));
        checks.push(await lateness(context, stage, faults[index] ?? 'exit'));
        await pause(AFTERMATH_MS);
      }
      const verdict = await crowd.settle();
      const cut = cuts(crowd.records);
      const stayed = { what: 'sockets stay', measured: `${cut} lost`, held: cut === 0 };
      return [...crowdKept(verdict), ...checks, stayed];
    }),
};

async function lateBytes(
  { postgres, onStep }: FaultContext,
  stage: Stage,
  fault: ThreadFault,
): Promise<Check> {
  const { proxy, database } = stage;
  const zombies = new Set<ProxiedConnection>();
  proxy.requests = (connection) => {
    // Its replacement's connections come later.
    if (zombies.size === 0 && WRITER.test(connection.applicationName)) zombies.add(connection);
    return zombies.has(connection) ? 'keep' : 'pass';
  };
  await eventually('a batch is kept on its way', PATIENCE_MS, () => proxy.kept() > 0);
  const kept = proxy.kept();
  await replaced(stage, fault);
  const sessions = await writers(postgres, database);
  const sent = proxy.release();
  proxy.requests = 'pass';
  onStep(`${kept} bytes were late, ${sent} found their session`);
  return {
    what: 'bytes that come late find the session ended: one writer is left',
    measured: `${kept} bytes kept, shard ended by ${fault}; ${sent} found a session, ${sessions} writers`,
    held: kept > 0 && sent === 0 && sessions === 1,
  };
}

async function lateStatement(
  { postgres, onStep }: FaultContext,
  stage: Stage,
  fault: ThreadFault,
): Promise<Check> {
  const { database, channelsOf } = stage;
  const client = new pg.Client({ connectionString: database });
  await client.connect();
  try {
    await client.query('begin');
    const keys = channelsOf(BROKEN).map((id) => `channel:${id}`);
    await client.query('select from logs where key = any ($1) for update', [keys]);
    const [{ pid }] = (await client.query<{ pid: number }>('select pg_backend_pid() as pid')).rows as [
      { pid: number },
    ];
    const blocked = async (): Promise<number[]> => {
      const sql = 'select pid from pg_stat_activity where $1 = any (pg_blocking_pids(pid))';
      const found = await postgres.query(database, sql, [pid]);
      return (found.rows as { pid: number }[]).map((row) => row.pid);
    };
    let zombies: number[] = [];
    await eventually('a batch waits for the lock', PATIENCE_MS, async () => {
      zombies = await blocked();
      return zombies.length > 0;
    });
    const before = stage.now();
    await stage.server.order({ kind: 'break', thread: `shard-${BROKEN}`, fault });
    // The replacement's own first batch waits for the lock too: then it has begun.
    await eventually('the replacement writes', PATIENCE_MS, async () =>
      (await blocked()).some((other) => !zombies.includes(other)),
    );
    const left = (await blocked()).filter((other) => zombies.includes(other)).length;
    await client.query('rollback');
    await acknowledges(stage, before);
    onStep(`${zombies.length} statements were under way, ${left} were left`);
    return {
      what: 'a statement under way is ended before the replacement writes',
      measured: `${zombies.length} waited, shard ended by ${fault}; ${left} left, ${await writers(postgres, database)} writers`,
      held: zombies.length > 0 && left === 0 && (await writers(postgres, database)) === 1,
    };
  } finally {
    await client.end();
  }
}

/** Breaks the shard; resolves when it acknowledges again. */
async function replaced(stage: Stage, fault: ThreadFault): Promise<void> {
  const from = stage.now();
  await stage.server.order({ kind: 'break', thread: `shard-${BROKEN}`, fault });
  await acknowledges(stage, from);
}

/** Resolves when the shard acknowledged something since `from`. */
async function acknowledges({ crowd, channelsOf, now }: Stage, from: number): Promise<void> {
  await eventually('the shard acknowledges again', PATIENCE_MS, () => {
    return acknowledgedPerSecond(crowd.records, { from, to: now(), channels: channelsOf(BROKEN) }) > 0;
  });
}

async function writers(postgres: FaultContext['postgres'], database: string): Promise<number> {
  const { rows } = await postgres.query(database, WRITERS_SQL, [WRITER.source]);
  return (rows as { count: number }[])[0]?.count ?? 0;
}
