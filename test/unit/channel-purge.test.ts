import { describe, expect, it } from 'vitest';
import { purge, sentFound } from '../../src/channel/purge.ts';
import type { Effect } from '../../src/channel/effects.ts';
import type { Principal } from '../../src/protocol/entities.ts';
import { failure } from '../../src/protocol/errors.ts';
import { ChannelMachine, frameOf, userOf } from '../support/channel-machine.ts';

const mod: Principal = { ...userOf('mod'), roles: ['user', 'moderator'] };
const spammer = userOf('spam');

function only<Kind extends Effect['kind']>(effects: readonly Effect[], kind: Kind) {
  const found = effects.filter((effect) => effect.kind === kind);
  if (found.length !== 1) throw new Error(`${found.length} effects ${kind}`);
  return found[0] as Extract<Effect, { kind: Kind }>;
}

/** A channel in which the spammer has sent `count` messages. */
function flooded(count: number) {
  const machine = new ChannelMachine();
  machine.join(1, mod);
  machine.join(2, spammer);
  for (let n = 1; n <= count; n += 1) {
    const data = JSON.stringify({
      id: `m-${n}`,
      content: `buy ${n}`,
      author: { id: spammer.id, name: 'spam' },
    });
    machine.publish(
      machine.append({ id: `m-${n}`, type: 'message:created', sender: spammer.id, timestamp: n, data }),
    );
  }
  /** What the log answers, and all that follows of it, until nothing does. */
  const carryOut = (effects: readonly Effect[]): Effect[] =>
    effects.flatMap((effect): Effect[] => {
      if (effect.kind === 'findSent') {
        const { sender, before = Number.POSITIVE_INFINITY, limit } = effect.range;
        const sent = machine.log
          .filter((event) => event.sender === sender && event.seq < before)
          .slice(-limit);
        const page = { events: sent, hasMore: sent.length === limit };
        return carryOut([...sentFound(machine.state, effect.purge, page, machine.context)]);
      }
      if (effect.kind !== 'append') return [effect];
      const { id } = effect.entry;
      const event = machine.append(effect.entry);
      const settled = machine.settle(id, { id, seq: event.seq, duplicate: false });
      return [...carryOut(settled), ...carryOut(machine.publish(event))];
    });
  return { machine, carryOut };
}

describe('message:purge', () => {
  it('[BAN-12] `message:purge` deletes page by page what somebody sent, each an event, and tells how many', () => {
    const { machine, carryOut } = flooded(230);
    const begun = machine.run('message:purge', 1, mod, { user: { name: 'spam' }, seconds: 60 });
    const { range } = only(begun, 'findSent');
    expect(range).toEqual({
      ...{ sender: spammer.id, limit: 100 },
      ...{ since: machine.context.now - 60_000, until: machine.context.now },
    });
    const done = carryOut(begun);
    expect(frameOf(only(done, 'send'))).toMatchObject({ type: 'ack', ref: 'r', data: { deleted: 230 } });
    const told = done.filter(({ kind }) => kind === 'publish').map((effect) => frameOf(effect));
    expect(new Set(told.map(({ type }) => type))).toEqual(new Set(['message:deleted']));
    expect(new Set(told.map(({ data }) => data['id'])).size).toBe(230);
    expect(told[0]?.data).toMatchObject({ by: { id: mod.id, name: 'mod' } });
    expect(machine.state.purging.size).toBe(0);
  });

  it('[BAN-12] by moderators, of somebody below them; for a second at least and a week at most', () => {
    const { machine } = flooded(1);
    const code = (user: Principal, of: string, connection = 2) =>
      frameOf(machine.run('message:purge', connection, user, { user: { name: of }, seconds: 5 })[0]).data[
        'code'
      ];
    expect(code(spammer, 'mod')).toBe('forbidden');
    expect(code(mod, 'mod', 1)).toBe('forbidden');
    for (const seconds of [0, -1, 0.5, 604_801, undefined]) {
      expect(() => machine.run('message:purge', 1, mod, { user: { name: 'spam' }, seconds })).toThrow();
    }
  });

  it('[BAN-12] what can’t be read or committed is told, and what was deleted stays so', () => {
    const { machine } = flooded(150);
    const away = failure('unavailable', 'away', 1_000);
    const begin = () =>
      only(machine.run('message:purge', 1, mod, { user: { name: 'spam' }, seconds: 5 }), 'findSent');
    const unread = sentFound(machine.state, begin().purge, away, machine.context);
    expect(frameOf(only(unread, 'send')).data).toMatchObject({ code: 'unavailable' });
    const page = { events: machine.log.slice(0, 2), hasMore: true };
    const [one, two] = sentFound(machine.state, begin().purge, page, machine.context);
    if (one?.kind !== 'append' || two?.kind !== 'append') throw new Error('two deletions');
    expect(machine.settle(one.entry.id, { id: one.entry.id, seq: 151, duplicate: false })).toEqual([]);
    expect(frameOf(only(machine.settle(two.entry.id, away), 'send')).data).toMatchObject({
      code: 'unavailable',
    });
    expect(machine.state.purging.size).toBe(0);
  });

  it('[BAN-12] nothing to delete is no failure, and whoever carries out effects is told by number', () => {
    const { carryOut } = flooded(3);
    const by = { id: mod.id, name: 'mod' };
    const order = { user: spammer.id, by, since: 0, until: 5 };
    expect(carryOut(purge({ ...order, user: 'u-none' }, { key: 7 }))).toEqual([
      { kind: 'purged', key: 7, problem: null },
    ]);
    expect(only(carryOut(purge(order, { key: 8 })), 'purged')).toEqual({
      kind: 'purged',
      key: 8,
      problem: null,
    });
  });
});

describe('a ban from a channel', () => {
  it('[BAN-12] with `deleteSeconds` deletes what was sent before, when it is committed and not before', () => {
    const { machine, carryOut } = flooded(5);
    const ban = { user: { name: 'spam' }, deleteSeconds: 60 };
    const [first, ...more] = machine.run('user:ban', 1, mod, ban);
    if (first?.kind !== 'append') throw new Error('no ban');
    expect(more).toEqual([]);
    const lost = machine.settle(first.entry.id, failure('unavailable', 'away', 1_000));
    expect(lost.map(({ kind }) => kind)).toEqual(['send']);
    const done = carryOut(machine.run('user:ban', 1, mod, ban));
    const types = done.filter(({ kind }) => kind === 'publish').map((effect) => frameOf(effect).type);
    expect(types.filter((type) => type === 'message:deleted')).toHaveLength(5);
    expect(types.filter((type) => type === 'member:banned')).toHaveLength(1);
  });
});
