/** Slash commands over real sockets, threads and PostgreSQL: three shards, so that inboxes are elsewhere. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serverToken } from '../support/server-tokens.ts';
import { closeWireClients, type Frame, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
let channels = 0;

const textOf = ({ data }: Frame) => (data as unknown as { readonly text: string }).text;

beforeAll(async () => {
  server = await startWireServer({ SHARDS: '3' });
});
afterEach(closeWireClients);
afterAll(async () => {
  expect(server.output(), 'what the server logged').not.toContain('"level":"error"');
  await server.end();
});

async function staff(): Promise<WireClient> {
  const token = await serverToken(server.database.connectionString, {
    name: 'mod',
    roles: ['user', 'moderator'],
  });
  const client = await WireClient.connect(server.url, { headers: { authorization: `Bearer ${token}` } });
  await client.welcomed();
  return client;
}

/** A moderator and a guest in a new channel, with what each of them types. */
async function room() {
  const channelId = `slash-${(channels += 1)}`;
  const [mod, ada] = [await staff(), await WireClient.guest(server.url)];
  for (const client of [mod, ada]) await client.join(channelId);
  const says = (client: WireClient, content: string) =>
    client.request('message:send', channelId, { content });
  return { channelId, mod, ada, says, name: ada.user.name };
}

describe('a message that begins with a slash', () => {
  it('[SLASH-1] [SLASH-2] is carried out as the request of the same meaning, and answered with its name', async () => {
    const { mod, ada, says, name } = await room();
    const muted = await says(mod, `/mute @"${name}" 10m too loud`);
    expect(muted).toMatchObject({ type: 'ack', data: { command: 'mute' } });
    const { data } = await ada.next('member:muted');
    expect(data).toMatchObject({ user: { id: ada.user.id }, reason: 'too loud' });
    expect((await says(ada, 'hello')).data).toMatchObject({ code: 'muted' });
    await says(mod, `/unmute ${name}`);
    await ada.next('member:unmuted');
    expect(await says(ada, 'hello')).toMatchObject({ type: 'ack' });
    expect((await says(mod, '/topic what we do')).data).toMatchObject({ command: 'topic' });
    expect((await ada.next('channel:updated')).data).toMatchObject({ topic: 'what we do' });
    expect((await says(ada, '/topic')).data).toEqual({ command: 'topic', text: 'what we do' });
    await says(mod, '/slow 30s');
    expect((await ada.next('channel:updated')).data).toMatchObject({ slowModeSeconds: 30 });
  });

  it('[SLASH-1] /clear deletes what somebody wrote lately', async () => {
    const { mod, ada, says, name } = await room();
    const { id } = (await says(ada, 'spam')).data;
    expect((await says(mod, `/clear ${name} 10m`)).data).toMatchObject({ command: 'clear' });
    expect((await ada.next('message:deleted')).data).toMatchObject({ id });
    expect((await says(ada, `/clear ${mod.user.name}`)).data).toMatchObject({ code: 'forbidden' });
  });

  it('[SLASH-1] asks who may as that request does', async () => {
    const { mod, ada, says } = await room();
    for (const command of [
      '/kick mod',
      '/mute mod 1m',
      '/ban mod',
      '/topic mine',
      '/slow off',
      '/invite mod',
    ]) {
      expect([command, (await says(ada, command)).data.code]).toEqual([command, 'forbidden']);
    }
    expect(await says(mod, '/kick nobody-here')).toMatchObject({
      type: 'error',
      data: { code: 'not_found' },
    });
  });

  it('[SLASH-3] [SLASH-4] posts nothing where it is unknown or badly used, and text behind two slashes', async () => {
    const { mod, ada, says } = await room();
    for (const command of ['/', '/nothing', '/kick', '/slow soon', '/me', '/whisper ada', '/unban']) {
      const { data } = await says(ada, command);
      expect([command, data.code]).toEqual([command, 'bad_request']);
      expect(data.message).toContain('usage');
    }
    await says(ada, '//etc/passwd');
    expect((await mod.next('message:created')).data).toMatchObject({ content: '/etc/passwd' });
  });

  it('[SLASH-5] /help and command:list tell what the asker may use', async () => {
    const { channelId, mod, ada, says } = await room();
    const helped = async (client: WireClient) => textOf(await says(client, '/help'));
    expect(await helped(ada)).toContain('/me does something');
    expect(await helped(ada)).not.toContain('/kick');
    expect(await helped(mod)).toContain('/kick name [10m] [reason]');
    expect(textOf(await says(mod, '/help kick'))).toMatch(/^\/kick [^\n]+$/);
    const { type, data } = await mod.request('command:list', channelId, {});
    expect(type).toBe('commands');
    const { items } = data as unknown as { readonly items: readonly { readonly name: string }[] };
    expect(items.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['help', 'me', 'shrug', 'whisper', 'topic', 'slow', 'kick', 'mute', 'ban']),
    );
  });

  it('[SLASH-6] /me and /shrug post a message', async () => {
    const { mod, ada, says } = await room();
    await says(ada, '/me waves');
    expect((await mod.next('message:created')).data).toMatchObject({ content: 'waves', style: 'action' });
    await says(ada, '/shrug why');
    expect((await mod.next('message:created')).data).toMatchObject({ content: 'why ¯\\_(ツ)_/¯' });
  });

  it('[SLASH-7] /whisper goes to inboxes on whatever shard, and is acknowledged with the command', async () => {
    const { ada, says } = await room();
    for (let nth = 0; nth < 6; nth += 1) {
      const bob = await WireClient.guest(server.url);
      const sent = await says(ada, `/w ${bob.user.name} psst ${nth}`);
      expect(sent).toMatchObject({ type: 'ack', data: { command: 'whisper', delivered: true } });
      const { data } = await bob.next('whisper:created');
      expect(data).toMatchObject({ content: `psst ${nth}`, id: sent.data.id });
    }
    expect((await says(ada, '/whisper nobody-there hi')).data).toMatchObject({ code: 'not_found' });
  });
});
