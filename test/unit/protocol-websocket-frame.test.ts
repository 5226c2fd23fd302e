import { describe, expect, it } from 'vitest';
import { headerLength, writeTextHeader } from '../../src/protocol/websocket-frame.ts';
import { readFrames } from '../sim/frame-reader.ts';

describe('WebSocket frame headers', () => {
  it.each([
    [0, [0x81, 0]],
    [125, [0x81, 125]],
    [126, [0x81, 126, 0, 126]],
    [65_535, [0x81, 126, 0xff, 0xff]],
    [65_536, [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]],
    [0x01_02_03_04, [0x81, 127, 0, 0, 0, 0, 1, 2, 3, 4]],
    [0xff_ff_ff_ff, [0x81, 127, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]],
  ])('[SHARD-9] %d bytes of payload', (payload, header) => {
    const target = new Uint8Array(16).fill(0xee);
    expect(headerLength(payload)).toBe(header.length);
    expect(writeTextHeader(target, 3, payload)).toBe(3 + header.length);
    expect([...target.subarray(3, 3 + header.length)]).toEqual(header);
    expect(target[2]).toBe(0xee);
    expect(target[3 + header.length]).toBe(0xee);
  });

  it.each([0, 1, 125, 126, 65_535, 65_536])('[SHARD-9] a text of %d bytes is read back', (payload) => {
    const text = 'x'.repeat(payload);
    const frame = Buffer.alloc(headerLength(payload) + payload);
    frame.write(text, writeTextHeader(frame, 0, payload));
    expect(readFrames(Buffer.concat([frame, frame]))).toEqual([text, text]);
  });
});
