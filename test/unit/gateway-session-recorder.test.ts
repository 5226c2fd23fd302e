import { describe, expect, it } from 'vitest';
import type { RecordedSession } from '../../src/gateway/ports/session-store.ts';
import { SessionRecorder } from '../../src/gateway/session-recorder.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import { MemorySessions } from '../../src/storage/memory/memory-sessions.ts';
import { SimClock } from '../sim/sim-clock.ts';
import { identityOf, runningGateway } from '../support/running-gateway.ts';

const WRITER = { name: 'run/main', run: 'run', place: null };

async function running() {
  const clock = new SimClock();
  const sessions = new MemorySessions(() => clock.mono());
  const store = { away: false, batches: [] as number[], closed: [] as string[] };
  const warnings: string[] = [];
  const recorder = new SessionRecorder({
    store: {
      record: async (writer, at, batch) => {
        store.batches.push(batch.length);
        return store.away ? fail(failure('unavailable', 'away', 1)) : sessions.record(writer, at, batch);
      },
      closeDead: (staleMs, now) => sessions.closeDead(staleMs, now),
      close: (name) => {
        store.closed.push(name);
        return sessions.close(name);
      },
    },
    writer: WRITER,
    timers: clock,
    logger: { warn: (_fields, message) => warnings.push(message) },
  });
  const begins = (connection: number): RecordedSession => ({
    ...{ connection, userId: 'ada', guest: false, clientId: null, startedAt: clock.now() },
    ...{ endedAt: null, code: null },
  });
  await clock.advance(1);
  return { clock, sessions, store, warnings, recorder, begins };
}

describe('the recorder of sessions', () => {
  it('[ACT-1] tells what is new by one statement a second, and that it lives every five', async () => {
    const { clock, sessions, store, recorder, begins } = await running();
    expect(store.batches).toEqual([0]);
    for (let connection = 1; connection <= 1_000; connection += 1) recorder.note(begins(connection));
    await clock.advance(1_000);
    expect(store.batches).toEqual([0, 1_000]);
    await clock.advance(4_000);
    expect(store.batches).toEqual([0, 1_000]);
    await clock.advance(2_000);
    expect(store.batches).toEqual([0, 1_000, 0]);
    expect(sessions.all).toHaveLength(1_000);
    expect(recorder.waiting).toBe(0);
  });

  it('[ACT-1] a session that begins and ends within a second is one row', async () => {
    const { clock, sessions, store, recorder, begins } = await running();
    const session = begins(1);
    recorder.note(session);
    await clock.advance(100);
    recorder.note({ ...session, endedAt: clock.now(), code: 1000 });
    await clock.advance(1_000);
    expect(store.batches).toEqual([0, 1]);
    expect(sessions.all).toMatchObject([{ code: 1000, endedAt: session.startedAt + 100 }]);
  });

  it('[ACT-3] while the store is away it waits, within a bound, and the oldest goes', async () => {
    const { clock, sessions, store, warnings, recorder, begins } = await running();
    store.away = true;
    const first = begins(0);
    recorder.note(first);
    for (let connection = 1; connection <= 50_009; connection += 1) recorder.note(begins(connection));
    expect([recorder.waiting, recorder.dropped, warnings.length]).toEqual([50_000, 10, 1]);
    await clock.advance(3_000);
    expect(recorder.waiting).toBe(50_000);
    store.away = false;
    await clock.advance(10_000);
    expect([recorder.waiting, sessions.all.length]).toEqual([0, 50_000]);
    expect(Math.max(...store.batches)).toBe(5_000);
    // Its end tells of the whole session.
    recorder.note({ ...first, endedAt: clock.now(), code: 1000 });
    await clock.advance(1_000);
    expect(sessions.all).toHaveLength(50_001);
  });

  it('[ACT-1] ends what is open when its thread ends, and doesn’t wait for a store that is away', async () => {
    const { clock, sessions, store, recorder, begins } = await running();
    recorder.note(begins(1));
    const stopping = recorder.stop();
    await clock.advance(10);
    await stopping;
    expect(store.closed).toEqual(['run/main']);
    expect(sessions.all).toMatchObject([{ code: null, endedAt: expect.any(Number) }]);
    const other = await running();
    other.store.away = true;
    other.recorder.note(other.begins(1));
    const stopped = other.recorder.stop();
    await other.clock.advance(2_000);
    await stopped;
    expect(other.store.closed).toEqual([]);
  });

  it('[ACT-1] [ACT-5] is told of every user’s connection, of a dashboard’s not', async () => {
    const { clock, client, gateway, recorded } = runningGateway();
    const ada = client({ identity: { ...identityOf('ada'), clientId: 'web' } });
    const board = identityOf('board');
    const hidden = client({ identity: { ...board, user: { ...board.user, hidden: true } } });
    const anonymous = client();
    await clock.advance(5);
    const begun = { userId: 'u-ada', guest: false, clientId: 'web', startedAt: expect.any(Number) };
    expect(recorded).toEqual([{ ...begun, connection: 1, endedAt: null, code: null }]);
    for (const { connection } of [ada, hidden, anonymous]) gateway.closed(connection, 1006);
    expect(recorded).toEqual([
      expect.anything(),
      { ...begun, connection: 1, endedAt: clock.now(), code: 1006 },
    ]);
  });
});
