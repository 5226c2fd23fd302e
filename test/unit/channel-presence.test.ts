import { describe, expect, it } from 'vitest';
import type { Effect } from '../../src/channel/effects.ts';
import { nextPresenceDeadline } from '../../src/channel/presence.ts';
import { nextTypingDeadline } from '../../src/channel/typing.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';

const ada = userOf('ada');
const bob = userOf('bob');
/** `type name` or `type count` of each broadcast. */
const told = (effects: readonly Effect[]) =>
  effects
    .filter(({ kind }) => kind === 'broadcast')
    .map((effect) => {
      const { type, data } = frameOf(effect);
      const { user, count } = data as { readonly user?: { readonly name: string }; readonly count?: number };
      return `${type} ${user?.name ?? count ?? ''}`;
    });

describe('presence by user', () => {
  it('[PRES-5] the first five who come are told at once, those of a storm may wait a second to be told together', () => {
    const machine = new ChannelMachine();
    const patience = (effects: readonly Effect[]) =>
      effects.flatMap((effect) => (effect.kind === 'broadcast' ? [effect.patienceMs] : []));
    const come = (id: number) => patience(machine.join(id, userOf(`user-${id}`)))[0];
    expect([1, 2, 3, 4, 5, 6, 7].map(come)).toEqual([0, 0, 0, 0, 0, 1_000, 1_000]);
    machine.pass(5_000);
    expect([8, 9].map(come)).toEqual([0, 1_000]);
    machine.pass(60_000);
    expect(patience(machine.run('channel:leave', 1, userOf('user-1')))).toEqual([0]);
  });

  it('[PRES-1] the first connection is told, further ones come and go silently', () => {
    const machine = new ChannelMachine();
    expect(told(machine.join(1, ada))).toEqual(['presence:join ada']);
    expect(told(machine.join(2, ada))).toEqual([]);
    expect(told(machine.run('channel:leave', 1, ada))).toEqual([]);
    expect(told(machine.run('channel:leave', 2, ada))).toEqual(['presence:leave ada']);
  });

  it('[PRES-2] a broken line counts as gone after 5 s, and who comes back in time never left', () => {
    const machine = new ChannelMachine();
    machine.join(1, ada);
    expect(told(machine.breakOff(1))).toEqual([]);
    expect(told(machine.pass(4_999))).toEqual([]);
    expect(told(machine.join(2, ada))).toEqual([]);
    expect(told(machine.pass(10_000))).toEqual([]);
    machine.breakOff(2);
    expect(nextPresenceDeadline(machine.state)).toBe(machine.time + 5_000);
    expect(told(machine.pass(5_000))).toEqual(['presence:leave ada']);
    expect(machine.state.present.size).toBe(0);
  });

  it('[PRES-2] a leave on purpose of the last one ends the grace of the others', () => {
    const machine = new ChannelMachine();
    machine.join(1, ada);
    machine.join(2, ada);
    machine.breakOff(1);
    expect(told(machine.run('channel:leave', 2, ada))).toEqual(['presence:leave ada']);
    expect(told(machine.pass(10_000))).toEqual([]);
  });

  it('[PRES-2] graces end in their order, one user at a time', () => {
    const machine = new ChannelMachine();
    machine.join(1, ada);
    machine.join(2, bob);
    machine.breakOff(1);
    machine.pass(1_000);
    machine.breakOff(2);
    expect(told(machine.pass(4_000))).toEqual(['presence:leave ada']);
    expect(told(machine.pass(1_000))).toEqual(['presence:leave bob']);
  });

  it('[PRES-3] above 200 a count, at most once a second, and the last one holds', () => {
    const machine = new ChannelMachine();
    for (let index = 1; index <= 200; index += 1) {
      expect(told(machine.join(index, userOf(`u${index}`)))).toHaveLength(1);
    }
    machine.time = 10_000;
    expect(told(machine.join(201, userOf('u201')))).toEqual(['presence:count 201']);
    expect(told(machine.join(202, userOf('u202')))).toEqual([]);
    expect(told(machine.join(203, userOf('u203')))).toEqual([]);
    expect(nextPresenceDeadline(machine.state)).toBe(11_000);
    expect(told(machine.pass(999))).toEqual([]);
    expect(told(machine.pass(1))).toEqual(['presence:count 203']);
    expect(told(machine.pass(5_000))).toEqual([]);
    expect(told(machine.run('channel:leave', 203, userOf('u203')))).toEqual(['presence:count 202']);
    machine.run('channel:leave', 202, userOf('u202'));
    // The channel is small again: who goes is named, and the count that was due still comes.
    expect(told(machine.run('channel:leave', 201, userOf('u201')))).toEqual(['presence:leave u201']);
    expect(told(machine.pass(1_000))).toEqual(['presence:count 200']);
  });
});

describe('typing', () => {
  const withBoth = () => {
    const machine = new ChannelMachine();
    machine.join(1, ada);
    machine.join(2, ada);
    machine.join(3, bob);
    return machine;
  };

  it('[TYPING-1] is told once, not to the own connections, and renewed silently', () => {
    const machine = withBoth();
    const effects = machine.run('typing:start', 1, ada);
    expect(told(effects)).toEqual(['typing:start ada']);
    expect(effects[0]).toMatchObject({ except: [1, 2] });
    expect(effects.at(-1)).toMatchObject({ kind: 'send', to: 1 });
    machine.pass(5_000);
    expect(told(machine.run('typing:start', 2, ada))).toEqual([]);
    expect(told(machine.pass(5_999))).toEqual([]);
    expect(told(machine.pass(1))).toEqual(['typing:stop ada']);
  });

  it('[TYPING-2] ends with typing:stop, once', () => {
    const machine = withBoth();
    machine.run('typing:start', 1, ada);
    expect(told(machine.run('typing:stop', 2, ada))).toEqual(['typing:stop ada']);
    expect(told(machine.run('typing:stop', 2, ada))).toEqual([]);
    expect(nextTypingDeadline(machine.state)).toBeNull();
  });

  it('[TYPING-2] ends with a message of its user, and not with one of another', () => {
    const machine = withBoth();
    machine.run('typing:start', 1, ada);
    const message = (sender: string, id: string) =>
      machine.append({ id, type: 'message:created', sender, timestamp: 0, data: '{}' });
    expect(told(machine.publish(message('u-bob', 'a')))).toEqual([]);
    expect(told(machine.publish(message('u-ada', 'b')))).toEqual(['typing:stop ada']);
  });

  it('[TYPING-2] ends when its user leaves: the stop comes before the leave', () => {
    const machine = withBoth();
    machine.run('typing:start', 1, ada);
    machine.run('channel:leave', 1, ada);
    expect(told(machine.run('channel:leave', 2, ada))).toEqual(['typing:stop ada', 'presence:leave ada']);
  });

  it('[TYPING-2] marks end in their own time, a renewed one later', () => {
    const machine = withBoth();
    machine.run('typing:start', 1, ada);
    machine.pass(1_000);
    machine.run('typing:start', 3, bob);
    machine.pass(1_000);
    machine.run('typing:start', 1, ada);
    expect(told(machine.pass(5_000))).toEqual(['typing:stop bob']);
    expect(told(machine.pass(1_000))).toEqual(['typing:stop ada']);
  });
});
