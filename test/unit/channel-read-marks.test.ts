import { describe, expect, it } from 'vitest';
import { readMarked } from '../../src/channel/read-marks.ts';
import type { Effect } from '../../src/channel/effects.ts';
import { failure } from '../../src/protocol/errors.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';

const ada = userOf('ada');
const codeOf = (effects: readonly Effect[]) => frameOf(effects[0]).data['code'];

describe('read:set in a channel', () => {
  it('[READ-1] is committed, then told to the other connections, and acknowledged', () => {
    const machine = new ChannelMachine();
    machine.grow(3);
    const [mark, ...others] = machine.run('read:set', 1, ada, { seq: 2 });
    expect(others).toEqual([]);
    expect(mark).toEqual({
      kind: 'mark',
      seq: 2,
      purpose: { user: ada.id, waiter: { connection: 1, ref: 'r' } },
    });
    if (mark?.kind !== 'mark') throw new Error('no mark');
    const counts = { seq: 2, head: 3, unread: 1, mentions: 0 };
    const stored = { user: ada.id, channelId: 'room', ...counts };
    const [told, ack] = readMarked(machine.state, mark.purpose, stored, machine.context);
    expect(told).toMatchObject({ kind: 'tell', user: ada.id, except: 1 });
    expect(frameOf(told)).toMatchObject({ type: 'read:updated', channelId: 'room', data: counts });
    expect(frameOf(ack)).toMatchObject({ type: 'ack', ref: 'r', data: counts });
  });

  it('[READ-7] what can not be stored is refused, and nobody is told', () => {
    const machine = new ChannelMachine();
    machine.grow(1);
    const [mark] = machine.run('read:set', 1, ada, { seq: 1 });
    if (mark?.kind !== 'mark') throw new Error('no mark');
    const away = failure('unavailable', 'away', 1_000);
    const effects = readMarked(machine.state, mark.purpose, away, machine.context);
    expect(effects.map(({ kind }) => kind)).toEqual(['send']);
    expect(codeOf(effects)).toBe('unavailable');
  });

  it('[READ-7] beyond the head it is bad_request', () => {
    const machine = new ChannelMachine();
    machine.grow(1);
    expect(codeOf(machine.run('read:set', 1, ada, { seq: 2 }))).toBe('bad_request');
    expect(machine.run('read:set', 1, ada, { seq: 0 })[0]?.kind).toBe('mark');
    for (const seq of [-1, 1.5, '1', Number.MAX_VALUE]) {
      expect(() => machine.run('read:set', 1, ada, { seq })).toThrow();
    }
  });

  it('[READ-7] a channel that is not there, or private, is not_found', () => {
    const nowhere = new ChannelMachine(undefined, false);
    expect(codeOf(nowhere.run('read:set', 1, ada, { seq: 0 }))).toBe('not_found');
    const machine = new ChannelMachine();
    machine.grow(1);
    machine.join(1, ada);
    machine.state.private = true;
    expect(codeOf(machine.run('read:set', 2, userOf('bob'), { seq: 9 }))).toBe('not_found');
    machine.state.members.set(ada.id, { name: 'ada', role: 'member', joinedAt: 1 });
    expect(machine.run('read:set', 1, ada, { seq: 1 })[0]?.kind).toBe('mark');
    const staff = userOf('mod', { roles: ['moderator'] });
    expect(machine.run('read:set', 3, staff, { seq: 1 })[0]?.kind).toBe('mark');
  });
});
