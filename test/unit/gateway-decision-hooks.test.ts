import { describe, expect, it } from 'vitest';
import { DecisionHooks } from '../../src/gateway/decision-hooks.ts';
import { type Decision, DECISIONS } from '../../src/protocol/decisions.ts';
import { userOf } from '../support/channel-machine.ts';
import { identityOf, runningGateway } from '../support/running-gateway.ts';

function hooksOf(answer: (body: { type: string }) => unknown, asked: readonly Decision[] = DECISIONS) {
  const clock = { now: 1_000 };
  const bodies: { type: string; user: { id: string } }[] = [];
  const outcomes: string[] = [];
  const build = (whenAway: 'allow' | 'deny') =>
    new DecisionHooks({
      ...{ asked: new Set(asked), whenAway, now: () => clock.now, mono: () => clock.now },
      told: (decision, outcome) => outcomes.push(`${decision} ${outcome}`),
      ask: async (text) => {
        const body = JSON.parse(text) as { type: string; user: { id: string } };
        bodies.push(body);
        return answer(body);
      },
    });
  return { clock, bodies, outcomes, hooks: build('deny'), lenient: build('allow') };
}

const ada = userOf('ada');
const general = { channelId: 'general' };

describe('decision hooks', () => {
  it('[HOOK-7] ask about what is set, and about nothing else', () => {
    const { hooks } = hooksOf(() => null, ['may-join']);
    expect(hooks.askedAbout('channel:join')).toBe('may-join');
    expect(hooks.askedAbout('message:send')).toBeNull();
    expect(hooks.asks('may-connect')).toBe(false);
  });

  it('[HOOK-8] [HOOK-12] an answer holds for as long as it says, but never for a message', async () => {
    const { hooks, clock, bodies, outcomes } = hooksOf(() => ({
      allow: false,
      reason: 'no',
      cache_seconds: 10,
    }));
    const refused = { code: 'forbidden', message: 'no' };
    const join = () => hooks.decide('may-join', ada, general);
    expect(await Promise.all([join(), join()])).toEqual([refused, refused]);
    clock.now += 9_999;
    expect(await join()).toEqual(refused);
    expect(bodies).toHaveLength(1);
    await hooks.decide('may-join', userOf('bob'), general);
    await hooks.decide('may-join', ada, { channelId: 'other' });
    clock.now += 1;
    await join();
    expect(bodies).toHaveLength(4);
    await hooks.decide('may-publish', ada, general);
    await hooks.decide('may-publish', ada, general);
    expect(bodies).toHaveLength(6);
    expect(outcomes).toHaveLength(6);
    expect(new Set(outcomes)).toEqual(new Set(['may-join refused', 'may-publish refused']));
  });

  it.each([[null], ['yes'], [{ allow: 'yes' }], [{}], [[]]])(
    '[HOOK-8] %j is no answer: what is stated holds, and isn’t remembered',
    async (answer) => {
      const { hooks, lenient, bodies, outcomes } = hooksOf(() => answer);
      expect(await hooks.decide('may-join', ada, general)).toMatchObject({ code: 'unavailable' });
      expect(await hooks.decide('may-join', ada, general)).toMatchObject({ code: 'unavailable' });
      expect(await lenient.decide('may-connect', ada, {})).toBeNull();
      expect(bodies).toHaveLength(3);
      expect(outcomes).toEqual(['may-join away', 'may-join away', 'may-connect away']);
    },
  );

  it('[HOOK-9] what a connection sends meanwhile waits and stays in order; others go on', async () => {
    const waiting: ((answer: unknown) => void)[] = [];
    const { hooks } = hooksOf(
      () => new Promise((resolve) => waiting.push(resolve)),
      ['may-join', 'may-publish'],
    );
    const running = runningGateway({ decisions: hooks });
    const shard = running.connectShard(0);
    const [one, other] = [
      running.client({ identity: identityOf('ada') }),
      running.client({ identity: identityOf('bob') }),
    ];
    await running.clock.advance(5);
    const heard = () =>
      shard.kind('request').map(([, , text]) => (JSON.parse(text as string) as { ref: string }).ref);
    one.say({ type: 'channel:join', channelId: 'general', ref: 'join' });
    one.say({ type: 'message:send', channelId: 'general', ref: 'send', data: { content: 'x' } });
    one.say({ type: 'typing:start', channelId: 'general', ref: 'type' });
    other.say({ type: 'typing:start', channelId: 'general', ref: 'other' });
    await running.clock.advance(5);
    expect(heard()).toEqual(['other']);
    waiting.shift()?.({ allow: true });
    await running.clock.advance(5);
    expect(heard()).toEqual(['other', 'join']);
    waiting.shift()?.({ allow: false, reason: 'no' });
    await running.clock.advance(5);
    expect(heard()).toEqual(['other', 'join', 'type']);
    expect(one.socket.answers).toMatchObject({ send: 'forbidden' });
  });

  it('[HOOK-10] a drain waits for what is being decided, and for what waits behind it', async () => {
    const waiting: ((answer: unknown) => void)[] = [];
    const { hooks } = hooksOf(() => new Promise((resolve) => waiting.push(resolve)), ['may-publish']);
    const { gateway, clock, connectShard, client } = runningGateway({ decisions: hooks });
    const shard = connectShard(0);
    const { say } = client({ identity: identityOf('ada') });
    await clock.advance(5);
    const send = (ref: string) =>
      say({ type: 'message:send', channelId: 'general', ref, data: { content: ref } });
    send('first');
    send('second');
    void gateway.drain(1_000);
    await clock.advance(5);
    expect(shard.kind('lastCall')).toHaveLength(0);
    waiting.shift()?.({ allow: true });
    await clock.advance(5);
    expect(shard.kind('lastCall')).toHaveLength(0);
    waiting.shift()?.({ allow: true });
    await clock.advance(5);
    const kinds = shard.heard
      .map(([kind]) => kind)
      .filter((kind) => kind === 'request' || kind === 'lastCall');
    expect(kinds).toEqual(['request', 'request', 'lastCall']);
  });

  it('[HOOK-10] and no longer than it has time', async () => {
    const { hooks } = hooksOf(() => new Promise(() => undefined), ['may-publish']);
    const { gateway, clock, connectShard, client } = runningGateway({ decisions: hooks });
    connectShard(0);
    const { say } = client({ identity: identityOf('ada') });
    await clock.advance(5);
    say({ type: 'message:send', channelId: 'general', ref: 'x', data: { content: 'x' } });
    let isOver = false;
    void gateway.drain(1_000).then(() => (isOver = true));
    await clock.advance(990);
    expect(isOver).toBe(false);
    await clock.advance(20);
    expect(isOver).toBe(true);
  });

  it('[HOOK-9] only so many frames wait', async () => {
    const { hooks } = hooksOf(() => new Promise(() => undefined), ['may-join']);
    const running = runningGateway({ decisions: hooks });
    running.connectShard(0);
    const { say, socket } = running.client({ identity: identityOf('ada') });
    await running.clock.advance(5);
    for (let nth = 0; nth <= 65; nth += 1)
      say({ type: 'channel:join', channelId: 'general', ref: `r${nth}` });
    await running.clock.advance(5);
    expect(socket.answers).toEqual({ r65: 'overloaded' });
  });
});
