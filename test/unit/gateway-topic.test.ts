import fc from 'fast-check';
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
  for (const { connection } of members) {
    topic.subscribe(connection);
    connection.topics.add(topic);
  }
  return { topic, members };
}

describe('a topic', () => {
  it('[SHARD-10] writes what waits as one write a socket, in order, durable before ephemeral', () => {
    const { topic, members } = topicWith(2);
    topic.publish(1, framed('one'));
    topic.broadcast(framed('typing'), [], 0);
    topic.publish(2, framed('two'));
    expect(topic.flush()).toBe(6);
    for (const { socket } of members) expect(socket.writes).toEqual([['one', 'two', 'typing']]);
    expect([topic.flush(), topic.waiting]).toEqual([0, 0]);
  });

  it('[SHARD-10] leaves out who is excepted from an ephemeral frame, of that frame alone', () => {
    const { topic, members } = topicWith(3);
    topic.broadcast(framed('not for 1'), [1], 0);
    topic.broadcast(framed('not for 2'), [2], 0);
    topic.flush();
    expect(members.map(({ socket }) => socket.texts)).toEqual([
      ['not for 2'],
      ['not for 1'],
      ['not for 1', 'not for 2'],
    ]);
    topic.broadcast(framed('for nobody'), [1, 2, 3], 0);
    topic.flush();
    expect(members.map(({ socket }) => socket.writes.length)).toEqual([1, 1, 1]);
  });

  it('[SHADOW-13] gives some another frame at the same place, also those that are behind, in one write', () => {
    const { topic, members } = topicWith(4);
    members[3]!.socket.writableLength = 64 * KIB + 1;
    topic.publish(1, framed('one'));
    const apart = [
      { frame: framed('for 1'), to: [1] },
      { frame: framed('for few'), to: [2, 4, 9] },
    ];
    topic.publish(2, framed('void'), apart);
    topic.broadcast(framed('typing'), [2], 0);
    topic.publish(3, framed('three'));
    // What was taken in before is dropped as a whole.
    topic.publish(3, framed('void'), [{ frame: framed('again'), to: [1] }]);
    apart[0]!.frame.fill(0);
    topic.flush();
    expect(members.map(({ socket }) => socket.writes)).toEqual([
      [['one', 'for 1', 'three', 'typing']],
      [['one', 'for few', 'three']],
      [['one', 'void', 'three', 'typing']],
      [['one', 'for few', 'three']],
    ]);
    topic.publish(4, framed('void'), [{ frame: framed('for 3'), to: [3] }]);
    topic.flushDurable();
    topic.publish(5, framed('five'));
    topic.flush();
    expect(members.map(({ socket }) => socket.texts.slice(-2))).toEqual([
      ['void', 'five'],
      ['void', 'five'],
      ['for 3', 'five'],
      ['void', 'five'],
    ]);
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
    topic.broadcast(framed('typing'), [], 0);
    topic.publish(1, framed('one'));
    topic.flush();
    topic.broadcast(framed('more typing'), [], 0);
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

  it('[CONN-12] may have as much unsent as the settings say', () => {
    const { connection, socket } = openConnection(1, 200_000);
    socket.writableLength = 200_000;
    connection.write(framed('just about'));
    socket.writableLength += 1;
    connection.write(framed('too much'));
    expect(socket).toMatchObject({ writes: [['just about']], closes: [[4201, 'too slow']] });
  });

  it('[CONN-12] is closed once, for what it was meant to be closed for, however slow it is', () => {
    const { connection, socket } = openConnection(1);
    socket.writableLength = 2 * KIB * KIB;
    connection.queue(framed('answer'));
    connection.close(4003, 'banned');
    expect(socket.closes).toEqual([[4003, 'banned']]);
  });
});

describe('who comes and goes while a topic waits', () => {
  it('[SHARD-14] a newcomer gets nothing that waited before: events go out to the others, the rest is not for it', () => {
    const { topic, members } = topicWith(1);
    const newcomer = openConnection(9);
    topic.broadcast(framed('older'), [], 100);
    topic.publish(1, framed('event'));
    topic.subscribe(newcomer.connection);
    expect(members[0]!.socket.writes).toEqual([['event']]);
    topic.broadcast(framed('newer'), [], 100);
    topic.flush();
    expect(members[0]!.socket.writes).toEqual([['event'], ['older', 'newer']]);
    expect(newcomer.socket.writes).toEqual([['newer']]);
    topic.broadcast(framed('later'), [], 100);
    topic.flush();
    expect(newcomer.socket.texts).toEqual(['newer', 'later']);
  });

  it('[SHARD-14] who leaves gets the events that wait, and nothing more', () => {
    const { topic, members } = topicWith(2);
    topic.broadcast(framed('typing'), [], 0);
    topic.publish(1, framed('event'));
    topic.unsubscribe(members[0]!.connection);
    topic.publish(2, framed('after'));
    topic.flush();
    expect(members[0]!.socket.texts).toEqual(['event']);
    expect(members[1]!.socket.texts).toEqual(['event', 'after', 'typing']);
  });

  it('[SHARD-14] whoever is in gets every event once and in order, and what can wait only of the time since', () => {
    const step = fc.record({
      kind: fc.constantFrom('in', 'out', 'gone', 'event', 'ephemeral', 'flush'),
      who: fc.nat(3),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const topic = new Topic('room', 0);
        const all = [1, 2, 3, 4].map((id) => ({
          ...openConnection(id),
          isIn: false,
          events: [] as string[],
          others: [] as string[],
          expected: [] as string[],
        }));
        const deliver = (kind: 'events' | 'others') => {
          for (const one of all) one.expected.push(...one[kind].splice(0));
        };
        const say = (kind: 'events' | 'others', text: string) => {
          for (const one of all) if (one.isIn) one[kind].push(text);
        };
        for (const [index, { kind, who }] of steps.entries()) {
          const one = all[who]!;
          switch (kind) {
            case 'in':
            case 'out':
              deliver('events');
              if (kind === 'in') topic.subscribe(one.connection);
              else topic.unsubscribe(one.connection);
              one.isIn = kind === 'in';
              one.others = [];
              break;
            case 'gone':
              topic.forget(one.connection);
              Object.assign(one, { isIn: false, events: [], others: [] });
              break;
            case 'event':
              topic.publish(topic.lastSeq + 1, framed(`event ${index}`));
              say('events', `event ${index}`);
              break;
            case 'ephemeral':
              topic.broadcast(framed(`other ${index}`), [], 0);
              say('others', `other ${index}`);
              break;
            case 'flush':
              topic.flush();
              deliver('events');
              deliver('others');
          }
        }
        topic.flush();
        deliver('events');
        deliver('others');
        expect(all.map(({ socket }) => socket.texts)).toEqual(all.map(({ expected }) => expected));
      }),
    );
  });
});

describe('fan-out', () => {
  /** A clock on which each flush takes `costMs`. */
  const costly = (costMs: number, load = { busy: 0 }) => {
    const clock = new SimClock();
    let extra = 0;
    const timers = {
      mono: () => clock.mono() + extra,
      after: (delayMs: number, callback: () => void) => clock.after(delayMs, callback),
    };
    const fanOut = new FanOut(
      timers,
      () => load.busy,
      (frames) => {
        if (frames > 0) extra += costMs;
      },
    );
    const publish = (topic: Topic): void => {
      topic.publish(topic.lastSeq + 1, framed(`${topic.lastSeq + 1}`));
      fanOut.dirty(topic);
      fanOut.run();
    };
    return { clock, timers, fanOut, publish };
  };

  it('[SHARD-10] a quiet topic goes out at once', () => {
    const { publish } = costly(0);
    const { topic, members } = topicWith(1);
    publish(topic);
    expect(members[0]!.socket.texts).toEqual(['1']);
  });

  it('[SHARD-10] a topic takes no more than about half of the loop, and what comes meanwhile goes out joined', async () => {
    const { clock, fanOut, publish } = costly(10);
    const { topic, members } = topicWith(1);
    for (let seq = 1; seq <= 3; seq += 1) publish(topic);
    expect(members[0]!.socket.writes).toEqual([['1']]);
    // 17.5 ms for 10, of which it may be 5 ahead and 10 are over.
    await clock.advance(2);
    expect(members[0]!.socket.writes).toHaveLength(1);
    await clock.advance(1);
    expect(members[0]!.socket.writes).toEqual([['1'], ['2', '3']]);
    fanOut.close();
  });

  it('[SHARD-10] in a full loop busy topics wait for one another; not with room, nor where nothing would come together', async () => {
    const load = { busy: 1 };
    const { clock, fanOut, publish } = costly(1, load);
    const topics = Array.from({ length: 4 }, () => topicWith(1));
    /** Every topic gets an event every `everyMs`, for half a second; how many writes a member had for how many events. */
    const writesAt = async (everyMs: number) => {
      const rounds = 500 / everyMs;
      const before = topics.map(({ members }) => members[0]!.socket.writes.length);
      for (let round = 0; round < rounds; round += 1) {
        for (const { topic } of topics) publish(topic);
        await clock.advance(everyMs);
      }
      await clock.advance(100);
      const after = topics.map(({ members }) => members[0]!.socket.writes.length);
      return { rounds, most: Math.max(...after.map((writes, index) => writes - before[index]!)) };
    };
    await writesAt(10);
    const full = await writesAt(10);
    expect(full.most).toBeLessThan(full.rounds / 2);
    const rare = await writesAt(100).then(() => writesAt(100));
    expect(rare.most).toBe(rare.rounds);
    load.busy = 0.3;
    const roomy = await writesAt(10).then(() => writesAt(10));
    expect(roomy.most).toBe(roomy.rounds);
    for (const { topic, members } of topics) {
      const all = Array.from({ length: topic.lastSeq }, (_, index) => `${index + 1}`);
      expect(members[0]!.socket.texts).toEqual(all);
    }
    fanOut.close();
  });

  it('[SHARD-10] a topic that was quiet does not wait for busy ones; answers wait for the events of their topic', async () => {
    const { clock, fanOut, publish } = costly(20);
    const [busy, quiet] = [topicWith(1), topicWith(1)];
    publish(busy.topic);
    publish(busy.topic);
    const { connection, socket } = busy.members[0]!;
    connection.queue(framed('answer'));
    fanOut.direct(connection);
    const stranger = openConnection(7);
    stranger.connection.queue(framed('at once'));
    fanOut.direct(stranger.connection);
    publish(quiet.topic);
    expect(quiet.members[0]!.socket.texts).toEqual(['1']);
    expect(stranger.socket.texts).toEqual(['at once']);
    expect(socket.writes).toEqual([['1']]);
    await clock.advance(50);
    expect(socket.writes).toEqual([['1'], ['answer', '2']]);
    fanOut.close();
  });

  it('[SHARD-14] what can wait goes out with the next event, or when its time has come', async () => {
    const { clock, timers, fanOut, publish } = costly(0);
    const { topic, members } = topicWith(1);
    const say = (text: string) => {
      topic.broadcast(framed(text), [], timers.mono() + 1_000);
      fanOut.dirty(topic);
      fanOut.run();
    };
    say('a');
    await clock.advance(400);
    say('b');
    expect(members[0]!.socket.writes).toEqual([]);
    publish(topic);
    expect(members[0]!.socket.writes).toEqual([['1', 'a', 'b']]);
    say('c');
    await clock.advance(300);
    say('d');
    await clock.advance(699);
    expect(members[0]!.socket.writes).toHaveLength(1);
    await clock.advance(1);
    expect(members[0]!.socket.writes.slice(1)).toEqual([['c', 'd']]);
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
