import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RoomDialect } from '../../src/gateway/room-dialect.ts';
import { headerLength, writeTextHeader } from '../../src/protocol/websocket-frame.ts';

const AT = Date.UTC(2025, 10, 4, 13, 21, 51, 729);

function frame(value: object): Buffer {
  const payload = Buffer.from(JSON.stringify(value));
  const bytes = Buffer.alloc(headerLength(payload.length) + payload.length);
  payload.copy(bytes, writeTextHeader(bytes, 0, payload.length));
  return bytes;
}

const message = (content: string, seq = 1) => ({
  ...{ type: 'message:created', channelId: 'music', seq, timestamp: AT },
  data: { id: `m${seq}`, content, author: { id: 'u1', name: 'ada' } },
});

function client() {
  const written: Buffer[] = [];
  const sink = { writableLength: 7, write: (bytes: Uint8Array) => written.push(Buffer.from(bytes)) > 0 };
  return { dialect: new RoomDialect(sink, 'music'), written: () => Buffer.concat(written) };
}

const requests = (dialect: RoomDialect, sent: object) =>
  dialect.requests(Buffer.from(JSON.stringify(sent))).map((bytes) => JSON.parse(bytes.toString()) as object);

describe('older clients', () => {
  it('[ROOM-2] read messages in their form, and errors', () => {
    const { dialect, written } = client();
    const error = { type: 'error', channelId: 'music', timestamp: AT, data: { code: 'muted', message: '…' } };
    dialect.write(
      Buffer.concat([
        frame({ type: 'welcome', timestamp: AT, data: {} }),
        frame(message('hi')),
        frame({ type: 'presence:join', channelId: 'music', timestamp: AT, data: {} }),
        frame({ type: 'void', channelId: 'music', seq: 2 }),
        frame({ ...message('', 3), data: { id: 'm3', deleted: true } }),
        frame(error),
      ]),
    );
    const old = {
      ...{ id: 'm1', room_id: 'music', user_id: 'u1', content: 'hi' },
      timestamp: '2025-11-04T13:21:51.729Z',
    };
    expect(written().equals(Buffer.concat([frame(old), frame(error)]))).toBe(true);
    expect(dialect.writableLength).toBe(7);
  });

  it('[ROOM-2] read texts of any length', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(70_000), { minLength: 1, maxLength: 4 }), (lengths) => {
        const { dialect, written } = client();
        const texts = lengths.map((length) => 'x'.repeat(length));
        dialect.write(Buffer.concat(texts.map((text) => frame(message(text)))));
        const old = texts.map((content) =>
          frame({
            ...{ id: 'm1', room_id: 'music', user_id: 'u1', content },
            timestamp: '2025-11-04T13:21:51.729Z',
          }),
        );
        expect(written().equals(Buffer.concat(old))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('[ROOM-1] write into their room, and into others, which they join first', () => {
    const { dialect } = client();
    const send = (channelId: string) => ({ type: 'message:send', channelId, data: { content: 'hi' } });
    expect(requests(dialect, { content: 'hi' })).toEqual([send('music')]);
    expect(requests(dialect, { room_id: 'music', content: 'hi' })).toEqual([send('music')]);
    const join = { type: 'channel:join', channelId: 'games', data: { limit: 1 } };
    expect(requests(dialect, { room_id: 'games', content: 'hi' })).toEqual([join, send('games')]);
    expect(requests(dialect, { room_id: 'games', content: 'hi' })).toEqual([send('games')]);
  });

  it('[ROOM-1] that write what is in no form are refused as others are', () => {
    const { dialect } = client();
    for (const text of ['{', '7', 'null', '"hi"']) {
      expect(dialect.requests(Buffer.from(text)).map(String)).toEqual([text]);
    }
    expect(requests(dialect, { room_id: 'a b', content: 'hi' })).toMatchObject([{ channelId: 'a b' }]);
    expect(requests(dialect, { room_id: 7 })).toMatchObject([{ channelId: 7, data: {} }]);
    expect(requests(dialect, [])).toMatchObject([{ type: 'message:send', data: {} }]);
  });

  it('[ROOM-3] that send a type are older no more', () => {
    const { dialect, written } = client();
    const ping = Buffer.from('{"type":"ping","ref":"1"}');
    expect(dialect.requests(ping)).toEqual([ping]);
    const pong = frame({ type: 'pong', ref: '1', timestamp: AT });
    dialect.write(pong);
    expect(written().equals(pong)).toBe(true);
    expect(requests(dialect, { content: 'hi' })).toEqual([{ content: 'hi' }]);
  });
});
