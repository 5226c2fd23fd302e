/** Whispers over a restart of the server, under the settings that bound them. */
import { afterEach, describe, expect, it } from 'vitest';
import { closeWireClients, type Frame, WireClient } from '../support/wire-client.ts';
import { startWireServer } from '../support/wire-server.ts';

afterEach(closeWireClients);

const whisper = (from: WireClient, to: WireClient, content: string) =>
  from.request('whisper:send', undefined, { to: { id: to.user.id }, content, clientMessageId: content });
const codeOf = ({ type, data }: Frame) => [type, data.code];

describe('whispers', () => {
  it('[WHISPER-2] [WHISPER-8] [WHISPER-16] [LIMIT-1] [INBOX-2] are kept, bounded and limited as settings say', async () => {
    const limits = { RATE_LIMIT_MESSAGES: '5', RATE_LIMIT_WINDOW_SECONDS: '3600' };
    const before = await startWireServer({ WHISPERS_MAX_UNREAD: '2', ...limits });
    const [ada, bob, cy] = [
      await WireClient.guest(before.url),
      await WireClient.guest(before.url),
      await WireClient.guest(before.url),
    ];
    const first = await whisper(ada, bob, 'kept');
    expect((await whisper(ada, bob, 'second')).type).toBe('ack');
    expect(codeOf(await whisper(ada, bob, 'too many'))).toEqual(['error', 'conflict']);
    await bob.request('whisper:read', undefined, { with: { id: ada.user.id }, id: first.data.id });
    expect((await whisper(ada, bob, 'unread')).type).toBe('ack');
    expect((await whisper(ada, ada, 'the fifth')).type).toBe('ack');
    expect(codeOf(await whisper(ada, bob, 'too fast'))).toEqual(['error', 'rate_limited']);
    await ada.join('lobby');
    expect(await ada.say('lobby', 'messages have a limit of their own')).toBe(1);
    await bob.request('user:block', undefined, { user: { id: cy.user.id } });
    await before.stop();

    const DATABASE_URL = before.database.connectionString;
    const after = await startWireServer({ DATABASE_URL });
    const back = ({ guestToken }: WireClient) => WireClient.guest(after.url, undefined, { guestToken });
    const [adaBack, bobBack] = [await back(ada), await back(bob)];
    const retry = await whisper(adaBack, bob, 'kept');
    expect(retry.data).toMatchObject({ id: first.data.id, seq: 1, duplicate: true });
    expect(await bobBack.inbox()).toMatchObject({ seq: 3, unread: 2 });
    expect((await adaBack.inbox()).conversations).toMatchObject([{ with: ada.user.id }, { read: 1 }]);
    expect((await bobBack.request('user:blocks')).data.items).toMatchObject([{ id: cy.user.id }]);
    await after.stop();

    const closed = await startWireServer({ DATABASE_URL, GUEST_WHISPERS: 'off' });
    const dee = await WireClient.guest(closed.url);
    expect(codeOf(await whisper(dee, dee, 'note'))).toEqual(['error', 'forbidden']);
    expect((await dee.request('whisper:conversations')).type).toBe('conversations');
    await Promise.all([after.end(), before.end(), closed.end()]);
  });
});
