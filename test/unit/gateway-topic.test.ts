import { describe, expect, it } from 'vitest';
import { FanOut } from '../../src/gateway/fan-out.ts';
import { Heartbeat } from '../../src/gateway/heartbeat.ts';
import { Topic } from '../../src/gateway/topic.ts';
import { SimClock } from '../sim/sim-clock.ts';
import { framed, openConnection } from '../support/gateway-socket.ts';

const KIB = 1024;

function topicWith(count: number) {
  const topic = new Topic('room', 0);
  const members = Array.from({ length: count }, (_, index) => openConnection(index + 1));
  for (const { connection } of members) topic.listeners.add(connection);
  return { topic, members };
}

describe('a topic', () => {
  it('[SHARD-10] writes what waits as one write a socket, in order, durable before ephemeral', () => {
    const { topic, members } = topicWith(2);
    topic.publish(1, framed('one'));
    topic.broadcast(framed('typing'), []);
    topic.publish(2, framed('two'));
    expect(topic.flush()).toBe(6);
    for (const { socket } of members) expect(socket.writes).toEqual([['one', 'two', 'typing']]);
    expect([topic.flush(), topic.isWaiting]).toEqual([0, false]);
  });

  it('[SHARD-10] leaves out who is excepted from an ephemeral frame, of that frame alone', () => {
    const { topic, members } = topicWith(3);
    topic.broadcast(framed('not for 1'), [1]);
    topic.broadcast(framed('not for 2'), [2]);
    topic.flush();
    expect(members.map(({ socket }) => socket.texts)).toEqual([
      ['not for 2'],
      ['not for 1'],
      ['not for 1', 'not for 2'],
    ]);
    topic.broadcast(framed('for nobody'), [1, 2, 3]);
    topic.flush();
    expect(members.map(({ socket }) => socket.writes.length)).toEqual([1, 1, 1]);
  });

  it('[SHARD-3] drops events that it took in before', () => {
    const { topic, members } = topicWith(1);
    for (const seq of [1, 2, 2, 1, 3]) topic.publish(seq, framed(`${seq}`));
    topic.flush();
    expect(members[0]!.socket.texts).toEqual(['1', '2', '3']);
    expect(topic.lastSeq).toBe(3);
  });

  it('[SHARD-9] keeps copies: the batch that frames came in may go', () => {
    const { topic, members } = topicWith(1);
    const frame = framed('kept');
    topic.publish(1, frame);
    frame.fill(0);
    topic.flush();
    expect(members[0]!.socket.texts).toEqual(['kept']);
  });

  it('[CONN-12] a socket with more than 64 KiB unsent gets durable events only', () => {
    const { topic, members } = topicWith(2);
    members[0]!.socket.writableLength = 64 * KIB + 1;
    members[1]!.socket.writableLength = 64 * KIB;
    topic.broadcast(framed('typing'), []);
    topic.publish(1, framed('one'));
    topic.flush();
    topic.broadcast(framed('more typing'), []);
    topic.flush();
    expect(members.map(({ socket }) => socket.texts)).toEqual([['one'], ['one', 'typing', 'more typing']]);
  });

  it('[CONN-12] a socket with more than 1 MiB unsent is closed with 4201, and nobody waits for it', () => {
    const { topic, members } = topicWith(2);
    members[0]!.socket.writableLength = KIB * KIB + 1;
    topic.publish(1, framed('one'));
    topic.flush();
    topic.publish(2, framed('two'));
    topic.flush();
    expect(members[0]!.socket).toMatchObject({ writes: [], closes: [[4201, 'too slow']] });
    expect(members[1]!.socket.texts).toEqual(['one', 'two']);
  });
});

describe('a connection', () => {
  it('[SHARD-10] writes its own frames before what it shares, in one write', () => {
    const { connection, socket } = openConnection(1);
    connection.queue(framed('answer'));
    connection.queue(framed('answer 2'));
    connection.write(framed('event'));
    expect(socket.writes).toEqual([['answer', 'answer 2', 'event']]);
    expect(connection.hasDirect).toBe(false);
  });

  it('[CONN-10] writes what waits before it closes, once, and nothing afterwards', () => {
    const { connection, socket } = openConnection(1);
    connection.queue(framed('last'));
    connection.close(4002, 'token expired');
    connection.close(4003);
    connection.queue(framed('late'));
    connection.write(framed('late'));
    connection.ping();
    expect(socket).toMatchObject({ writes: [['last']], closes: [[4002, 'token expired']], pings: 0 });
  });

  it('[CONN-12] is closed once, for what it was meant to be closed for, however slow it is', () => {
    const { connection, socket } = openConnection(1);
    socket.writableLength = 2 * KIB * KIB;
    connection.queue(framed('answer'));
    connection.close(4003, 'banned');
    expect(socket.closes).toEqual([[4003, 'banned']]);
  });
});

describe('fan-out', () => {
  /** A clock on which each flush takes `costMs`. */
  const costly = (costMs: number) => {
    const clock = new SimClock();
    let extra = 0;
    const timers = {
      mono: () => clock.mono() + extra,
      after: (delayMs: number, callback: () => void) => clock.after(delayMs, callback),
    };
    const fanOut = new FanOut(timers, () => {
      extra += costMs;
    });
    return { clock, fanOut };
  };

  it('[SHARD-10] a quiet topic goes out at once', () => {
    const { fanOut } = costly(0);
    const { topic, members } = topicWith(1);
    topic.publish(1, framed('one'));
    fanOut.dirty(topic);
    fanOut.run();
    expect(members[0]!.socket.texts).toEqual(['one']);
  });

  it('[SHARD-10] a flush that took t ms lets the next wait for t ms, and what comes meanwhile goes out joined', async () => {
    const { clock, fanOut } = costly(5);
    const { topic, members } = topicWith(1);
    for (const seq of [1, 2, 3]) {
      topic.publish(seq, framed(`${seq}`));
      fanOut.dirty(topic);
      fanOut.run();
    }
    expect(members[0]!.socket.writes).toEqual([['1']]);
    await clock.advance(4);
    expect(members[0]!.socket.writes).toHaveLength(1);
    await clock.advance(1);
    expect(members[0]!.socket.writes).toEqual([['1'], ['2', '3']]);
    fanOut.close();
  });

  it('[SHARD-10] a busy topic does not hold up answers, nor another topic', async () => {
    const { clock, fanOut } = costly(5);
    const [busy, quiet] = [topicWith(1), topicWith(1)];
    const flush = (topic: Topic, seq: number) => {
      topic.publish(seq, framed(`${seq}`));
      fanOut.dirty(topic);
      fanOut.run();
    };
    flush(busy.topic, 1);
    flush(busy.topic, 2);
    const { connection, socket } = busy.members[0]!;
    connection.queue(framed('answer'));
    fanOut.direct(connection);
    flush(quiet.topic, 1);
    expect(socket.writes).toEqual([['1'], ['answer']]);
    expect(quiet.members[0]!.socket.texts).toEqual(['1']);
    await clock.advance(20);
    expect(socket.texts).toEqual(['1', 'answer', '2']);
    fanOut.close();
  });
});

describe('the heartbeat', () => {
  it('[CONN-9] pings every 25 s, and cuts off who was silent for two heartbeats', async () => {
    const clock = new SimClock();
    const heartbeat = new Heartbeat(clock, () => undefined);
    const [silent, lively] = [openConnection(3), openConnection(4)];
    for (const { connection } of [silent, lively]) heartbeat.add(connection);
    for (let second = 0; second < 120; second += 1) {
      await clock.advance(1_000);
      lively.connection.heardAt = heartbeat.round;
      if (silent.socket.closes.length > 0) heartbeat.delete(silent.connection);
    }
    expect(silent.socket).toMatchObject({ closes: [[0, '']], pings: 2 });
    expect(lively.socket).toMatchObject({ closes: [], pings: 5 });
    heartbeat.close();
  });

  it('[CONN-9] time in which this thread did not run has no rounds', () => {
    let beat: () => void = () => undefined;
    let now = 0;
    const timers = {
      mono: () => now,
      after: (_delayMs: number, callback: () => void) => {
        beat = callback;
        return () => undefined;
      },
    };
    const heartbeat = new Heartbeat(timers, () => undefined);
    const { connection, socket } = openConnection(1);
    heartbeat.add(connection);
    now += 3_600_000;
    for (let count = 0; count < 49; count += 1) beat();
    expect([socket.closes, heartbeat.round]).toEqual([[], 49]);
    heartbeat.delete(connection);
    for (let count = 0; count < 100; count += 1) beat();
    expect(socket.closes).toEqual([]);
  });
});
