import { describe, expect, it } from 'vitest';
import type { User } from '../../src/protocol/entities.ts';
import { whisperOf } from '../../src/inbox/whisper.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import type { MeshMessage } from '../../src/shard/mesh.ts';
import type { AppendEntry } from '../../src/shard/ports/channel-log.ts';
import { userOf } from '../support/channel-machine.ts';
import { inboxShard, lastState, toldOfInbox } from '../support/inbox-shard.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const eve = userOf('eve');
const people = [ada, bob, eve];
/** Of two shards this one is Ada's and Bob's, the other Eve's. */
const ofAda = { shards: 2, index: 1 };
const AWAY = fail(failure('unavailable', 'away', 1_000));

/** The rows of a whisper from `from` to `to`, as the shard of `to` commits them. */
function rows(id: string, from = bob, to = ada): readonly AppendEntry[] {
  const common = { type: 'whisper:created', sender: from.id, timestamp: 1 };
  const data = JSON.stringify({
    id,
    from: { id: from.id, name: from.name },
    to: { id: to.id, name: to.name },
  });
  return [
    { log: `inbox:${to.id}`, id, ...common, data },
    { log: `inbox:${from.id}`, id: `${id}:sent`, ...common, data },
  ];
}

function asking(id: string, from: User): Extract<MeshMessage, { kind: 'ask' }> {
  const [sender, recipient] = [from, ada].map((user) => ({ id: user.id, name: user.name }));
  const whisper = whisperOf({ id, from: sender!, to: recipient!, content: id }, 1);
  return { kind: 'ask', to: ada.id, ask: { kind: 'send', whisper } };
}

const refusal = (id: string, code: string) => ({
  kind: 'answer',
  to: eve.id,
  answer: { id, outcome: { code } },
});

describe('an inbox on its shard', () => {
  it('[INBOX-1] tells who comes where it stands, without waking up', async () => {
    const { clock, shard, store, gateway, come } = inboxShard({}, people);
    store.commit([...rows('w1'), ...rows('w2')]);
    come(1, ada);
    await clock.advance(10);
    expect(lastState(gateway, 1)).toMatchObject({ seq: 2, unread: 2, conversations: [{ with: bob.id }] });
    expect(shard.gauges()).toMatchObject({ inboxes: 1, inboxesAwake: 0 });
  });

  it('[INBOX-2] [REQ-1] a request that comes while the newcomer waits for that is answered behind it', async () => {
    const { clock, gateway, come, ask } = inboxShard({}, people);
    come(1, ada);
    ask(1, 'inbox:resume', {}, 'r');
    await clock.advance(10);
    expect(toldOfInbox(gateway, 1)).toEqual(['state 0', 'inbox:resumed']);
  });

  it('[INBOX-1] a store that is away delays it; who went meanwhile leaves nothing', async () => {
    const { clock, shard, inboxes, gateway, come, go } = inboxShard({}, people);
    const load = inboxes.load.bind(inboxes);
    inboxes.load = async () => AWAY;
    come(1, ada);
    come(2, bob);
    await clock.advance(700);
    go(2);
    inboxes.load = load;
    await clock.advance(1_000);
    expect(toldOfInbox(gateway, 1)).toEqual(['state 0']);
    expect(toldOfInbox(gateway, 2)).toEqual([]);
    go(1);
    await clock.advance(10_000);
    expect(shard.gauges()).toMatchObject({ inboxes: 0, inboxesAwake: 0, connections: 0, mailboxDepth: 0 });
  });

  it('[WHISPER-1] [WHISPER-3] shows a whisper to every device, and to the one that sent it by its ack', async () => {
    const { clock, gateway, come, ask } = inboxShard({}, people);
    come(1, ada);
    come(2, ada);
    come(3, bob);
    ask(1, 'whisper:send', { to: { name: 'bob' }, content: 'hi' }, 's');
    ask(1, 'whisper:send', { to: { id: bob.id }, content: 'no ref' });
    await clock.advance(50);
    expect(toldOfInbox(gateway, 1)).toEqual(['state 0', 'seen 1', 'ack', 'event 2']);
    expect(toldOfInbox(gateway, 2)).toEqual(['state 0', 'event 1', 'event 2']);
    expect(toldOfInbox(gateway, 3)).toEqual(['state 0', 'event 1', 'event 2']);
  });

  it('[LOG-36] sleeps when nobody asked anything for a while, and is gone with its last connection', async () => {
    const { clock, shard, come, go, ask } = inboxShard({}, people);
    come(1, ada);
    ask(1, 'whisper:send', { to: { id: bob.id }, content: 'hi' }, 's');
    await clock.advance(30_000);
    expect(shard.gauges()).toMatchObject({ inboxes: 2, inboxesAwake: 2 });
    await clock.advance(40_000);
    expect(shard.gauges()).toMatchObject({ inboxes: 1, inboxesAwake: 0 });
    go(1);
    await clock.advance(10);
    expect(shard.gauges()).toMatchObject({ inboxes: 0 });
  });

  it('[LOG-36] rings that are too large together put the quietest inboxes to sleep', async () => {
    const { clock, shard, come, ask } = inboxShard({ bounds: { inboxRingsSize: 300 } }, people);
    come(1, ada);
    ask(1, 'whisper:send', { to: { id: bob.id }, content: 'x'.repeat(200) }, 's');
    await clock.advance(5_500);
    expect(shard.gauges()).toMatchObject({ inboxesAwake: 0 });
  });

  it('[INBOX-1] many who come in one tick are read in one query, the others in the next', async () => {
    const { clock, inboxes, come } = inboxShard();
    const batches: number[] = [];
    const load = inboxes.load.bind(inboxes);
    inboxes.load = async (owners) => {
      batches.push(owners.length);
      await new Promise<void>((resolve) => void clock.after(20, resolve));
      return load(owners);
    };
    for (let id = 1; id <= 600; id += 1) come(id, userOf(`user-${id}`));
    await clock.advance(10);
    come(601, ada);
    await clock.advance(100);
    // The first connection's record came by itself; what gathered meanwhile is bounded by 500.
    expect(batches.reduce((sum, size) => sum + size, 0)).toBe(601);
    expect(Math.max(...batches)).toBe(500);
    expect(batches.length).toBeLessThanOrEqual(4);
  });
});

describe('an inbox that sleeps', () => {
  /** Ada is here over connection 1 and has everything; the inbox sleeps. */
  async function asleep() {
    const running = inboxShard({}, people);
    running.store.commit([...rows('w1', ada, bob), ...rows('w2')]);
    running.come(1, ada);
    await running.clock.advance(10);
    return running;
  }
  const receipt: MeshMessage = {
    kind: 'receipt',
    to: ada.id,
    receipt: { type: 'whisper:read', id: 'w1', by: { id: bob.id, name: 'bob' }, seq: 1 },
  };

  it('[WHISPER-6] tells a receipt at once and sleeps on', async () => {
    const { clock, shard, gateway, meet } = await asleep();
    meet(1).tell(receipt);
    await clock.advance(10);
    expect(toldOfInbox(gateway, 1)).toEqual(['state 2', 'whisper:read']);
    expect(shard.gauges()).toMatchObject({ inboxesAwake: 0 });
  });

  it('[WHISPER-6] tells a receipt that comes behind the marks that it woke up with, once', async () => {
    const { clock, inboxes, gateway, ask, meet } = await asleep();
    await inboxes.mark([{ owner: bob.id, correspondent: ada.id, delivered: 1, read: 1 }]);
    ask(1, 'whisper:policy', {}, 'wakes it');
    await clock.advance(10);
    const { tell } = meet(1);
    tell(receipt);
    tell(receipt);
    await clock.advance(10);
    expect(toldOfInbox(gateway, 1)).toEqual(['state 2', 'ack', 'whisper:read']);
  });

  it('[WHISPER-6] who comes just now hears of a receipt that the state they are told does not have', async () => {
    const { clock, inboxes, gateway, come, meet } = await asleep();
    const load = inboxes.load.bind(inboxes);
    inboxes.load = async (owners) => {
      const loaded = await load(owners);
      await new Promise<void>((resolve) => void clock.after(20, resolve));
      return loaded;
    };
    come(2, ada);
    await clock.advance(5);
    await inboxes.mark([{ owner: bob.id, correspondent: ada.id, delivered: 1, read: 1 }]);
    meet(1).tell(receipt);
    await clock.advance(100);
    expect(toldOfInbox(gateway, 1)).toEqual(['state 2', 'whisper:read']);
    expect(lastState(gateway, 2)).toMatchObject({ conversations: [{ read: 1 }] });
  });

  it('[WHISPER-10] is woken by an answer to what it had given up, and shows that', async () => {
    const { clock, store, gateway, meet } = await asleep();
    store.commit(rows('w3', ada, bob));
    meet(1).tell({
      kind: 'answer',
      to: ada.id,
      answer: { id: 'w3', outcome: { id: 'w3', seq: 3, delivered: true } },
    });
    await clock.advance(10);
    expect(toldOfInbox(gateway, 1)).toEqual(['state 2', 'event 3', 'state 3']);
  });

  it('[WHISPER-10] an answer to what it has shown, and one that tells of a refusal, leave it asleep', async () => {
    const { clock, shard, meet } = await asleep();
    const { tell } = meet(1);
    tell({
      kind: 'answer',
      to: ada.id,
      answer: { id: 'w1', outcome: { id: 'w1', seq: 1, delivered: true } },
    });
    tell({ kind: 'answer', to: ada.id, answer: { id: 'w9', outcome: failure('not_found', 'no') } });
    tell({
      kind: 'answer',
      to: 'u-nobody',
      answer: { id: 'w9', outcome: { id: 'w9', seq: 1, delivered: true } },
    });
    await clock.advance(10);
    expect(shard.gauges()).toMatchObject({ inboxes: 1, inboxesAwake: 0 });
  });

  it('[WHISPER-10] [LOG-33] shows a whisper that was given up on when it turns out to have landed', async () => {
    const { clock, shard, log, gateway, come, ask } = await asleep();
    come(2, bob);
    const locate = log.locate.bind(log);
    const append = log.append.bind(log);
    log.append = async (entries) => {
      await append(entries);
      log.append = append;
      return { status: 'unknown', reason: 'the connection broke' };
    };
    log.locate = async () => ({ ok: false, reason: 'away' });
    ask(2, 'whisper:send', { to: { id: ada.id }, content: 'hi' }, 's');
    await clock.advance(70_000);
    expect(gateway.answers).toEqual({ s: 'unavailable' });
    expect(shard.gauges()).toMatchObject({ inboxes: 2, inboxesAwake: 0 });
    log.locate = locate;
    await clock.advance(2_000);
    expect(toldOfInbox(gateway, 1)).toContain('event 3');
    expect(toldOfInbox(gateway, 2)).toContain('event 3');
  });

  it('[WHISPER-3] tells those who are here what came while it slept, before it answers anyone', async () => {
    const { clock, store, gateway, ask } = await asleep();
    store.commit([...rows('w3'), ...rows('w4')]);
    ask(1, 'inbox:resume', { recover: { epoch: 'e', seq: 2 } }, 'r');
    await clock.advance(20);
    expect(toldOfInbox(gateway, 1)).toEqual(['state 2', 'event 3', 'event 4', 'state 4', 'inbox:resumed']);
  });
});

describe('an inbox that is handed over', () => {
  it('[SHARD-3] tells each connection what it missed, then route:restarted, then where it stands', async () => {
    const { clock, store, takeOver, meet } = inboxShard({}, people);
    store.commit([...rows('w1'), ...rows('w2'), ...rows('w3')]);
    const heir = takeOver((to) => {
      for (const id of [1, 2, 3]) to.attach(id, ada);
      to.inboxListener(1, 1);
      to.inboxListener(2, 3);
      // It was told nothing before that shard died.
      to.inboxListener(3, null);
    });
    await clock.advance(50);
    expect(toldOfInbox(heir, 1)).toEqual(['event 2', 'event 3', 'route:restarted', 'state 3']);
    expect(toldOfInbox(heir, 2)).toEqual(['route:restarted', 'state 3']);
    expect(toldOfInbox(heir, 3)).toEqual(expect.arrayContaining(['route:restarted', 'state 3']));
    expect(toldOfInbox(heir, 3)).toHaveLength(2);
    // It looks again whenever a shard is replaced: nobody knows what the one before had asked.
    store.commit(rows('w4', ada, bob));
    meet(1);
    await clock.advance(50);
    expect(toldOfInbox(heir, 1)).toContain('event 4');
  });
});

describe('an inbox that can not keep up', () => {
  it('[WHISPER-1] [REQ-1] answers asks and requests that its mailbox has no room for', async () => {
    const { clock, inboxes, gateway, ask, meet } = inboxShard({ ...ofAda, bounds: { mailbox: 2 } }, people);
    inboxes.load = async () => new Promise(() => undefined);
    const { heard, tell } = meet(0);
    gateway.attach(1, ada);
    for (const ref of ['a', 'b', 'c']) ask(1, 'whisper:policy', {}, ref);
    await clock.advance(10);
    tell(asking('w1', eve));
    await clock.advance(10);
    expect(gateway.answers).toEqual({ c: 'overloaded' });
    expect(heard).toMatchObject([refusal('w1', 'overloaded')]);
  });

  it('[WHISPER-1] [REQ-1] answers asks and requests when the store is away', async () => {
    const { clock, inboxes, gateway, ask, meet, shard } = inboxShard(ofAda, people);
    inboxes.load = async () => AWAY;
    const { heard, tell } = meet(0);
    gateway.attach(1, ada);
    ask(1, 'whisper:policy', {}, 'p');
    tell(asking('w1', eve));
    await clock.advance(50);
    expect(gateway.answers).toEqual({ p: 'unavailable' });
    expect(heard).toMatchObject([refusal('w1', 'unavailable')]);
    expect(shard.gauges()).toMatchObject({ inboxes: 0, inboxesAwake: 0, mailboxDepth: 0 });
  });
});
