import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ChannelShards, tablesOf } from '../support/channel-shards.ts';
import { userOf } from '../support/channel-machine.ts';

const PEOPLE = [
  userOf('root', { roles: ['user', 'admin'] }),
  userOf('mod', { roles: ['user', 'moderator'] }),
  userOf('ada'),
  userOf('bob'),
  userOf('guest', { guest: true, roles: ['guest'] }),
];

const person = fc.nat(PEOPLE.length - 1);
const user = fc.oneof(
  person.map((index) => ({ id: PEOPLE[index]?.id ?? '' })),
  person.map((index) => ({ name: PEOPLE[index]?.name ?? '' })),
);
const seconds = fc.option(fc.integer({ min: 1, max: 100 }), { nil: undefined });
const reason = fc.option(fc.constantFrom('spam', ''), { nil: undefined });
const defined = (data: object): object =>
  Object.fromEntries(Object.entries(data).filter(([, value]) => value !== undefined));
const request = (type: string, data: fc.Arbitrary<object>) =>
  fc.record({ by: person, type: fc.constant(type), data: data.map(defined) });

const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 });
const update = {
  name: optional(fc.constantFrom('room', 'Another room')),
  topic: optional(fc.constantFrom('', 'news', null)),
  private: optional(fc.boolean()),
  position: optional(fc.nat(5)),
  slowModeSeconds: optional(fc.constantFrom(0, 10)),
  newcomerSeconds: optional(fc.constantFrom(0, 10)),
  archived: optional(fc.constant(false)),
  closed: optional(fc.boolean()),
  holdFirst: optional(fc.boolean()),
};

/** Every request that changes what a state has of its channel. */
const REQUESTS = [
  request('channel:join', fc.constant({})),
  request('message:send', fc.record({ content: fc.constantFrom('a', 'b') })),
  request('channel:kick', fc.record({ user, seconds, reason })),
  request('channel:mute', fc.record({ user, seconds, reason })),
  request('channel:unmute', fc.record({ user })),
  request('user:shadowban', fc.record({ user, seconds, reason })),
  request('user:unshadowban', fc.record({ user })),
  request('user:ban', fc.record({ user, seconds, reason })),
  request('user:unban', fc.record({ user })),
  request('channel:invite', fc.record({ user })),
  request('channel:role', fc.record({ user, role: fc.constantFrom('owner', 'moderator', 'member') })),
  request('channel:leave', fc.constant({})),
  request('channel:update', fc.record(update)),
];

describe('a state that was loaded earlier', () => {
  it('[MOD-8] is, with the events since, what a fresh load gives', async () => {
    const step = fc.record({ request: fc.oneof(...REQUESTS), wait: fc.nat(20_000), isSeenBy: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const shards = new ChannelShards(PEOPLE);
        const loaded = [];
        for (const { request: asked, wait, isSeenBy } of steps) {
          if (isSeenBy) loaded.push(await shards.fresh());
          await shards.request(asked.by, asked.type, asked.data);
          shards.now += wait;
        }
        const fresh = tablesOf(await shards.fresh());
        expect(tablesOf(await shards.state())).toEqual(fresh);
        for (const state of loaded) {
          await shards.catchUp(state);
          expect(tablesOf(state)).toEqual(fresh);
        }
      }),
      { numRuns: 200 },
    );
  });
});
