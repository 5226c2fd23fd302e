import { describe, expect, it } from 'vitest';
import { afterPresence } from '../../src/client/roster.ts';
import { ADA, BOB, ScriptedChat } from '../support/scripted-chat.ts';

const EVE = { id: 'u-eve', name: 'eve' };
const general = { channelId: 'general' };

async function chatting(): Promise<ScriptedChat> {
  const s = new ScriptedChat();
  await s.online();
  const joining = s.chat.join('general');
  s.answerJoin('general', [], { members: [ADA, BOB], memberCount: 2 });
  await joining;
  return s;
}

describe('oneself', () => {
  it('[SDK-37] follows user:updated, and is told of it', async () => {
    const s = await chatting();
    expect(s.chat.user).toMatchObject({ name: 'ada', roles: ['guest'] });
    const user = {
      ...ADA,
      name: 'Ada L.',
      guest: false,
      roles: ['user', 'moderator'],
      avatar: 'https://a/x.png',
    };
    s.socket.deliver({ type: 'user:updated', timestamp: 1, data: { user } });
    expect(s.chat.user).toEqual(user);
    expect(s.payloads('user:updated')).toEqual([user]);
    expect(s.payloads('frame')).toEqual([]);
    await s.reconnect();
    expect(s.chat.user).toMatchObject({ name: 'ada', roles: ['guest'] });
    s.chat.close();
  });
});

describe('who is present', () => {
  it('[SDK-38] follows what is told of joins, leaves, names and counts', async () => {
    const s = await chatting();
    expect(s.chat.members('general')).toEqual({ members: [ADA, BOB], count: 2 });
    s.socket.deliver({ type: 'presence:join', ...general, data: { user: EVE } });
    s.socket.deliver({ type: 'presence:join', ...general, data: { user: EVE } });
    expect(s.chat.members('general')).toEqual({ members: [ADA, BOB, EVE], count: 3 });
    const bobby = { ...BOB, name: 'bobby' };
    s.socket.deliver({ type: 'presence:updated', ...general, data: { user: bobby } });
    expect(s.chat.members('general')).toEqual({ members: [ADA, bobby, EVE], count: 3 });
    expect(s.payloads('presence').at(-1)).toEqual({ kind: 'update', channelId: 'general', user: bobby });
    s.socket.deliver({ type: 'presence:leave', ...general, data: { user: EVE } });
    s.socket.deliver({ type: 'presence:count', ...general, data: { count: 250 } });
    expect(s.chat.members('general')).toEqual({ members: [ADA, bobby], count: 250 });
    expect(await s.chat.join('general')).toMatchObject({ members: [ADA, bobby], memberCount: 250 });
    s.chat.close();
    expect(s.chat.members('general')).toBeNull();
  });

  it('[SDK-38] is as new as its event when a listener looks', async () => {
    const s = await chatting();
    const seen: (number | undefined)[] = [];
    s.chat.on('presence', () => seen.push(s.chat.members('general')?.count));
    s.socket.deliver({ type: 'presence:join', ...general, data: { user: EVE } });
    s.socket.deliver({ type: 'presence:leave', ...general, data: { user: BOB } });
    expect(seen).toEqual([3, 2]);
    s.chat.close();
  });

  it('[SDK-38] counts who is not among the listed, and nobody twice', () => {
    const crowd = { members: [ADA], count: 200 };
    const leave = { kind: 'leave', ...general, user: EVE } as const;
    expect(afterPresence(crowd, leave)).toEqual({ members: [ADA], count: 199 });
    expect(afterPresence({ members: [ADA], count: 1 }, leave)).toEqual({ members: [ADA], count: 1 });
    const list = { kind: 'list', ...general, members: [BOB], count: 7 } as const;
    expect(afterPresence(crowd, list)).toEqual({ members: [BOB], count: 7 });
  });
});

describe('a channel that is closed to one', () => {
  const out = {
    type: 'error',
    channelId: 'general',
    data: { code: 'not_member', message: 'your rights no longer reach this channel' },
  };

  it('[SDK-39] ends: its messages reject, `error` tells, and it is not joined again', async () => {
    const s = await chatting();
    void s.chat.send('general', 'on its way').catch(() => undefined);
    const waiting = s.chat.send('general', 'behind it');
    s.socket.deliver({ type: 'typing:start', ...general, data: { user: BOB } });
    s.socket.deliver(out);
    await expect(waiting).rejects.toMatchObject({ code: 'not_member', channelId: 'general' });
    expect(s.payloads('error')).toMatchObject([{ code: 'not_member', channelId: 'general' }]);
    expect(s.payloads('typing').at(-1)).toMatchObject({ typing: false });
    expect(s.chat.members('general')).toBeNull();
    await s.reconnect();
    expect(s.socket.sent.map(({ type }) => type)).not.toContain('channel:join');
    s.chat.close();
  });

  it('[SDK-39] may be joined anew', async () => {
    const s = await chatting();
    s.socket.deliver(out);
    await s.joined('general', 1);
    expect(s.places).toEqual([1]);
    s.chat.close();
  });

  it('[SDK-39] other errors, and those of channels that one has not joined, end nothing', async () => {
    const s = await chatting();
    s.socket.deliver({ ...out, data: { code: 'muted', message: 'muted' } });
    s.socket.deliver({ ...out, channelId: 'elsewhere' });
    expect(s.payloads('error')).toHaveLength(2);
    expect(s.chat.members('general')).not.toBeNull();
    s.chat.close();
  });

  it('[SDK-57] ends with the channel; of one that one isn’t in the frame is told alone', async () => {
    const s = await chatting();
    const gone = { type: 'channel:deleted', timestamp: 1, data: { by: BOB, purged: false } };
    s.socket.deliver({ ...gone, channelId: 'elsewhere' });
    expect(s.payloads('error')).toEqual([]);
    s.socket.deliver({ ...gone, ...general });
    expect(s.payloads('frame').slice(-2)).toMatchObject([{ channelId: 'elsewhere' }, general]);
    expect(s.payloads('error')).toMatchObject([{ code: 'not_found', channelId: 'general' }]);
    expect(s.chat.members('general')).toBeNull();
    s.chat.close();
  });

  it.each([
    ['member:kicked', 'not_member', 'kicked: spam'],
    ['member:banned', 'banned', 'banned: spam'],
    ['member:left', 'not_member', 'left by another connection: spam'],
  ])('[SDK-39] ends behind %s, when that is about oneself', async (type, code, message) => {
    const s = await chatting();
    const event = (seq: number, user: typeof ADA) => ({
      ...{ type, ...general, seq, timestamp: 1 },
      data: { user, by: BOB, reason: 'spam' },
    });
    s.socket.deliver(event(1, EVE));
    expect(s.chat.members('general')).not.toBeNull();
    s.socket.deliver(event(2, ADA));
    expect(s.payloads('event')).toMatchObject([{ seq: 1 }, { type, seq: 2 }]);
    expect(s.payloads('error')).toMatchObject([{ code, message, channelId: 'general' }]);
    expect(s.chat.members('general')).toBeNull();
    s.chat.close();
  });
});
