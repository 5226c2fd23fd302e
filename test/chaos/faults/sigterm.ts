/** SIGTERM under load, and a second one that doesn't wait. With GATEWAYS=0, and with threads that own the sockets. */
import { shardOf } from '../../../src/threads/shard-of.ts';
import type { Check, Fault, FaultContext } from '../fault.ts';
import { crowdKept } from '../measures.ts';
import { type GoingDown, goingDown, signal, untilNotReady } from '../stage/going-down.ts';
import { onStage, type Stage } from '../stage/stage.ts';
import { Witness } from '../stage/witness.ts';

const SHARDS = 2;
const WITNESSES = 100;
/** The first signal comes after so many acknowledgements, at least, and at most as many more. */
const ACKS_BEFORE = 150;
/** One shard is held up so long, so that there is something to wait for: well under what makes it count as dead, ms. */
const HELD_UP_MS = 1_000;
/** Clients' delays, and the time in which everything has to be over, as src/main.ts and docs/SPEC.md have them, ms. */
const SPREAD_MS = 5_000;
const DEADLINE_MS = 20_000;
/** `At once`, ms: what it takes to end a process with its threads, on busy cores. */
const AT_ONCE_MS = 1_000;
/** Requests of the witnesses: what they are owed an answer to, and what tells that it was taken in. */
const LAST = 'last';
const TAKEN_IN = 'taken in';
/** With so many witnesses an empty quarter of the spread would come by chance once in 10¹² runs. */
const QUARTERS = 4;

export const sigterm: Fault = {
  name: 'sigterm',
  what: 'SIGTERM under load; later another one, and a second right behind it',
  run: async (context) => [
    ...(await onStage(context, { shards: SHARDS }, (stage) => once(context, stage))),
    ...(await onStage(context, { shards: SHARDS, gateways: 2 }, (stage) => onceAndTwice(context, stage))),
  ],
};

async function once(context: FaultContext, stage: Stage): Promise<readonly Check[]> {
  await load(stage);
  const checks = checksOf(await drain(context, stage));
  return [...checks, ...crowdKept(await stage.crowd.settle())];
}

async function onceAndTwice(context: FaultContext, stage: Stage): Promise<readonly Check[]> {
  await load(stage);
  const checks = checksOf(await drain(context, stage));
  const { code, ms } = await endAtOnce(context, stage);
  const atOnce = {
    what: `a second SIGTERM ends it within ${AT_ONCE_MS / 1_000} s, with another exit code`,
    measured: `${code} after ${ms.toFixed(0)} ms`,
    held: code !== null && code !== 0 && ms <= AT_ONCE_MS,
  };
  const all = [...checks, atOnce, ...crowdKept(await stage.crowd.settle())];
  return all.map((check) => ({ ...check, what: `GATEWAYS=2: ${check.what}` }));
}

async function load({ crowd }: Stage): Promise<void> {
  await crowd.enterMany('listener', 2);
  for (const sender of await crowd.enterMany('sender', 4)) sender.chat();
}

interface Drained {
  readonly down: GoingDown;
  readonly witnesses: readonly Witness[];
  /** Connections to the database that are left, and those that ended without a word to it. */
  readonly left: number;
  readonly abandoned: number;
}

/** Lets a shard owe answers to the witnesses, asks the server to end, looks on, and starts it again. */
async function drain({ postgres, random, onStep }: FaultContext, stage: Stage): Promise<Drained> {
  const { server, crowd, database } = stage;
  const witnesses = await enterWitnesses(stage);
  await crowd.untilAcknowledged(random.int(ACKS_BEFORE, 2 * ACKS_BEFORE));
  await letOwe(stage, witnesses);
  const down = await goingDown(server);
  await Promise.all(witnesses.map((witness) => witness.ended()));
  const { rows: sessions } = await postgres.query(
    database,
    `select count(*)::int as left from pg_stat_activity
     where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid()`,
  );
  const { rows: counted } = await postgres.query(
    database,
    'select sessions_abandoned::int as abandoned from pg_stat_database where datname = current_database()',
  );
  onStep(`down after ${down.ms.toFixed(0)} ms`);
  await server.start();
  await crowd.untilAllOnline();
  const [session] = sessions as { left: number }[];
  const [count] = counted as { abandoned: number }[];
  return { down, witnesses, left: session?.left ?? Number.NaN, abandoned: count?.abandoned ?? Number.NaN };
}

/** Asks twice; gives how it ended, and the time from the second signal, ms. The server is started again. */
async function endAtOnce(
  { random, onStep }: FaultContext,
  stage: Stage,
): Promise<{ readonly code: number | null; readonly ms: number }> {
  const { server, crowd } = stage;
  const witnesses = await enterWitnesses(stage);
  await crowd.untilAcknowledged(random.int(ACKS_BEFORE, 2 * ACKS_BEFORE));
  await letOwe(stage, witnesses);
  const ended = server.ended();
  signal(server);
  await untilNotReady(server);
  const signalledAt = signal(server);
  const code = await ended;
  const ms = performance.now() - signalledAt;
  onStep(`down ${ms.toFixed(0)} ms after the second signal`);
  await server.start();
  await crowd.untilAllOnline();
  return { code, ms };
}

/** They are in a channel of the first shard, where nobody of the crowd is. */
async function enterWitnesses({ server }: Stage): Promise<readonly Witness[]> {
  let channelId = 'witness';
  while (shardOf(`channel:${channelId}`, SHARDS) !== 0) channelId += '-';
  return Promise.all(Array.from({ length: WITNESSES }, () => Witness.join(server.port, channelId)));
}

/** Holds the first shard up, and resolves when it has a message of each witness to answer. */
async function letOwe({ server }: Stage, witnesses: readonly Witness[]): Promise<void> {
  await server.order({ kind: 'block', thread: 'shard-0', ms: HELD_UP_MS });
  for (const witness of witnesses) {
    witness.ask('message:send', LAST, { content: 'the last one' });
    // Answered by the gateway, in order: what came before it was taken in.
    witness.ask('ping', TAKEN_IN);
  }
  await Promise.all(witnesses.map((witness) => witness.answered(TAKEN_IN)));
}

function checksOf({ down, witnesses, left, abandoned }: Drained): readonly Check[] {
  const ends = witnesses.flatMap(({ end }) => (end === null ? [] : [end]));
  const firstEnd = Math.min(...ends.map(({ at }) => at));
  const told = ends.flatMap(({ ending }) =>
    ending.kind === 'closed' && ending.code === 4200 ? [ending] : [],
  );
  const delays = told.map(({ reason }) => (/^\d+$/.test(reason) ? Number(reason) : Number.NaN));
  const quarters = new Set(delays.map((delay) => Math.floor((delay * QUARTERS) / SPREAD_MS)));
  const answered = witnesses.filter((witness) => witness.answerTo(LAST) === 'ack').length;
  const warningMs = down.notReadyAt === null ? Number.NaN : firstEnd - down.notReadyAt;
  return [
    {
      what: '`/ready` fails before any socket is closed, and stays so',
      measured: `${warningMs.toFixed(0)} ms before${down.readyAgain ? ', and was ready again' : ''}`,
      held: warningMs > 0 && !down.readyAgain,
    },
    {
      what: 'no new sockets from then on',
      measured: `${down.refused} refused, ${down.letIn} let in`,
      held: down.refused > 0 && down.letIn === 0,
    },
    {
      what: 'what was taken in is answered first',
      measured: `${answered} of ${witnesses.length} acknowledged`,
      held: answered === witnesses.length,
    },
    {
      what: `every client is told 4200, with delays from 0 to ${SPREAD_MS} ms in each quarter of that`,
      measured:
        `${told.length} of ${witnesses.length}; ${new Set(delays).size} different delays, ` +
        `${Math.min(...delays)} to ${Math.max(...delays)} ms`,
      held:
        told.length === witnesses.length &&
        delays.every((delay) => delay >= 0 && delay <= SPREAD_MS) &&
        quarters.size >= QUARTERS,
    },
    {
      what: 'sessions in the database are closed, and none left without a word',
      measured: `${left} open, ${abandoned} abandoned`,
      held: left === 0 && abandoned === 0,
    },
    {
      what: `exit code 0 within ${DEADLINE_MS / 1_000} s`,
      measured: `${down.code} after ${(down.ms / 1_000).toFixed(1)} s`,
      held: down.code === 0 && down.ms <= DEADLINE_MS,
    },
  ];
}
