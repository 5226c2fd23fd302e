import { describe, expect, it, vi } from 'vitest';
import type { Effect } from '../../src/channel/effects.ts';
import { DEFAULT_SETTINGS } from '../../src/protocol/channel-settings.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail } from '../../src/protocol/result.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { MemoryHeld } from '../../src/storage/memory/memory-held.ts';
import { automodOf, ruleOf, wordsRule } from '../support/automod-rules.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';

const ADA = userOf('ada');
const BOB = userOf('bob');
const MOD = userOf('mod', { roles: ['user', 'moderator'] });
const RULES = [
  wordsRule('refuse', ['bad'], { kind: 'refuse', text: 'not here' }),
  wordsRule('hold', ['hm'], { kind: 'hold' }),
  wordsRule('mute', ['worse'], { kind: 'mute', seconds: 60, text: 'calm down' }),
  wordsRule('mask', ['darn'], { kind: 'mask' }),
];

/** Ada, Bob and a moderator in a channel whose log is `store`. */
function room(...rules: Parameters<typeof automodOf>) {
  const machine = new ChannelMachine();
  const store = new MemoryLogStore();
  const held = new MemoryHeld(store);
  machine.automod = automodOf(...(rules.length === 0 ? RULES : rules));
  for (const [at, user] of [ADA, BOB, MOD].entries()) machine.answerRead(machine.join(at, user));
  let keys = 0;
  /** Commits what is appended, and shows it. */
  const perform = async (effects: readonly Effect[]): Promise<Effect[]> => {
    const all: Effect[] = [];
    for (const effect of await machine.answerHeld(effects, held)) {
      if (effect.kind !== 'append') {
        all.push(effect);
        continue;
      }
      const outcome = store.commit([effect.entry]);
      if (outcome.status !== 'committed') throw new Error(outcome.status);
      const placed = outcome.placements[0]!;
      all.push(...(await perform(machine.settle(effect.entry.id, placed))));
      if (placed.seq === machine.state.head + 1)
        all.push(...machine.publish({ ...effect.entry, seq: placed.seq }));
    }
    return all;
  };
  const request = (at: number, type: string, data: object) =>
    perform(machine.run(type, at, [ADA, BOB, MOD][at]!, data));
  return {
    ...{ machine, store, held, request, perform },
    send: (at: number, content: string, clientMessageId = `k${(keys += 1)}`) =>
      request(at, 'message:send', { content, clientMessageId }),
  };
}

/** Frames to one connection, by type with their data. */
const told = (effects: readonly Effect[], to: number) =>
  effects
    .filter((effect) => effect.kind === 'send' && effect.to === to)
    .map((effect) => [frameOf(effect).type, frameOf(effect).data]);
const shown = (effects: readonly Effect[]) =>
  effects.filter(({ kind }) => kind === 'publish').map((effect) => frameOf(effect));
const answer = (effects: readonly Effect[], to = 0) => told(effects, to)[0];
const tells = (effects: readonly Effect[]) =>
  effects.flatMap((effect) =>
    effect.kind === 'tell' ? [[effect.user, frameOf(effect).type, frameOf(effect).data]] : [],
  );

describe('a message', () => {
  it('[AUTOMOD-10] that is refused is `blocked_content` with the text of the rule, and stands nowhere', async () => {
    const { send, store } = room();
    const effects = await send(0, 'a BAD one');
    expect(answer(effects)).toEqual(['error', { code: 'blocked_content', message: 'not here' }]);
    expect(effects).toHaveLength(1);
    expect(store.log('channel:room').events).toEqual([]);
  });

  it('[AUTOMOD-10] that is masked is stored and shown so', async () => {
    const { send, store } = room();
    const effects = await send(0, 'oh darn it');
    expect(shown(effects)).toMatchObject([{ data: { content: 'oh **** it' } }]);
    expect(store.log('channel:room').events[0]?.data).not.toContain('darn');
  });

  it('[AUTOMOD-11] that mutes is refused, and its author muted by the system, once however many there are', async () => {
    const { machine, send, perform } = room();
    const flood = [1, 2, 3].flatMap((at) =>
      machine.run('message:send', 0, ADA, { content: 'worse', clientMessageId: `f${at}` }),
    );
    const effects = await perform(flood);
    const refused = ['error', { code: 'blocked_content', message: 'calm down' }];
    expect(told(effects, 0)).toEqual([refused, refused, refused]);
    const until = machine.context.now + 60_000;
    expect(shown(effects)).toMatchObject([
      {
        type: 'member:muted',
        data: { user: { id: ADA.id }, by: { id: 'automod' }, reason: 'calm down', until },
      },
    ]);
    expect(answer(await send(0, 'fine'))).toMatchObject(['error', { code: 'muted' }]);
    machine.pass(60_000);
    expect(shown(await send(0, 'fine'))).toHaveLength(1);
  });

  it('[AUTOMOD-6] of a moderator of the channel is judged by their role there', async () => {
    const { machine, send } = room();
    machine.state.members.set(ADA.id, { name: 'ada', role: 'moderator', joinedAt: 0 });
    expect(shown(await send(0, 'bad'))).toHaveLength(1);
    expect(answer(await send(1, 'bad'), 1)).toMatchObject(['error', { code: 'blocked_content' }]);
  });

  it('[AUTOMOD-14] that was sent before there was a rule is acknowledged when it is sent again', async () => {
    const { machine, send, held, perform } = room();
    machine.automod = automodOf();
    const sent = answer(await send(0, 'bad', 'k')) as [string, object];
    for (const kind of ['refuse', 'hold'] as const) {
      machine.automod = automodOf(wordsRule('r', ['bad'], { kind }));
      expect(answer(await send(0, 'bad', 'k'))).toEqual(['ack', { ...sent[1], duplicate: true }]);
    }
    held.sent = async () => fail(failure('unavailable', 'away', 1_000));
    expect(answer(await perform(await send(0, 'bad', 'k')))).toMatchObject([
      'error',
      { code: 'unavailable' },
    ]);
  });

  it('[AUTOMOD-4] that is repeated is refused from the n-th time on, until time passes; a retry is no repetition', async () => {
    const { machine, send } = room(
      ruleOf('r', { kind: 'repeat', times: 3, seconds: 10 }, { kind: 'refuse' }),
    );
    const code = async (at: number, key?: string) => {
      const [type, data] = answer(await send(at, 'buy now', key), at) as [string, { code?: string }];
      return data.code ?? type;
    };
    const first = [await code(0, 'a'), await code(0, 'a'), await code(0, 'a'), await code(0), await code(0)];
    expect(first).toEqual(['ack', 'ack', 'ack', 'ack', 'blocked_content']);
    expect(await code(1)).toBe('ack');
    machine.pass(10_001);
    expect(await code(0)).toBe('ack');
  });
});

describe('an edit', () => {
  it('[AUTOMOD-12] is judged as a message is, and what would wait is refused', async () => {
    const { request, send, store } = room();
    const [, { id }] = answer(await send(0, 'fine')) as [string, { id: string }];
    const edit = async (content: string) => request(0, 'message:update', { id, content });
    for (const content of ['bad', 'hm', 'worse']) {
      expect(told(await edit(content), 0)).toMatchObject([['error', { code: 'blocked_content' }]]);
      if (content === 'worse') expect(store.log('channel:room').events.at(-1)?.type).toBe('member:muted');
    }
    const other = room();
    const [, sent] = answer(await other.send(0, 'fine')) as [string, { id: string }];
    const masked = await other.request(0, 'message:update', { id: sent.id, content: 'darn' });
    expect(shown(masked)).toMatchObject([{ type: 'message:updated', data: { content: '****' } }]);
  });
});

describe('a message that is held', () => {
  const isHeld = { id: expect.any(String), held: true };

  it('[HELD-1] is acknowledged as held, told to moderators who are here, and seen by nobody else', async () => {
    const { send, store } = room();
    const effects = await send(0, 'hm well', 'k');
    expect(told(effects, 0)).toEqual([['ack', isHeld]]);
    const [, { id }] = answer(effects) as [string, { id: string }];
    expect(told(effects, 2)).toEqual([
      [
        'held:created',
        {
          ...{ id, content: 'hm well', author: { id: ADA.id, name: 'ada' }, clientMessageId: 'k' },
          ...{ reason: 'hold', heldAt: expect.any(Number) },
        },
      ],
    ]);
    expect(effects.map(({ kind }) => kind)).toEqual(['send', 'send', 'moderators']);
    expect(store.log('channel:room').events).toEqual([]);
  });

  it('[HELD-2] waits once however often it is sent, and moderators are told once', async () => {
    const { send } = room();
    const [, { id }] = answer(await send(0, 'hm', 'k')) as [string, { id: string }];
    const again = await send(0, 'hm', 'k');
    expect(told(again, 0)).toEqual([['ack', { id, held: true, duplicate: true }]]);
    expect(told(again, 2)).toEqual([]);
  });

  it('[HELD-3] is one of 20 at most, else `rate_limited`', async () => {
    const { send } = room();
    for (let at = 0; at < 20; at += 1) expect(answer(await send(0, 'hm'))).toEqual(['ack', isHeld]);
    expect(answer(await send(0, 'hm'))).toMatchObject([
      'error',
      { code: 'rate_limited', retryAfterMs: 30_000 },
    ]);
    expect(answer(await send(1, 'hm'), 1)).toEqual(['ack', isHeld]);
  });

  it('[HELD-4] is listed by `held:list`, and gets its seq when `held:approve` lets it in, as its author sent it', async () => {
    const { machine, send, request, store } = room();
    const [, { id }] = answer(await send(0, 'hm', 'k')) as [string, { id: string }];
    await send(1, 'fine');
    const [type, list] = answer(await request(2, 'held:list', {}), 2) as [string, object];
    expect([type, list]).toMatchObject(['held', { items: [{ id, content: 'hm' }], hasMore: false }]);
    machine.pass(5_000);
    const effects = await request(2, 'held:approve', { id });
    expect(told(effects, 2)[0]).toEqual(['ack', { id, seq: 2 }]);
    expect(shown(effects)).toEqual([
      {
        ...{ type: 'message:created', channelId: 'room', seq: 2, timestamp: machine.context.now },
        data: { id, content: 'hm', author: { id: ADA.id, name: 'ada' }, clientMessageId: 'k' },
      },
    ]);
    const approved = { id, clientMessageId: 'k', by: { id: MOD.id, name: 'mod' }, seq: 2 };
    expect(told(effects, 2)[1]).toEqual(['held:approved', approved]);
    expect(tells(effects)).toEqual([[ADA.id, 'held:approved', approved]]);
    expect(told(await send(0, 'hm', 'k'), 0)).toEqual([['ack', { id, seq: 2, duplicate: true }]]);
    expect(answer(await request(2, 'held:list', {}), 2)).toEqual(['held', { items: [], hasMore: false }]);
    expect(answer(await request(2, 'held:approve', { id }), 2)).toMatchObject([
      'error',
      { code: 'not_found' },
    ]);
    expect((await store.audit.list({ action: 'held:approved', limit: 5 })).ok).toBe(true);
  });

  it('[MENTION-7] [HELD-4] mentions nobody who blocks its author by then, and waits on where that isn’t known', async () => {
    const { machine, send, held } = room();
    const [, { id }] = answer(await send(0, 'hm @bob @mod')) as [string, { id: string }];
    machine.blockers.set(ADA.id, failure('unavailable', 'away', 1_000));
    const approve = async () => machine.answerHeld(machine.run('held:approve', 2, MOD, { id }), held);
    expect(answer(await approve(), 2)).toMatchObject(['error', { code: 'unavailable' }]);
    machine.blockers.set(ADA.id, [BOB.id]);
    const [append] = await approve();
    expect(append).toMatchObject({ kind: 'append', entry: { id, companions: [{ log: 'inbox:u-mod' }] } });
    expect(JSON.parse((append as { entry: { data: string } }).entry.data)).toMatchObject({
      mentions: [{ id: BOB.id }, { id: MOD.id }],
    });
  });

  it('[HELD-5] is nobody’s when `held:reject` takes it away, which its author is told, and told again', async () => {
    const { send, request, store } = room();
    const [, { id }] = answer(await send(0, 'hm', 'k')) as [string, { id: string }];
    const effects = await request(2, 'held:reject', { id, reason: 'off topic' });
    expect(told(effects, 2)[0]).toEqual(['ack', { id }]);
    const by = { id: MOD.id, name: 'mod' };
    expect(tells(effects)).toEqual([
      [ADA.id, 'held:rejected', { id, clientMessageId: 'k', by, reason: 'off topic' }],
    ]);
    expect(answer(await send(0, 'hm', 'k'))).toMatchObject(['error', { code: 'blocked_content' }]);
    expect(store.log('channel:room').events).toEqual([]);
    for (const type of ['held:approve', 'held:reject']) {
      expect(answer(await request(2, type, { id }), 2)).toMatchObject(['error', { code: 'not_found' }]);
    }
  });

  it('[HELD-6] is for moderators of the channel and staff alone', async () => {
    const { machine, send, request } = room();
    const [, { id }] = answer(await send(0, 'hm')) as [string, { id: string }];
    const asks = [
      ['held:list', { after: 'a\0' }],
      ['held:approve', { id }],
      ['held:reject', { id, reason: 'a\0' }],
    ] as const;
    for (const [type, data] of asks) {
      expect(answer(await request(1, type, data), 1)).toMatchObject(['error', { code: 'forbidden' }]);
    }
    machine.state.members.set(BOB.id, { name: 'bob', role: 'moderator', joinedAt: 0 });
    expect(answer(await request(1, 'held:list', { after: 'a\0' }), 1)).toMatchObject([
      ...['error', { code: 'bad_request' }],
    ]);
    expect(answer(await request(1, 'held:reject', { id, reason: 'a\0' }), 1)).toMatchObject([
      ...['error', { code: 'bad_request' }],
    ]);
    expect(answer(await request(1, 'held:approve', { id: 'a\0' }), 1)).toMatchObject([
      ...['error', { code: 'not_found' }],
    ]);
    expect(answer(await request(1, 'held:approve', { id }), 1)).toMatchObject(['ack', { id, seq: 1 }]);
    expect(told(await send(0, 'hm'), 1)).toMatchObject([['held:created', { content: 'hm' }]]);
  });

  it('[HELD-4] is decided on by one moderator at a time, and stays where the log or the store fails', async () => {
    const { machine, send, request, held } = room();
    const [, { id }] = answer(await send(0, 'hm')) as [string, { id: string }];
    const first = machine.run('held:approve', 2, MOD, { id });
    const conflict = ['error', { code: 'conflict' }];
    expect(answer(await request(2, 'held:reject', { id }), 2)).toMatchObject(conflict);
    const [append] = await machine.answerHeld(first, held);
    expect(append).toMatchObject({ kind: 'append', entry: { id } });
    expect(answer(await request(2, 'held:approve', { id }), 2)).toMatchObject(conflict);
    const failed = machine.settle(id, failure('unavailable', 'away', 1_000));
    expect(told(failed, 2)).toMatchObject([['error', { code: 'unavailable' }]]);
    const away = fail(failure('unavailable', 'away', 1_000));
    vi.spyOn(held, 'find').mockResolvedValueOnce(away);
    vi.spyOn(held, 'reject').mockResolvedValueOnce(away);
    for (const type of ['held:approve', 'held:reject']) {
      expect(answer(await request(2, type, { id }), 2)).toMatchObject(['error', { code: 'unavailable' }]);
    }
    expect(answer(await request(2, 'held:approve', { id }), 2)).toMatchObject(['ack', { id, seq: 1 }]);
  });
});

describe('holdFirst', () => {
  const open = () => {
    const scene = room(wordsRule('mask', ['darn'], { kind: 'mask' }));
    scene.machine.state.settings = { ...DEFAULT_SETTINGS, holdFirst: true };
    return scene;
  };

  it('[HELD-7] holds what comes of those who never wrote in the channel, and asks once', async () => {
    const { send, held } = open();
    const asked = vi.spyOn(held, 'hasSpoken');
    for (const content of ['hello', 'darn']) {
      const effects = await send(0, content);
      expect(told(effects, 0)).toMatchObject([['ack', { held: true }]]);
      expect(told(effects, 2)).toMatchObject([
        ['held:created', { reason: 'first message', content: content.replace('darn', '****') }],
      ]);
    }
    expect(shown(await send(2, 'mine'))).toHaveLength(1);
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('[HELD-4] [REPLY-2] is a reply when it is let in, or stands for itself where that is gone', async () => {
    const { send, request } = room();
    const [, quoted] = answer(await send(1, 'fine'), 1) as [string, { id: string }];
    const held = async () => {
      const effects = await request(0, 'message:send', { content: 'hm', replyTo: quoted.id });
      return (answer(effects) as [string, { id: string }])[1].id;
    };
    const [first, second] = [await held(), await held()];
    expect(shown(await request(2, 'held:approve', { id: first }))).toMatchObject([
      { data: { id: first, replyTo: quoted.id, quote: { id: quoted.id, content: 'fine' } } },
    ]);
    await request(1, 'message:delete', { id: quoted.id });
    const [event] = shown(await request(2, 'held:approve', { id: second })) as { data: object }[];
    expect(event!.data).toEqual({ id: second, content: 'hm', author: { id: ADA.id, name: 'ada' } });
  });

  it('[HELD-7] lets everything in once one of theirs was approved', async () => {
    const { send, request } = open();
    const [, { id }] = answer(await send(0, 'hello')) as [string, { id: string }];
    await request(2, 'held:approve', { id });
    expect(shown(await send(0, 'and more'))).toHaveLength(1);
  });

  it('[HELD-7] lets those in who wrote before, in the order of their sending, without asking twice', async () => {
    const { machine, store, held, perform } = open();
    const data = JSON.stringify({ id: 'old', content: 'x', author: { id: ADA.id, name: 'ada' } });
    const old = { log: 'channel:room', id: 'old', type: 'message:created', sender: ADA.id, data } as const;
    const outcome = store.commit([{ ...old, timestamp: 1 }]);
    expect(outcome.status).toBe('committed');
    machine.publish({ ...old, timestamp: 1, seq: 1 });
    const sends = ['a', 'b', 'c'].map((content) =>
      machine.run('message:send', 0, ADA, { content, clientMessageId: content === 'c' ? 'b' : content }),
    );
    expect(sends.flat().filter(({ kind }) => kind === 'held')).toHaveLength(1);
    const effects = await perform(sends.flat());
    expect(shown(effects).map((frame) => frame.data['content'])).toEqual(['a', 'b']);
    expect(told(effects, 0)).toHaveLength(3);
    held.hasSpoken = async () => fail(failure('unavailable', 'away', 1_000));
    const bob = await perform(machine.run('message:send', 1, BOB, { content: 'x', clientMessageId: 'x' }));
    expect(answer(bob, 1)).toMatchObject(['error', { code: 'unavailable' }]);
  });
});
