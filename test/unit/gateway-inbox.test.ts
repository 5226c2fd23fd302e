import { describe, expect, it } from 'vitest';
import { ok } from '../../src/protocol/result.ts';
import { EMPTY_INBOX } from '../support/fake-shard.ts';
import { identityOf, runningGateway } from '../support/running-gateway.ts';

const ada = { identity: identityOf('ada') };
const state = (seq: number) => JSON.stringify({ ...EMPTY_INBOX, seq });
const event = (seq: number) => JSON.stringify({ type: 'whisper:created', seq, timestamp: 1, data: {} });
const receipt = JSON.stringify({ type: 'whisper:read', timestamp: 1, data: { id: 'w' } });

describe('the inbox in welcome', () => {
  it('[CONN-4] [INBOX-1] is there when its shard tells it in time, and is told once', async () => {
    const { clock, connectShard, client } = runningGateway();
    connectShard(0);
    const { socket } = client(ada);
    await clock.advance(1_000);
    expect(socket.frames).toMatchObject([{ type: 'welcome', data: { inbox: EMPTY_INBOX } }]);
  });

  it('[CONN-4] [INBOX-1] welcome waits 200 ms for it, then inbox:state follows', async () => {
    const { clock, connectShard, client } = runningGateway();
    const shard = connectShard(0);
    shard.answersInboxes = false;
    const { socket, connection } = client(ada);
    await clock.advance(199);
    expect(socket.texts).toEqual([]);
    await clock.advance(1);
    expect(socket.frames).toMatchObject([{ type: 'welcome' }]);
    expect(socket.frames[0]?.data).not.toHaveProperty('inbox');
    shard.tell((to) => {
      to.inboxState(connection.id, 3, state(3));
    });
    await clock.advance(5);
    expect(socket.frames[1]).toMatchObject({ type: 'inbox:state', data: { seq: 3 } });
  });

  it('[CONN-4] [INBOX-1] nobody waits for a shard that is down: it is told when that is up', async () => {
    const { clock, connectShard, client } = runningGateway();
    const { socket } = client(ada);
    await clock.advance(1);
    expect(socket.frames.map(({ type }) => type)).toEqual(['welcome']);
    connectShard(0);
    await clock.advance(10);
    expect(socket.frames.map(({ type }) => type)).toEqual(['welcome', 'inbox:state']);
  });

  it.each([
    ['an event', 'whisper:created'],
    ['a receipt', 'whisper:read'],
    ['route:restarted', 'route:restarted'],
  ])('[CONN-3] %s that comes while the channels are awaited comes behind it', async (_what, type) => {
    const { clock, connectShard, client } = runningGateway({ list: () => new Promise(() => undefined) });
    const shard = connectShard(0);
    shard.answersInboxes = false;
    const { socket, connection } = client(ada);
    shard.tell((to) => {
      to.inboxState(connection.id, 3, state(3));
      if (type === 'whisper:created') to.inboxEvent(connection.id, 4, event(4));
      else if (type === 'whisper:read') to.send(connection.id, receipt);
      else to.sendBehind(connection.id, '{"type":"route:restarted","timestamp":1,"data":{}}');
    });
    await clock.advance(5);
    expect(socket.frames).toMatchObject([{ type: 'welcome', data: { inbox: { seq: 3 } } }, { type }]);
  });
});

describe('hello with recover', () => {
  it('[INBOX-2] asks the inbox behind welcome, and the answer needs no ref', async () => {
    const { clock, connectShard, client, tokens } = runningGateway();
    const shard = connectShard(0);
    tokens.set('good', ok(identityOf('ada')));
    const { socket, say, connection } = client();
    say({ type: 'hello', ref: 'h', data: { token: 'good', recover: { epoch: 'e', seq: 7 } } });
    await clock.advance(10);
    expect(socket.answers).toEqual({ h: 'welcome' });
    expect(shard.kind('request').map(([, , text]) => JSON.parse(text as string) as unknown)).toEqual([
      { type: 'inbox:resume', data: { recover: { epoch: 'e', seq: 7 } } },
    ]);
    shard.tell((to) => {
      to.send(connection.id, '{"type":"inbox:resumed","timestamp":1,"data":{}}');
    });
    await clock.advance(5);
    expect(socket.frames.map(({ type }) => type)).toEqual(['welcome', 'inbox:resumed']);
  });
});

describe('the hand-over of inboxes', () => {
  it('[SHARD-3] [INBOX-1] names who came, with what they were told last by state, event or their own ack', async () => {
    const { clock, gateway, connectShard, client } = runningGateway();
    const shard = connectShard(0);
    const clients = Array.from({ length: 5 }, () => client(ada));
    await clock.advance(10);
    const [byState, byEvent, byAck, gone, silent] = clients.map(({ connection }) => connection);
    shard.answersInboxes = false;
    shard.tell((to) => {
      to.inboxState(byState!.id, 3, state(3));
      to.inboxEvent(byEvent!.id, 4, event(4));
      to.inboxSeen(byAck!.id, 5);
    });
    const late = client(ada);
    await clock.advance(10);
    gateway.closed(gone!, 1006);
    gateway.disconnectShard(0);
    const comer = client(ada);
    await clock.advance(10);
    const heir = connectShard(0);
    await clock.advance(10);
    expect(heir.kind('inboxListener')).toEqual([
      [byState!.id, 3],
      [byEvent!.id, 4],
      [byAck!.id, 5],
      [silent!.id, 0],
      [late.connection.id, null],
    ]);
    const kinds = heir.heard.map(([kind]) => kind);
    // Who came meanwhile was told nothing that could be missing, and comes as anybody does.
    expect(heir.kind('inbox')).toEqual([[comer.connection.id]]);
    expect(kinds.indexOf('inbox')).toBeGreaterThan(kinds.indexOf('handover'));
  });

  it('[WHISPER-3] an event that was told before, or is known by an ack, is not told again', async () => {
    const { clock, connectShard, client } = runningGateway();
    const shard = connectShard(0);
    const { socket, connection } = client(ada);
    await clock.advance(10);
    shard.tell((to) => {
      to.inboxEvent(connection.id, 1, event(1));
      to.inboxSeen(connection.id, 2);
      for (const seq of [1, 2, 3]) to.inboxEvent(connection.id, seq, event(seq));
    });
    await clock.advance(10);
    expect(socket.texts.slice(1)).toEqual([event(1), event(3)]);
  });

  it('[SHARD-1] [SHARD-3] an inbox that was found on another shard is handed over to the heir of that one', async () => {
    const { clock, gateway, connectShard, client } = runningGateway({ shards: 2 });
    // Ada's inbox is on shard 1: whoever is there says that it is elsewhere.
    const elsewhere = connectShard(0);
    connectShard(1).answersInboxes = false;
    const { connection } = client(ada);
    await clock.advance(5);
    elsewhere.tell((to) => {
      to.inboxState(connection.id, 9, state(9));
    });
    await clock.advance(5);
    expect(elsewhere.kind('attach').map(([id]) => id)).toEqual([connection.id]);
    gateway.disconnectShard(0);
    const heir = connectShard(0);
    await clock.advance(5);
    expect(heir.kind('inboxListener')).toEqual([[connection.id, 9]]);
    gateway.closed(connection, 1006);
    await clock.advance(5);
    expect(heir.kind('detach')).toEqual([[connection.id]]);
  });

  it('[SHARD-1] a shard that tells of the inbox of someone who went hears that they are gone', async () => {
    const { clock, connectShard } = runningGateway();
    const shard = connectShard(0);
    shard.tell((to) => {
      to.inboxState(77, 1, state(1));
    });
    await clock.advance(5);
    expect(shard.kind('detach')).toEqual([[77]]);
  });
});
