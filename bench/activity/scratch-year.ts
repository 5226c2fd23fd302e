/** A year of messages and sessions in a database of its own, made in SQL and counted as a server counts them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import { connectDatabase } from '../../src/storage/connect-database.ts';
import type { Database } from '../../src/storage/database.ts';
import { startEmbeddedPostgres } from '../../src/storage/embedded/embedded-postgres.ts';

/** What there is in the year. */
export interface YearSize {
  readonly messages: number;
  readonly sessions: number;
  readonly channels: number;
  readonly users: number;
}

/** The year, ready to be read. */
export interface ScratchYear {
  readonly database: Database;
  /** ms since the epoch. */
  readonly from: number;
  readonly to: number;
  /** What counting the messages took, s. */
  readonly tallySeconds: number;
  /** Removes it. */
  remove(): Promise<void>;
}

/** A year in which clocks are set as in most. */
const FROM = Date.UTC(2025, 0);
const TO = Date.UTC(2026, 0);
/** Events of one pass: a server's have fewer, to be over in a moment. */
const EVENTS_A_PASS = 500_000;
/** Sessions that one statement adds up. */
const SESSIONS_AT_ONCE = 20_000;

// Messages of a channel are in order, as far apart as their number makes them; a few users write most of them.
const CHANNEL = `
  with made as (insert into logs (key, epoch, head) values ('channel:' || $1, 'bench', $2::bigint) returning id)
  insert into events (log_id, seq, id, type, sender, timestamp, data)
  select made.id, n, $1 || ':' || n, 'message:created',
    'user-' || floor(power(random(), 2) * $3::integer)::integer,
    $4::bigint + ((n - random()) * ($5::bigint - $4::bigint) / $2)::bigint,
    '{"content":"a message of a few words, as people write them"}'
  from made, generate_series(1, $2::integer) as n`;
const NAMES = `
  insert into names (key, user_id, name, wanted_key, guest, claimed_at, look, folded_look)
  select 'user-' || n, 'user-' || n, 'User ' || n, 'user-' || n, false, 0, 'user-' || n, 'user-' || n
  from generate_series(0, $1::integer - 1) as n`;
const SESSIONS = `
  with begun as (
    select n, $4::bigint + floor(random() * ($5::bigint - $4::bigint))::bigint as at
    from generate_series($1::integer, $2::integer) as n
  )
  insert into sessions (writer, connection, user_id, guest, started_at, ended_at, close_code)
  select 1, n, 'user-' || floor(power(random(), 2) * $3::integer)::integer, false, at,
    at + floor(random() * 14400000)::bigint, 1000
  from begun
  returning started_at, ended_at`;
const ADD_SESSIONS = `
  with made as (${SESSIONS})
  select tally_sessions(array_agg(started_at), array_agg(started_at), array_agg(ended_at), 1) from made`;

/** Makes it; takes minutes for millions. */
export async function scratchYear(size: YearSize): Promise<ScratchYear> {
  const logger = pino({ level: 'silent' });
  const dataDir = await mkdtemp(path.join(tmpdir(), 'hubbub-bench-'));
  const started = await startEmbeddedPostgres({ dataDir, durable: false, logger });
  if (!started.ok) throw new Error(started.failure.message);
  const { connectionString } = started.value;
  const connected = await connectDatabase({ connectionString, logger });
  if (!connected.ok) throw new Error(connected.failure.message);
  const database = connected.value;
  const remove = async (): Promise<void> => {
    await database.close();
    await started.value.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  try {
    const tallySeconds = await fill(connectionString, size);
    return { database, from: FROM, to: TO, tallySeconds, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** What counting the messages took, s. */
async function fill(connectionString: string, size: YearSize): Promise<number> {
  const { messages, sessions, channels, users } = size;
  // No statement of this takes a server's ten seconds.
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    // The n-th channel has a share of 1 / n, as rooms are.
    const shares = Array.from({ length: channels }, (_, index) => 1 / (index + 1));
    const whole = shares.reduce((sum, share) => sum + share, 0);
    for (const [index, share] of shares.entries()) {
      const length = Math.max(1, Math.round((messages * share) / whole));
      await client.query(CHANNEL, [`channel-${index}`, length, users, FROM, TO]);
    }
    await client.query(NAMES, [users]);
    for (let from = 1; from <= sessions; from += SESSIONS_AT_ONCE) {
      const to = Math.min(sessions, from + SESSIONS_AT_ONCE - 1);
      await client.query(ADD_SESSIONS, [from, to, users, FROM, TO]);
    }
    await client.query('vacuum analyze');
    const seconds = await count(client);
    await client.query('vacuum analyze');
    return seconds;
  } finally {
    await client.end();
  }
}

async function count(client: pg.Client): Promise<number> {
  await client.query("set work_mem = '256MB'");
  const began = performance.now();
  for (let waiting = 1; waiting > 0;) {
    const { rows } = await client.query<{ waiting: string }>('select waiting from tally_messages($1, $2)', [
      EVENTS_A_PASS,
      TO / 60_000,
    ]);
    waiting = Number(rows[0]?.waiting ?? 0);
  }
  return (performance.now() - began) / 1_000;
}
