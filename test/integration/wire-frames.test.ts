/** WebSocket frames, good and broken, as literal bytes. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clientFrame, type FrameParts, OPCODES, RawWebSocket } from '../support/raw-websocket.ts';
import { closeWireClients, upTo, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
/** Someone in the channel all along: what others break must not reach them. */
let witness: WireClient;
let raw: RawWebSocket;
let said = 0;
const CHANNEL = 'frames';

beforeAll(async () => {
  server = await startWireServer({ MAX_FRAMES_PER_SECOND: '20' });
});
afterAll(async () => {
  expect(server.output(), 'what the server logged').not.toContain('"level":"error"');
  await server.end();
});
beforeEach(async () => {
  witness = await WireClient.guest(server.url);
  await witness.join(CHANNEL);
  raw = await RawWebSocket.open(server.port, `/ws?channelId=${CHANNEL}`);
  await raw.next('channel:joined');
});
afterEach(async () => {
  await raw.destroy();
  await closeWireClients();
});

/** Someone says something; it must arrive with the next number, and nothing between. */
async function goesOn(): Promise<void> {
  expect(await witness.say(CHANNEL, 'still here')).toBe((said += 1));
}

const message = (content: string): string =>
  JSON.stringify({ type: 'message:send', channelId: CHANNEL, data: { content } });
const closeFrame = (code: number, reason: string | Uint8Array = ''): Buffer =>
  Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]);

describe('frames that WebSocket allows', () => {
  it('[CONN-13] text in fragments, with pings between, is one message', async () => {
    const bytes = Buffer.from(message('in pieces: ä€😀'));
    const parts = upTo(64).map((n) =>
      bytes.subarray(Math.floor(((n - 1) * bytes.length) / 64), Math.floor((n * bytes.length) / 64)),
    );
    for (const [index, payload] of parts.entries()) {
      const opcode = index === 0 ? OPCODES.text : OPCODES.continuation;
      raw.write(clientFrame({ fin: index === 63, opcode, payload }));
      if (index % 16 === 0) raw.write(clientFrame({ opcode: OPCODES.ping, payload: 'p'.repeat(125) }));
    }
    const shown = await raw.next('message:created');
    expect([shown.seq, shown.data.content]).toEqual([(said += 1), 'in pieces: ä€😀']);
    await goesOn();
  });

  it('[CONN-13] a frame whose bytes come one by one is one message', async () => {
    for (const byte of clientFrame({ payload: message('x'.repeat(2_000)) })) {
      await new Promise<void>((resolve) =>
        raw.socket.write(Uint8Array.of(byte), () => setImmediate(resolve)),
      );
    }
    const shown = await raw.next('message:created');
    expect([shown.seq, shown.data.content.length]).toEqual([(said += 1), 2_000]);
  });

  it('[CONN-13] a message of exactly 64 KiB is read', async () => {
    const frame = { type: 'message:send', channelId: CHANNEL, data: { content: 'large' }, padding: '' };
    frame.padding = 'x'.repeat(65_536 - JSON.stringify(frame).length);
    raw.send(frame);
    expect((await raw.next('message:created')).seq).toBe((said += 1));
  });

  it('[CONN-13] a close frame is answered with its code', async () => {
    raw.write(clientFrame({ opcode: OPCODES.close, payload: closeFrame(4321, 'bye') }));
    expect((await raw.closed).code).toBe(4321);
    await goesOn();
  });

  it('[REQ-4] a binary frame is bad_request and the connection stays', async () => {
    raw.write(clientFrame({ opcode: OPCODES.binary, payload: message('binary') }));
    expect(await raw.next('error')).toMatchObject({ data: { code: 'bad_request' } });
    raw.write(clientFrame({ opcode: OPCODES.binary }));
    expect(await raw.next('error')).toMatchObject({ data: { code: 'bad_request' } });
    raw.write(clientFrame({ payload: message('text') }));
    expect((await raw.next('message:created')).seq).toBe((said += 1));
  });

  it('[LIMIT-8] pings count as frames: who sends nothing else is closed with 4008 too', async () => {
    raw.write(
      Buffer.concat(upTo(2_000).map(() => clientFrame({ opcode: OPCODES.ping, payload: 'p'.repeat(125) }))),
    );
    expect((await raw.closed).code).toBe(4008);
    await goesOn();
  });
});

describe('frames that WebSocket forbids', () => {
  const broken: readonly [string, number, readonly FrameParts[]][] = [
    ['not masked', 1002, [{ masked: false, payload: message('x') }]],
    ['not masked and empty', 1002, [{ masked: false }]],
    ['with reserved bit 1', 1002, [{ reserved: 4, payload: message('x') }]],
    ['with reserved bit 2', 1002, [{ reserved: 2, payload: message('x') }]],
    ['with reserved bit 3', 1002, [{ reserved: 1, payload: message('x') }]],
    ['of reserved opcode 3', 1002, [{ opcode: 3 }]],
    ['of reserved opcode 11', 1002, [{ opcode: 11 }]],
    ['that goes on with nothing', 1002, [{ opcode: OPCODES.continuation, payload: 'x' }]],
    ['of text within a message', 1002, [{ fin: false, payload: '{' }, { payload: '}' }]],
    ['ping in fragments', 1002, [{ fin: false, opcode: OPCODES.ping }]],
    ['ping over 125 bytes', 1002, [{ opcode: OPCODES.ping, payload: 'p'.repeat(126) }]],
    ['pong over 125 bytes', 1002, [{ opcode: OPCODES.pong, payload: 'p'.repeat(200) }]],
    ['close of one byte', 1002, [{ opcode: OPCODES.close, payload: 'x' }]],
    ['close with a code that none may send', 1002, [{ opcode: OPCODES.close, payload: closeFrame(1005) }]],
    ['close with code 0', 1002, [{ opcode: OPCODES.close, payload: closeFrame(0) }]],
    [
      'close whose reason is not UTF-8',
      1007,
      [{ opcode: OPCODES.close, payload: closeFrame(1000, Buffer.from([0xff])) }],
    ],
    ['text that is not UTF-8', 1007, [{ payload: Buffer.from([0x22, 0xff, 0x22]) }]],
    ['text with an encoded surrogate', 1007, [{ payload: Buffer.from([0xed, 0xa0, 0x80]) }]],
    ['text with an overlong form', 1007, [{ payload: Buffer.from([0xc0, 0x80]) }]],
    ['text that ends within a character', 1007, [{ payload: Buffer.from([0xe2, 0x82]) }]],
    ['text of 64 KiB and a byte', 1009, [{ payload: 'x'.repeat(65_537) }]],
    ['text whose header tells 2 GiB', 1009, [{ payload: '', length: 2 ** 31 }]],
    ['text whose header tells more than 2^53', 1009, [{ payload: '', length: 2 ** 60 }]],
    [
      'fragments that are too large together',
      1009,
      [
        { fin: false, payload: 'x'.repeat(40_000) },
        { opcode: 0, payload: 'x'.repeat(40_000) },
      ],
    ],
    [
      'more than 64 fragments',
      1009,
      [{ fin: false, payload: '{' }, ...upTo(70).map(() => ({ fin: false, opcode: 0, payload: ' ' }))],
    ],
  ];

  it.each(broken)('[CONN-13] %s: closed with %i, and nobody else notices', async (_what, code, frames) => {
    raw.write(Buffer.concat(frames.map(clientFrame)));
    expect((await raw.closed).code).toBe(code);
    await goesOn();
  });

  it('[CONN-13] a broken frame behind a good one takes nothing from it', async () => {
    raw.write(
      Buffer.concat([
        clientFrame({ payload: message('good') }),
        clientFrame({ masked: false, payload: 'bad' }),
      ]),
    );
    expect((await witness.event(CHANNEL, (said += 1))).data.content).toBe('good');
    expect((await raw.closed).code).toBe(1002);
  });

  it('[CONN-13] noise closes the connection and harms nobody', async () => {
    for (const noise of [
      Buffer.alloc(70_000, 0x00),
      Buffer.alloc(70_000, 0xff),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    ]) {
      const noisy = await RawWebSocket.open(server.port);
      noisy.write(noise);
      expect((await noisy.closed).code).toBe(1002);
    }
    await goesOn();
  });
});
