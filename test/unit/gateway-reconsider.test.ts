import { describe, expect, it } from 'vitest';
import type { SecurityChanges } from '../../src/auth/ports.ts';
import { identityOf, runningGateway } from '../support/running-gateway.ts';

const UNTIL = Number.MAX_SAFE_INTEGER;
const changes = (over: Partial<SecurityChanges>): SecurityChanges => ({
  ...{ change: 1, keysChange: 0, tokens: [], standings: [], sanctions: [] },
  ...over,
});
const standingOf = (userId: string, over: Partial<SecurityChanges['standings'][number]>): SecurityChanges =>
  changes({
    standings: [{ userId, revokedBefore: 0, profile: null, roles: null, until: UNTIL, ...over }],
  });

describe('open sessions', () => {
  it('[LIVE-1] that came by a revoked token close with 4004, all others stay', async () => {
    const { clock, gateway, standings, client } = runningGateway();
    const first = client({ identity: { ...identityOf('ada'), tokenIds: ['t1'] } });
    const second = client({ identity: { ...identityOf('ada'), tokenIds: ['t2'] } });
    const anonymous = client();
    await clock.advance(5);
    standings.apply(changes({ tokens: [{ tokenId: 't1', until: UNTIL }] }));
    gateway.reconsiderSessions();
    expect(first.socket.closes).toEqual([[4004, 'revoked']]);
    expect([second.socket.closes, anonymous.socket.closes]).toEqual([[], []]);
    standings.apply(standingOf('u-ada', { revokedBefore: clock.now() }));
    gateway.reconsiderSessions();
    expect(second.socket.closes).toEqual([[4004, 'revoked']]);
  });

  it('[LIVE-11] of a user are told with where they come from, and end by their ids', async () => {
    const { clock, gateway, client } = runningGateway();
    const phone = client({ identity: { ...identityOf('ada'), clientId: 'phone' } });
    await clock.advance(7);
    const tab = client({ identity: identityOf('ada') });
    client({ identity: identityOf('bob') });
    client();
    await clock.advance(5);
    const common = { user: { id: 'u-ada', name: 'ada' }, roles: ['user'], guest: false, dashboard: false };
    const [first, second] = gateway.sessionsOf('u-ada');
    expect(first).toEqual({
      ...common,
      id: '0-1',
      address: 'address',
      startedAt: expect.any(Number),
      clientId: 'phone',
    });
    expect(second).toMatchObject({ ...common, id: '0-2' });
    expect(second!.startedAt - first!.startedAt).toBeGreaterThan(0);
    expect(gateway.endSessions('u-ada', ['0-1', '0-3', '0-9'])).toBe(1);
    expect(phone.socket.closes).toEqual([[4004, 'ended by a moderator']]);
    expect(tab.socket.closes).toEqual([]);
    expect(gateway.sessionsOf('u-ada')).toHaveLength(1);
  });

  it('[LIVE-1] a token that is revoked while its bearer is let in opens none', async () => {
    const { clock, standings, client, gate, tokens } = runningGateway();
    const opened = Promise.withResolvers<undefined>();
    gate.open = opened.promise;
    tokens.set('good', { ok: true, value: { ...identityOf('ada'), tokenIds: ['t1'] } });
    const { socket, say } = client();
    say({ type: 'hello', data: { token: 'good' } });
    standings.apply(changes({ tokens: [{ tokenId: 't1', until: UNTIL }] }));
    opened.resolve(undefined);
    await clock.advance(300);
    expect([socket.texts, socket.closes]).toEqual([[], [[4004, 'revoked']]]);
  });

  it('[LIVE-3] are told who they are now, and so are the shards they use', async () => {
    const { clock, gateway, standings, client, connectShard } = runningGateway();
    const shard = connectShard(0);
    const { socket, say } = client({ identity: identityOf('ada') });
    await clock.advance(5);
    say({ type: 'channel:join', channelId: 'room' });
    standings.apply(standingOf('u-ada', { roles: ['moderator'] }));
    gateway.reconsiderSessions();
    gateway.reconsiderSessions();
    await clock.advance(5);
    expect(socket.frames.filter(({ type }) => type === 'user:updated').map(({ data }) => data)).toEqual([
      { user: { id: 'u-ada', name: 'ada', guest: false, roles: ['user', 'moderator'] } },
    ]);
    expect(shard.kind('attach').map(([, user]) => (user as { roles: string[] }).roles)).toEqual([
      ['user'],
      ['user', 'moderator'],
    ]);
  });

  it('[BAN-1] [BAN-2] of who is banned close with 4003 and the ban’s words, those of guests by their address too', async () => {
    const { clock, gateway, standings, client } = runningGateway();
    const ada = client({ identity: identityOf('ada') });
    const tab = client({ identity: identityOf('ada') });
    const guest = identityOf('gus');
    const gus = client({ identity: { ...guest, user: { ...guest.user, guest: true } } });
    const bob = client({ identity: identityOf('bob') });
    await clock.advance(5);
    const ban = { kind: 'ban', userId: 'u-ada', isOver: false, deletes: false } as const;
    const until = clock.now() + 60_000;
    standings.apply(
      changes({ sanctions: [{ ...ban, id: '1', until, reason: 'é'.repeat(90), address: 'address' }] }),
    );
    gateway.reconsiderSessions();
    const [[, reason] = []] = ada.socket.closes;
    expect(ada.socket.closes).toEqual([
      [4003, expect.stringMatching(/^banned from this server until .*: é+$/)],
    ]);
    expect(Buffer.byteLength(String(reason))).toBeLessThanOrEqual(123);
    expect(tab.socket.closes).toEqual(ada.socket.closes);
    expect(gus.socket.closes).toEqual([
      [4003, expect.stringMatching(/^banned from this server until [^ ]*Z$/)],
    ]);
    expect(bob.socket.closes).toEqual([]);
  });

  it('[BAN-3] of who is muted are told so, and so are the shards', async () => {
    const { clock, gateway, standings, client, connectShard } = runningGateway();
    const shard = connectShard(0);
    const { socket, say } = client({ identity: identityOf('ada') });
    await clock.advance(5);
    say({ type: 'channel:join', channelId: 'room' });
    const mute = {
      id: '1',
      kind: 'mute',
      userId: 'u-ada',
      until: null,
      isOver: false,
      deletes: false,
    } as const;
    standings.apply(changes({ sanctions: [mute] }));
    gateway.reconsiderSessions();
    standings.apply(changes({ sanctions: [{ ...mute, isOver: true }] }));
    gateway.reconsiderSessions();
    await clock.advance(5);
    const user = { id: 'u-ada', name: 'ada', guest: false, roles: ['user'] };
    expect(socket.frames.filter(({ type }) => type === 'user:updated').map(({ data }) => data)).toEqual([
      { user: { ...user, mutedUntil: null } },
      { user },
    ]);
    expect(shard.kind('attach').map(([, attached]) => attached)).toMatchObject([
      user,
      { ...user, mutedUntil: null },
      user,
    ]);
  });

  it('[LIVE-6] lists of channels hold those that the token is for, private ones too', async () => {
    const asked: unknown[] = [];
    const { clock, client } = runningGateway({
      list: async (query) => {
        asked.push(query);
        return { ok: true, value: { items: [{ id: 'team-a', name: 'a', private: true }], hasMore: false } };
      },
    });
    const identity = identityOf('ada');
    const { socket, say } = client({
      identity: { ...identity, user: { ...identity.user, channels: ['team-*'] } },
    });
    await clock.advance(5);
    say({ type: 'channel:list', ref: 'l', data: { prefix: 'team-' } });
    await clock.advance(5);
    expect(asked).toEqual([
      { limit: 200, within: ['team-*'] },
      { prefix: 'team-', limit: 50, within: ['team-*'] },
    ]);
    expect(socket.frames[0]).toMatchObject({ type: 'welcome', data: { channels: [{ id: 'team-a' }] } });
    expect(JSON.stringify(socket.frames[0])).not.toContain('team-*');
  });
});
