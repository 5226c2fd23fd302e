import { describe, expect, it } from 'vitest';
import { renew } from '../../src/channel/access.ts';
import type { Principal } from '../../src/protocol/entities.ts';
import { maySee } from '../../src/protocol/permissions.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';

const ada = userOf('ada');
const bob = userOf('bob');
const only = (...channels: string[]): Principal => ({ ...ada, channels });

describe('tokens that are for certain channels', () => {
  it('[LIVE-6] open those, by id or by their beginning, and close all others', () => {
    const open = { id: 'team-a', private: false };
    const closed = { id: 'team-a', private: true };
    expect([maySee(ada, open), maySee(ada, closed)]).toEqual([true, false]);
    expect([maySee(only('team-a'), open), maySee(only('team-a'), closed)]).toEqual([true, true]);
    expect([maySee(only('team-*'), closed), maySee(only('*'), closed)]).toEqual([true, true]);
    expect([maySee(only('team'), open), maySee(only(), open), maySee(only('TEAM-A'), open)]).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('[LIVE-6] staff with such a token has no more than it names', () => {
    const staff: Principal = { ...only('other'), roles: ['user', 'admin'] };
    expect(maySee(staff, { id: 'room', private: false })).toBe(false);
  });

  it('[LIVE-6] joining any other channel is not_found, as if there were none', () => {
    const machine = new ChannelMachine();
    const [refusal, ...rest] = machine.join(1, only('other'));
    expect([frameOf(refusal), rest]).toMatchObject([{ type: 'error', data: { code: 'not_found' } }, []]);
    expect(machine.join(1, only('ro*')).map((effect) => effect.kind)).toContain('subscribe');
  });
});

describe('rights and names that change', () => {
  it('[LIVE-7] who may not be here any more is out, told so, and the others see it', () => {
    const machine = new ChannelMachine();
    machine.join(1, ada);
    machine.join(2, bob);
    const effects = renew(machine.state, 1, only('other'), machine.context);
    expect(effects.map((effect) => effect.kind)).toEqual(['unsubscribe', 'broadcast', 'send']);
    expect(frameOf(effects[1])).toMatchObject({ type: 'presence:leave', data: { user: { name: 'ada' } } });
    expect(frameOf(effects[2])).toMatchObject({ type: 'error', data: { code: 'not_member' } });
    expect(frameOf(effects[2])).not.toHaveProperty('ref');
    const [refused] = machine.run('message:send', 1, ada, { content: 'still here' });
    expect(frameOf(refused)).toMatchObject({ data: { code: 'not_member' } });
  });

  it('[LIVE-4] a new name is told once for all of the user’s connections, and stands in lists from then on', () => {
    const machine = new ChannelMachine();
    machine.join(1, ada);
    machine.join(2, ada);
    machine.join(3, bob);
    const renamed = { ...ada, name: 'Ada L.' };
    const told = [1, 2].flatMap((connection) => renew(machine.state, connection, renamed, machine.context));
    expect(told.map(frameOf)).toMatchObject([
      { type: 'presence:updated', data: { user: { id: ada.id, name: 'Ada L.' } } },
    ]);
    expect([...machine.state.present.values()].map(({ user }) => user.name)).toEqual(['Ada L.', 'bob']);
    expect(renew(machine.state, 9, renamed, machine.context)).toEqual([]);
  });

  it('[LIVE-4] in a large channel, where nobody is told names, it is silent', () => {
    const machine = new ChannelMachine();
    for (let index = 0; index <= 200; index += 1) machine.join(index, userOf(`n${index}`));
    expect(renew(machine.state, 7, { ...userOf('n7'), name: 'new' }, machine.context)).toEqual([]);
  });
});

describe('dashboards', () => {
  const hidden: Principal = { ...userOf('board'), hidden: true };

  it('[LIVE-8] listen and write, and are never present, whoever else of them is', () => {
    const machine = new ChannelMachine();
    machine.join(1, ada);
    const joined = machine.join(2, hidden);
    expect(joined.filter(({ kind }) => kind === 'broadcast')).toEqual([]);
    expect(frameOf(joined.find(({ kind }) => kind === 'send'))).toMatchObject({
      data: { memberCount: 1, members: [{ name: 'ada' }] },
    });
    expect(machine.run('message:send', 2, hidden, { content: 'hi' })[0]).toMatchObject({ kind: 'append' });
    expect(machine.run('typing:start', 2, hidden).map(({ kind }) => kind)).toEqual(['send']);
    // The same person, in the chat: shown, and unmoved by the dashboard's end.
    const shown = machine.join(3, { ...hidden, hidden: false });
    expect(shown.filter(({ kind }) => kind === 'broadcast')).toHaveLength(1);
    expect(machine.breakOff(2)).toEqual([]);
    expect(machine.pass(60_000)).toEqual([]);
    expect(machine.state.present.size).toBe(2);
  });

  it('[LIVE-8] leave unseen, also within the grace of their user’s last connection', () => {
    const machine = new ChannelMachine();
    machine.join(1, { ...hidden, hidden: false });
    machine.join(2, hidden);
    machine.breakOff(1);
    machine.pass(4_000);
    expect(machine.run('channel:leave', 2, hidden).filter(({ kind }) => kind === 'broadcast')).toEqual([]);
    expect(machine.pass(1_000)).toHaveLength(1);
    expect(machine.state.userOf.size).toBe(0);
  });
});
