/** Stands between clients and a server, and says now and then what isn't so. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/** What becomes of frames; each gives the frame that is passed on, or null for none. */
export interface Lies {
  /** `answer` sends a frame back to the client. */
  readonly toServer?: (text: string, answer: (text: string) => void) => string | null;
  readonly toClient?: (text: string) => string | null;
}

/** A proxy for WebSockets in this process. */
export interface LyingProxy {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts one before the server at `target`, a `ws:` address. */
export async function startLyingProxy(target: string, lies: Lies): Promise<LyingProxy> {
  const { toServer = (text) => text, toClient = (text) => text } = lies;
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  server.on('connection', (client) => {
    const behind = new WebSocket(target);
    const opened = once(behind, 'open').catch(() => client.terminate());
    client.on('message', (data) => {
      const passed = toServer(textOf(data), (text) => client.send(text));
      if (passed !== null) void opened.then(() => behind.send(passed));
    });
    behind.on('message', (data) => {
      const passed = toClient(textOf(data));
      if (passed !== null) client.send(passed);
    });
    for (const [one, other] of [
      [client, behind],
      [behind, client],
    ] as const) {
      one.on('error', () => undefined);
      one.on('close', () => other.terminate());
    }
  });
  await once(server, 'listening');
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/ws`,
    close: async () => {
      for (const client of server.clients) client.terminate();
      server.close();
      await once(server, 'close');
    },
  };
}

function textOf(data: WebSocket.RawData): string {
  return Buffer.isBuffer(data) ? data.toString('utf8') : '';
}
