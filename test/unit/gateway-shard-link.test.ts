import { describe, expect, it } from 'vitest';
import type { Connection } from '../../src/gateway/connection.ts';
import { FanOut } from '../../src/gateway/fan-out.ts';
import { ShardLink } from '../../src/gateway/shard-link.ts';
import { SimClock } from '../sim/sim-clock.ts';
import { simPorts } from '../sim/sim-ports.ts';
import { FakeShard } from '../support/fake-shard.ts';
import { openConnection } from '../support/gateway-socket.ts';

function linked() {
  const clock = new SimClock();
  const connections = new Map<number, Connection>();
  const refused: string[] = [];
  const told: string[] = [];
  const fanOut = new FanOut(
    clock,
    () => 0,
    () => undefined,
  );
  const link = new ShardLink(0, {
    defer: (task) => {
      clock.after(0, task);
    },
    mono: () => clock.mono(),
    traces: null,
    connection: (id) => connections.get(id),
    dirty: (topic) => {
      fanOut.dirty(topic);
    },
    direct: (connection) => {
      fanOut.direct(connection);
    },
    inboxState: (connection, data) => told.push(`${connection.id} ${data}`),
    beforeEvent: (connection) => told.push(`${connection.id} event`),
    batchDone: () => {
      fanOut.run();
    },
    refuse: (connection, bytes, { code }) => refused.push(`${connection.id} ${bytes.toString()} ${code}`),
  });
  const connect = () => {
    const [here, there] = simPorts<ArrayBuffer>(clock, () => 1);
    link.connect(here);
    return new FakeShard(there);
  };
  const open = (id: number) => {
    const opened = openConnection(id);
    connections.set(id, opened.connection);
    return opened;
  };
  const ask = (connection: Connection, channelId = 'room', text = 'request') =>
    link.forward(connection, channelId, 0, Buffer.from(text))?.code ?? null;
  /** The socket is gone, as a gateway tells its links. */
  const close = (connection: Connection) => {
    connections.delete(connection.id);
    link.detach(connection);
    for (const topic of connection.topics) topic.listeners.delete(connection);
    connection.phase = 'closed';
  };
  return { clock, link, refused, connect, open, ask, close };
}

/** The shard lets connections into a channel. */
const letIn = (shard: FakeShard, ids: readonly number[], channelId = 'room', topic = 1, head = 0) => {
  shard.tell((to) => {
    to.topic(topic, channelId, head);
    for (const id of ids) to.subscribe(topic, id);
  });
};

describe('the link to a shard', () => {
  it('[REQ-7] tells who asks before the first request, in one batch a tick', async () => {
    const { clock, connect, open, ask } = linked();
    const shard = connect();
    const { connection } = open(1);
    ask(connection, 'room', 'a');
    ask(connection, 'room', 'b');
    await clock.advance(5);
    expect(shard.heard.map(([kind, , , text]) => [kind, typeof text === 'string' ? text : null])).toEqual([
      ['handover', null],
      ['attach', null],
      ['request', 'a'],
      ['request', 'b'],
    ]);
  });

  it('[REQ-8] answers overloaded when the shard owes too much, and goes on when it has worked off', async () => {
    const { clock, link, connect, open, ask } = linked();
    const shard = connect();
    const { connection } = open(1);
    for (let count = 0; count < 20_000; count += 1) expect(ask(connection)).toBeNull();
    expect(link.forward(connection, 'room', 0, Buffer.from('x'))).toMatchObject({
      code: 'overloaded',
      retryAfterMs: 1_000,
    });
    shard.tell((to) => {
      to.consumed(1, 20);
    });
    await clock.advance(5);
    expect([ask(connection), ask(connection)]).toEqual([null, 'overloaded']);
  });

  it('[REQ-8] bytes are bounded too', () => {
    const { connect, open, ask } = linked();
    connect();
    const { connection } = open(1);
    const large = 'x'.repeat(64 * 1024);
    let taken = 0;
    while (ask(connection, 'room', large) === null) taken += 1;
    expect(taken).toBe(256);
  });

  it('[SHARD-10] what is published before a subscription is not for the newcomer, what comes after is', async () => {
    const { clock, connect, open } = linked();
    const shard = connect();
    const [one, two] = [open(1), open(2)];
    letIn(shard, [1]);
    shard.tell((to) => {
      to.publish(1, 1, 'one');
      to.subscribe(1, 2);
      to.send(2, 'joined at 1');
      to.publish(1, 2, 'two');
      to.unsubscribe(1, 1);
      to.publish(1, 3, 'three');
    });
    await clock.advance(5);
    expect(one.socket.texts).toEqual(['one', 'two']);
    expect(two.socket.texts).toEqual(['joined at 1', 'two', 'three']);
  });

  it('[SHARD-3] a frame that must not overtake is written behind the events before it', async () => {
    const { clock, connect, open } = linked();
    const shard = connect();
    const { socket } = open(1);
    letIn(shard, [1]);
    shard.tell((to) => {
      to.publish(1, 1, 'one');
      to.sendBehind(1, 'restarted');
      to.publish(1, 2, 'two');
    });
    await clock.advance(5);
    expect(socket.texts).toEqual(['one', 'restarted', 'two']);
  });

  it('[SHARD-3] hands over who listens, up to where, and who may wait for an answer', async () => {
    const { clock, link, connect, open, ask } = linked();
    const dying = connect();
    const [one, two] = [open(1), open(2)];
    for (const { connection } of [one, two]) ask(connection);
    ask(two.connection, 'other');
    letIn(dying, [1]);
    dying.tell((to) => {
      to.publish(1, 1, 'one');
      to.publish(1, 2, 'two');
    });
    await clock.advance(5);
    link.disconnect();
    const shard = connect();
    await clock.advance(5);
    expect(shard.kind('attach').map(([id]) => id)).toEqual([1, 2]);
    expect(shard.kind('listener')).toEqual([[1, 'room', 2]]);
    expect(shard.kind('asked')).toEqual([
      [2, 'room'],
      [2, 'other'],
    ]);
    expect(shard.heard.at(-1)).toEqual(['handover']);
  });

  it('[SHARD-3] keeps what a shard that died had told, and hands it over again when the replacement dies too', async () => {
    const { clock, link, connect, open, ask } = linked();
    const first = connect();
    const { connection, socket } = open(1);
    ask(connection);
    letIn(first, [1]);
    first.tell((to) => {
      to.publish(1, 1, 'one');
    });
    await clock.advance(5);
    link.disconnect();
    connect();
    await clock.advance(5);
    link.disconnect();
    const third = connect();
    await clock.advance(5);
    expect(third.kind('listener')).toEqual([[1, 'room', 1]]);
    letIn(third, [1], 'room', 9, 1);
    third.tell((to) => {
      to.publish(9, 2, 'two');
      to.restored();
      to.publish(9, 3, 'three');
    });
    await clock.advance(5);
    expect(socket.texts).toEqual(['one', 'two', 'three']);
  });

  it('[SHARD-4] who left may still wait for an answer', async () => {
    const { clock, link, connect, open, ask } = linked();
    const dying = connect();
    const { connection } = open(1);
    letIn(dying, [1]);
    await clock.advance(5);
    ask(connection);
    dying.tell((to) => {
      to.unsubscribe(1, 1);
      to.send(1, 'left');
    });
    await clock.advance(5);
    link.disconnect();
    const shard = connect();
    await clock.advance(5);
    expect([shard.kind('listener'), shard.kind('asked')]).toEqual([[], [[1, 'room']]]);
  });

  it('[SHARD-6] holds requests while the shard is away, and passes them on in order', async () => {
    const { clock, link, connect, open, ask, close } = linked();
    connect();
    const [one, two] = [open(1), open(2)];
    link.disconnect();
    expect([
      ask(one.connection, 'room', 'a'),
      ask(two.connection, 'room', 'b'),
      ask(one.connection, 'room', 'c'),
    ]).toEqual([null, null, null]);
    close(two.connection);
    const shard = connect();
    await clock.advance(5);
    expect(shard.kind('request')).toEqual([
      [1, 0, 'a'],
      [1, 0, 'c'],
    ]);
  });

  it('[SHARD-6] past the bound they are overloaded, after 10 s unavailable', async () => {
    const { clock, link, connect, open, ask, refused } = linked();
    const { connection } = open(1);
    for (let count = 0; count < 5_000; count += 1) ask(connection, 'room', `${count}`);
    expect(ask(connection)).toBe('overloaded');
    await clock.advance(10_000);
    link.expireHeld();
    expect(refused).toEqual([]);
    await clock.advance(1);
    link.expireHeld();
    expect([refused.length, refused[0], refused.at(-1)]).toEqual([
      5_000,
      '1 0 unavailable',
      '1 4999 unavailable',
    ]);
    expect(ask(connection, 'room', 'after')).toBeNull();
    const shard = connect();
    await clock.advance(5);
    expect(shard.kind('request')).toEqual([[1, 0, 'after']]);
  });

  it('[SHARD-6] bytes that are held are bounded too', () => {
    const { open, ask } = linked();
    const { connection } = open(1);
    let taken = 0;
    while (ask(connection, 'room', 'x'.repeat(64 * 1024)) === null) taken += 1;
    expect(taken).toBe(128);
  });

  it('[CHAN-8] a connection that is gone is detached, and one that a shard lets in too late as well', async () => {
    const { clock, connect, open, ask, close } = linked();
    const shard = connect();
    const { connection } = open(1);
    ask(connection);
    close(connection);
    letIn(shard, [1]);
    await clock.advance(10);
    expect(shard.kind('detach')).toEqual([[1], [1]]);
  });

  it('[REQ-7] who was let in over another shard is attached here, so that its end is told', async () => {
    const { clock, connect, open, close } = linked();
    const shard = connect();
    const { connection } = open(1);
    letIn(shard, [1]);
    await clock.advance(5);
    close(connection);
    await clock.advance(5);
    expect(shard.heard.map(([kind, id]) => [kind, id])).toEqual([
      ['handover', undefined],
      ['attach', 1],
      ['detach', 1],
    ]);
  });

  it('[SHARD-11] says what it has worked off when enough has come together, and is quiet otherwise', async () => {
    const { clock, connect, open } = linked();
    const shard = connect();
    open(1);
    letIn(shard, [1]);
    await clock.advance(10);
    expect(shard.kind('consumed')).toEqual([]);
    for (let seq = 1; seq <= 70; seq += 1) {
      shard.tell((to) => {
        to.publish(1, seq, 'x'.repeat(1_000));
      });
    }
    await clock.advance(10);
    expect(shard.kind('consumed')).toHaveLength(1);
    expect(shard.kind('consumed')[0]?.[0]).toBeGreaterThanOrEqual(64 * 1024);
  });
});
