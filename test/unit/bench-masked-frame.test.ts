import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { maskedText, pong } from '../../bench/load/masked-frame.ts';
import { RawSocket } from '../../bench/load/raw-socket.ts';

describe('the framing of the load', () => {
  it('[BENCH-3] is taken by a WebSocket server as the texts that were sent', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const got: string[] = [];
    const ponged = new Promise<void>((resolve) => {
      server.on('connection', (socket) => {
        socket.on('message', (data: Buffer) => got.push(data.toString()));
        socket.on('pong', () => resolve());
        socket.send('hello there');
      });
    });
    const socket = await RawSocket.open({ port, path: '/' }, [{ send: 'first', expect: 'there' }]);
    const texts = ['short', 'ü'.repeat(60), 'x'.repeat(126), 'y'.repeat(60_000)];
    for (const text of texts) socket.send(text);
    socket.pong();
    await ponged;
    socket.close();
    expect(got).toEqual(['first', ...texts]);
    server.close();
    await once(server, 'close');
  });

  it('[BENCH-3] masks every frame and refuses what it has no length for', () => {
    expect(pong().subarray(0, 2)).toEqual(Buffer.from([0x8a, 0x80]));
    expect(maskedText('a'.repeat(200)).subarray(0, 4)).toEqual(Buffer.from([0x81, 0xfe, 0, 200]));
    expect(() => maskedText('a'.repeat(70_000))).toThrow(RangeError);
  });

  it('[BENCH-3] fails with what came instead when a server says something else', async () => {
    const server = createServer((socket) => socket.resume().end('HTTP/1.1 503 Busy\r\n\r\n')).listen(
      0,
      '127.0.0.1',
    );
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(RawSocket.open({ port, path: '/' }, [])).rejects.toThrow('503 Busy');
    server.close();
    await once(server, 'close');
  });
});
