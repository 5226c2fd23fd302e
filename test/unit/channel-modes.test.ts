import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/channel/effects.ts';
import { fillRing } from '../../src/channel/log-events.ts';
import type { ChannelSettings } from '../../src/protocol/channel-settings.ts';
import { failure } from '../../src/protocol/errors.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const mod = userOf('mod', { roles: ['user', 'moderator'] });

function scene(settings: Partial<ChannelSettings>) {
  const machine = new ChannelMachine();
  machine.join(1, ada);
  machine.join(2, bob);
  machine.join(3, mod);
  machine.state.settings = { ...machine.state.settings, ...settings };
  const send = (content: string, user = ada, connection = 1, clientMessageId?: string) =>
    machine.run(
      'message:send',
      connection,
      user,
      clientMessageId === undefined ? { content } : { content, clientMessageId },
    );
  return {
    machine,
    send,
    code: (...args: Parameters<typeof send>) => codeOf(send(...args)),
    /** Sends, and the log takes it. */
    say: (...args: Parameters<typeof send>) => {
      const [append] = send(...args);
      if (append?.kind !== 'append') throw new Error(JSON.stringify(append));
      const event = machine.append(append.entry);
      machine.settle(event.id, { id: event.id, seq: event.seq, duplicate: false });
      machine.publish(event);
    },
  };
}
const codeOf = ([effect]: readonly Effect[]) =>
  effect?.kind === 'append' ? 'ok' : (frameOf(effect).data['code'] as string);

describe('slow mode', () => {
  it('[SLOW-1] keeps a user’s messages apart, on every connection, and tells the time left; moderators don’t wait', () => {
    const { machine, send, code, say } = scene({ slowModeSeconds: 10 });
    machine.join(4, ada);
    say('one');
    machine.pass(4_000);
    expect(frameOf(send('two')[0])).toMatchObject({ data: { code: 'slow_mode', retryAfterMs: 6_000 } });
    expect(code('two', ada, 4)).toBe('slow_mode');
    expect(code('two', bob, 2)).toBe('ok');
    say('a', mod, 3);
    say('b', mod, 3);
    machine.state.members.set(bob.id, { name: 'bob', role: 'moderator', joinedAt: 0 });
    expect([code('c', bob, 2), code('d', bob, 2)]).toEqual(['ok', 'ok']);
    machine.pass(5_999);
    expect(code('two')).toBe('slow_mode');
    machine.pass(1);
    expect(code('two')).toBe('ok');
  });

  it('[SLOW-1] counts what is on its way, and not what came to nothing or was refused', () => {
    const { machine, send, code } = scene({ slowModeSeconds: 10 });
    expect(code('')).toBe('bad_request');
    const [append] = send('one');
    if (append?.kind !== 'append') throw new Error('refused');
    expect(code('two')).toBe('slow_mode');
    machine.settle(append.entry.id, failure('unavailable', 'away', 1));
    expect(code('two')).toBe('ok');
  });

  it('[SLOW-1] lets a retry find its message', () => {
    const { say, code } = scene({ slowModeSeconds: 10, uniqueMessages: true });
    say('one', ada, 1, 'k1');
    expect([code('one', ada, 1, 'k1'), code('two', ada, 1, 'k2'), code('one', bob, 2, 'k1')]).toEqual([
      ...['ok', 'slow_mode', 'blocked_content'],
    ]);
  });

  it('[SLOW-1] counts from the messages that are held when it begins, or a state loads', () => {
    const { machine, say, code } = scene({});
    say('one');
    machine.pass(3_000);
    const data = JSON.stringify({ slowModeSeconds: 10, by: { id: mod.id, name: 'mod' } });
    machine.publish(
      machine.append({
        id: 'u',
        type: 'channel:updated',
        sender: mod.id,
        timestamp: machine.context.now,
        data,
      }),
    );
    expect([code('two'), code('two', bob, 2)]).toEqual(['slow_mode', 'ok']);
    const anew = new ChannelMachine();
    anew.state.settings = { ...anew.state.settings, slowModeSeconds: 10 };
    anew.time = machine.time;
    anew.state.head = machine.log.length;
    fillRing(anew.state, machine.log);
    anew.join(1, ada);
    expect(frameOf(anew.run('message:send', 1, ada, { content: 'two' })[0])).toMatchObject({
      data: { code: 'slow_mode', retryAfterMs: 7_000 },
    });
  });

  it('[SLOW-1] forgets who may write again', () => {
    const { machine, say } = scene({ slowModeSeconds: 1 });
    for (let index = 0; index < 50; index += 1) {
      machine.join(100 + index, userOf(`n${index}`));
      say('x', userOf(`n${index}`), 100 + index);
      machine.pass(100);
    }
    expect(machine.state.wroteAt.size).toBeLessThanOrEqual(11);
  });
});

describe('newcomers', () => {
  it('[SLOW-2] [MEMBER-4] read until they have been members for so long', () => {
    const { machine, code } = scene({ newcomerSeconds: 60 });
    const cleo = userOf('cleo');
    const [added] = machine.join(9, cleo);
    if (added?.kind !== 'append') throw new Error('no member');
    expect(added.entry).toMatchObject({
      type: 'member:added',
      data: JSON.stringify({ user: { id: cleo.id, name: 'cleo' }, role: 'member' }),
      changes: [{ kind: 'member', user: cleo.id, role: 'member' }],
    });
    expect(machine.settle(added.entry.id, failure('unavailable', 'away'))).toEqual([]);
    expect(machine.join(10, cleo).filter(({ kind }) => kind === 'append')).toEqual([]);
    expect(code('x', cleo, 9)).toBe('forbidden');
    machine.publish(machine.append(added.entry));
    machine.pass(59_999);
    expect(frameOf(machine.run('message:send', 9, cleo, { content: 'x' })[0])).toMatchObject({
      data: { code: 'forbidden', retryAfterMs: 1 },
    });
    machine.pass(1);
    expect([code('x', cleo, 9), code('x', mod, 3)]).toEqual(['ok', 'ok']);
  });

  it('[SLOW-2] who was here before the mode counts from when they came', () => {
    const { machine, code } = scene({ newcomerSeconds: 60 });
    expect(code('x')).toBe('forbidden');
    machine.pass(60_000);
    expect(code('x')).toBe('ok');
  });

  it('[MEMBER-4] leave nothing behind elsewhere, nor do those who are never shown', () => {
    const plain = scene({}).machine.join(9, userOf('cleo'));
    const hidden = scene({ holdFirst: true }).machine.join(9, { ...userOf('cleo'), hidden: true });
    expect([...plain, ...hidden].filter(({ kind }) => kind === 'append')).toEqual([]);
  });
});

describe('texts', () => {
  it('[SLOW-3] unique ones: what stands among the newest messages, or is on its way there, isn’t taken again', () => {
    const { code, say } = scene({ uniqueMessages: true });
    say('"hi" \\ 👋');
    expect([code('"hi" \\ 👋', bob, 2), code('hi', bob, 2), code('hi')]).toEqual([
      'blocked_content',
      'ok',
      'blocked_content',
    ]);
    expect([code('hi', mod, 3), code('other')]).toEqual(['ok', 'ok']);
  });

  it.each(['👋', '👋🏽 👨‍👩‍👧 🇩🇪', ':wave: :+1:', '1️⃣\n❤️'])('[SLOW-3] %j is of emotes alone', (content) => {
    expect(scene({ emoteOnly: true }).code(content)).toBe('ok');
  });

  it.each(['hi', '👋 hi', '  ', ': x :', '5', '::'])('[SLOW-3] %j is not', (content) => {
    const { code, machine } = scene({ emoteOnly: true });
    expect([code(content), code(content, mod, 3)]).toEqual(['blocked_content', 'ok']);
    expect(codeOf(machine.run('message:update', 1, ada, { id: 'm', content }))).toBe('blocked_content');
  });

  it('[SLOW-3] is told in time that grows with the text', () => {
    expect(scene({ emoteOnly: true }).code(`${'👋🏽'.repeat(1_500)}x`)).toBe('blocked_content');
  });
});

describe('who writes, and who comes in', () => {
  it('[SLOW-4] announcements are written by moderators, and archived channels by nobody', () => {
    const writing = (settings: Partial<ChannelSettings>) => {
      const { machine, code } = scene(settings);
      const typing = (user: typeof ada, connection: number) =>
        frameOf(machine.run('typing:start', connection, user).at(-1));
      return [code('x'), typing(ada, 1).data['code'], code('x', mod, 3), typing(mod, 3).data['code']];
    };
    expect(writing({ announcement: true })).toEqual(['forbidden', 'forbidden', 'ok', undefined]);
    expect(writing({ archived: true })).toEqual(['forbidden', 'forbidden', 'forbidden', 'forbidden']);
  });

  it('[SLOW-4] a closed channel lets nobody new in', () => {
    const { machine } = scene({ closed: true });
    const cleo = userOf('cleo');
    expect(codeOf(machine.join(9, cleo))).toBe('forbidden');
    const kinds = (connection: number, user: typeof ada) =>
      machine.join(connection, user).map(({ kind }) => kind);
    expect(kinds(9, ada)).toContain('subscribe');
    expect(kinds(10, userOf('staff', { roles: ['moderator'] }))).toContain('subscribe');
    machine.state.members.set(cleo.id, { name: 'cleo', role: 'member', joinedAt: 0 });
    expect(kinds(11, cleo)).toContain('subscribe');
  });
});
