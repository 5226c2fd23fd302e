/** The client and the real server: what changes about a user while they are connected. */
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ChatClient } from '../../src/client/chat-client.ts';
import type { ClientEvents } from '../../src/client/client-events.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const SECRET = 'a secret that is long enough for HS256';
let server: WireServer;

beforeAll(async () => {
  server = await startWireServer({ JWT_SECRET: SECRET });
});
afterAll(async () => {
  await server.end();
});

/** A token of another program that shares a secret with the server. */
function token(sub: string, claims: Record<string, unknown> = {}, lifetime = '1h'): Promise<string> {
  return new SignJWT({ name: sub, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(new TextEncoder().encode(SECRET));
}

/** Resolves with the first payload of `event` that `fits`. */
function told<K extends keyof ClientEvents>(
  chat: ChatClient,
  event: K,
  fits: (payload: ClientEvents[K]) => boolean = () => true,
): Promise<ClientEvents[K]> {
  return new Promise((resolve) => {
    const stop = chat.on(event, (payload) => {
      if (!fits(payload)) return;
      stop();
      resolve(payload);
    });
  });
}

describe('tokens', () => {
  it('[SDK-40] a client with a token function outlives its token; one without is told to stop', async () => {
    const first = await token('brief', {}, '10s');
    const asked: string[] = [];
    const renewing = new ChatClient({
      url: server.url,
      token: async () => {
        asked.push(asked.length === 0 ? first : await token('brief'));
        return asked.at(-1)!;
      },
    });
    const fixed = new ChatClient({ url: server.url, token: first });
    const closed: ClientEvents['closed'][] = [];
    renewing.on('closed', (payload) => closed.push(payload));
    const ended = told(fixed, 'error');
    const { connectionId } = await renewing.connect();
    await fixed.connect();
    await renewing.join('brief');

    expect(await ended).toMatchObject({ code: 'unauthorized', closeCode: 4002 });
    await renewing.ping();
    expect((await renewing.connect()).connectionId).toBe(connectionId);
    expect(closed).toEqual([]);
    expect(asked).toHaveLength(2);
    renewing.close();
  });

  it('[SDK-39] a fresh token that does not open a channel ends it, and leaves the others', async () => {
    const chat = new ChatClient({ url: server.url, token: await token('limited') });
    await chat.connect();
    await chat.join('inside');
    await chat.join('outside');
    const out = told(chat, 'error');
    await chat.refresh(await token('limited', { channels: ['inside'] }));
    expect(await out).toMatchObject({ code: 'not_member', channelId: 'outside' });
    expect([chat.members('outside'), chat.members('inside')?.count]).toEqual([null, 1]);
    await chat.send('inside', 'still here');
    await expect(chat.join('outside')).rejects.toMatchObject({ channelId: 'outside' });
    chat.close();
  });

  it('[SDK-37] a fresh token with other roles changes who one is', async () => {
    const chat = new ChatClient({ url: server.url, token: await token('promoted') });
    await chat.connect();
    expect(chat.user?.roles).toEqual(['user']);
    const updated = told(chat, 'user:updated');
    await chat.refresh(await token('promoted', { roles: ['moderator'] }));
    expect((await updated).roles).toContain('moderator');
    expect(chat.user).toEqual(await updated);
    chat.close();
  });
});

describe('a name that changes', () => {
  it('[SDK-37, SDK-38] is told to oneself and to the channel', async () => {
    const post = (path: string, body: object, bearer = '') =>
      fetch(`${server.url}${path}`, {
        method: path === '/me' ? 'PATCH' : 'POST',
        headers: { 'content-type': 'application/json', authorization: bearer },
        body: JSON.stringify(body),
      });
    const account = { username: 'grace', password: 'correct horse battery' };
    await post('/register', account);
    const login = (await (await post('/login', account)).json()) as { token: string };
    const grace = new ChatClient({ url: server.url, token: login.token });
    const bob = new ChatClient({ url: server.url, name: 'bob' });
    for (const chat of [grace, bob]) {
      await chat.connect();
      await chat.join('general');
    }
    const self = told(grace, 'user:updated');
    const other = told(bob, 'presence', ({ kind }) => kind === 'update');
    expect((await post('/me', { name: 'Grace H.' }, `Bearer ${login.token}`)).status).toBe(200);
    expect((await self).name).toBe('Grace H.');
    expect(await other).toMatchObject({ channelId: 'general', user: { name: 'Grace H.' } });
    expect(grace.user?.name).toBe('Grace H.');
    const names = bob.members('general')?.members.map(({ name }) => name);
    expect(names?.sort()).toEqual(['Grace H.', 'bob']);
    grace.close();
    bob.close();
  });
});

describe('messages', () => {
  it('[SDK-54] are updated and deleted, and everybody follows', async () => {
    const ada = new ChatClient({ url: server.url, name: 'ada-edits' });
    const bob = new ChatClient({ url: server.url, name: 'bob-reads' });
    const mod = new ChatClient({ url: server.url, token: await token('mod', { roles: ['moderator'] }) });
    const clients = [ada, bob, mod];
    for (const chat of clients) {
      await chat.connect();
      await chat.join('edits');
    }
    const { id } = await ada.send('edits', 'first');
    const updated = told(bob, 'event', ({ type }) => type === 'message:updated');
    expect(await ada.update('edits', id, 'second')).toEqual({ id, seq: 2 });
    expect(await updated).toMatchObject({ seq: 2, data: { id, content: 'second' } });
    await expect(mod.update('edits', id, 'third')).rejects.toMatchObject({ code: 'forbidden' });
    const deleted = told(ada, 'event', ({ type }) => type === 'message:deleted');
    expect(await mod.delete('edits', id)).toEqual({ id, seq: 3 });
    expect(await deleted).toMatchObject({ data: { id, by: { id: mod.user?.id } } });
    const { events } = await bob.history('edits');
    expect(events.map(({ type }) => type)).toEqual(['message:created', 'message:updated', 'message:deleted']);
    expect(events[0]).toMatchObject({ data: { id, deleted: true } });
    for (const chat of clients) chat.close();
  });
});
