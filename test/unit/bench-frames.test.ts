import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { WebSocketServer, type WebSocket } from 'ws';
import { type Ending, FrameSocket } from '../../bench/load/frame-socket.ts';
import { frameType } from '../../bench/load/frame-type.ts';
import { FrameWalker } from '../../bench/load/frame-walker.ts';

function serverFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = 0x80 | opcode;
  header[1] = length < 126 ? length : length < 65_536 ? 126 : 127;
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, payload]);
}

function walk(bytes: Buffer, cuts: readonly number[]): [number, string][] {
  const found: [number, string][] = [];
  const walker = new FrameWalker((opcode, chunk, start, end) => {
    found.push([opcode, chunk.toString('latin1', start, end)]);
  });
  // As sockets do: one buffer for every read.
  const shared = Buffer.alloc(bytes.length);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [i, end] of places.slice(1).entries()) {
    const length = bytes.copy(shared, 0, places[i], end);
    walker.feed(shared, length);
  }
  return found;
}

describe('the frames of a server', () => {
  it('[BENCH-7] are told whole and in order, wherever the chunks are cut', () => {
    const payload = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.constantFrom(125, 126, 127, 65_535, 65_536).map((length) => 'x'.repeat(length)),
    );
    const frames = fc.array(fc.tuple(fc.constantFrom(1, 8, 9, 10), payload), { maxLength: 6 });
    fc.assert(
      fc.property(frames, fc.array(fc.nat(200_000), { maxLength: 12 }), (sent, cuts) => {
        const bytes = sent.map(([opcode, text]) => serverFrame(opcode, Buffer.from(text, 'latin1')));
        const expected = sent.map(([opcode, text]) => [
          opcode,
          Buffer.from(text, 'latin1').toString('latin1'),
        ]);
        expect(walk(Buffer.concat(bytes), cuts)).toEqual(expected);
      }),
    );
  });

  it('[BENCH-7] are told byte by byte, and the empty ones too', () => {
    const bytes = Buffer.concat(['', 'a', 'b'.repeat(300)].map((text) => serverFrame(1, Buffer.from(text))));
    expect(walk(bytes, [...bytes.keys()])).toEqual([
      [1, ''],
      [1, 'a'],
      [1, 'b'.repeat(300)],
    ]);
  });

  it('[BENCH-7] are refused when no server here may send them', () => {
    const walker = new FrameWalker(() => undefined);
    expect(() => walker.feed(Buffer.from([0x81, 0x85, 0, 0, 0, 0]), 6)).toThrow('masked');
    expect(() => new FrameWalker(() => undefined).feed(Buffer.from([0x01, 0x00]), 2)).toThrow('fragment');
  });

  it('[BENCH-7] have their type, whatever stands first', () => {
    const of = (text: string): string =>
      frameType(Buffer.from(`ab${text}cd`), 2, 2 + Buffer.byteLength(text));
    expect(of('{"type":"message:created","seq":1}')).toBe('message:created');
    expect(of('{"seq":1,"type":"ack"}')).toBe('ack');
    expect(of('{"seq":1}')).toBe('');
  });
});

interface Told {
  readonly texts: string[];
  readonly ended: Promise<Ending>;
  readonly socket: FrameSocket;
}

function connect(port: number, sayHello = true): Told {
  const texts: string[] = [];
  let end: (ending: Ending) => void = () => undefined;
  const ended = new Promise<Ending>((resolve) => (end = resolve));
  const socket = new FrameSocket(
    { port, path: '/' },
    {
      opened: () => {
        if (sayHello) socket.send('hello');
      },
      text: (bytes, from, to) => texts.push(bytes.toString('utf8', from, to)),
      ended: (ending) => end(ending),
    },
  );
  return { texts, ended, socket };
}

describe('a connection that reads frames', () => {
  it('[BENCH-7] answers pings with their bytes, and tells how the server closed it', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    let heard = '';
    server.on('connection', (peer: WebSocket) => {
      peer.on('message', (data: Buffer) => {
        heard = data.toString();
        peer.send('first');
        peer.ping('are you there?');
      });
      peer.on('pong', (data) => {
        peer.send(`pong ${data.toString()}`, () => peer.close(4201, 'too slow'));
      });
    });
    const { texts, ended } = connect((server.address() as AddressInfo).port);
    expect(await ended).toEqual({ kind: 'closed', code: 4201, reason: 'too slow' });
    expect(heard).toBe('hello');
    expect(texts).toEqual(['first', 'pong are you there?']);
    server.close();
    await once(server, 'close');
  });

  it('[BENCH-7] tells a refusal with its status and delay, and a break as one', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    server.on('upgrade', (_request, socket) => {
      socket.end('HTTP/1.1 503 Busy\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n');
    });
    const { port } = server.address() as AddressInfo;
    expect(await connect(port).ended).toEqual({ kind: 'refused', status: 503, retryAfterMs: 2_000 });
    server.close();
    await once(server, 'close');
    expect(await connect(port).ended).toEqual({ kind: 'closed', code: 1006, reason: '' });
  });

  it('[BENCH-7] tells nothing after it was cut', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    const gone = new Promise<void>((resolve) => {
      server.on('connection', (peer) => peer.on('close', () => resolve()));
    });
    const { ended, socket } = connect((server.address() as AddressInfo).port, false);
    await once(server, 'connection');
    socket.cut();
    await gone;
    server.close();
    await once(server, 'close');
    expect(await Promise.race([ended, Promise.resolve('nothing')])).toBe('nothing');
  });
});
