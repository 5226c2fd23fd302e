/** WebSocket frames as literal bytes: what is allowed, and what it costs. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { clientFrame, OPCODES, RawWebSocket } from '../support/raw-websocket.ts';
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

// One by one they are in test/hostile/frames.ts.
describe('frames that WebSocket forbids', () => {
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
});
