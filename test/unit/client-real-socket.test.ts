import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket as WsSocket, WebSocketServer, type WebSocket as Peer } from 'ws';
import { ChatClient } from '../../src/client/chat-client.ts';
import type { ClientFrame } from '../../src/protocol/events.ts';
import { message, messages, WELCOME } from '../support/scripted-chat.ts';

let server: ReturnType<typeof createServer>;
let sockets: WebSocketServer;
let url: string;

/** Answers as a server with a log of three messages would. */
function serve(peer: Peer): void {
  const send = (frame: object): void => {
    peer.send(JSON.stringify(frame));
  };
  peer.on('message', (bytes: Buffer) => {
    const { type, ref, channelId } = JSON.parse(bytes.toString()) as ClientFrame;
    if (type === 'hello') send({ type: 'welcome', data: WELCOME });
    if (type === 'ping') send({ type: 'pong', ref, data: {} });
    if (type === 'channel:join') {
      const data = { epoch: 'e1', seq: 3, recovered: null, hasMore: false, members: [], memberCount: 0 };
      send({ type: 'channel:joined', ref, channelId, data: { ...data, events: messages('general', 1, 3) } });
    }
    if (type === 'message:send') {
      // One write for both, as a busy server does.
      send({ type: 'ack', ref, channelId, data: { id: 'id-4', seq: 4 } });
      send(message('general', 4));
    }
  });
}

beforeEach(async () => {
  server = createServer();
  sockets = new WebSocketServer({ server });
  sockets.on('connection', serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  for (const peer of sockets.clients) peer.terminate();
  sockets.close();
  server.close();
  await once(server, 'close');
});

describe.each([
  ['the global WebSocket', undefined],
  ['ws', WsSocket],
])('over %s', (_, webSocket) => {
  it('[SDK-1] chats', async () => {
    const chat = new ChatClient({ url, webSocket });
    const places: number[] = [];
    const fourth = new Promise<void>((resolve) => {
      chat.on('message', ({ seq }) => {
        places.push(seq);
        if (seq === 4) resolve();
      });
    });
    await chat.connect();
    await chat.join('general');
    expect(await chat.send('general', 'hi')).toEqual({ id: 'id-4', seq: 4 });
    await fourth;
    expect(places).toEqual([1, 2, 3, 4]);
    chat.close();
  });

  it('[SDK-11] comes back when the connection breaks or there is no server', async () => {
    const chat = new ChatClient({ url, webSocket, random: () => 0 });
    await chat.connect();
    const welcomed = new Promise((resolve) => chat.on('welcome', resolve));
    for (const peer of sockets.clients) peer.terminate();
    await welcomed;
    await chat.ping();
    chat.close();

    const nobody = new ChatClient({ url: 'http://127.0.0.1:1', webSocket });
    const connecting = nobody.connect();
    const { code } = await new Promise<{ code: number }>((resolve) => nobody.on('closed', resolve));
    expect(code).toBe(1006);
    nobody.close();
    await expect(connecting).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('[SDK-18] closes while it connects', async () => {
    const chat = new ChatClient({ url, webSocket });
    const connecting = chat.connect();
    await Promise.resolve();
    await Promise.resolve();
    chat.close();
    await expect(connecting).rejects.toMatchObject({ code: 'unavailable' });
  });
});
