/** What is sent to break the WebSocket side: the tables of test/hostile, row by row, against one real server. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FORBIDDEN_FRAMES, NOISE } from '../hostile/frames.ts';
import { HANDSHAKES } from '../hostile/handshakes.ts';
import { exchange, parseAnswer } from '../support/exchange.ts';
import { clientFrame, OPCODES, RawWebSocket } from '../support/raw-websocket.ts';
import { closeWireClients, upTo, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const CHANNEL = 'frames';

let server: WireServer;
/** Someone in the channel all along: what others break must not reach them. */
let witness: WireClient;
let said = 0;

beforeAll(async () => {
  server = await startWireServer();
  witness = await WireClient.guest(server.url);
  await witness.join(CHANNEL);
});
afterAll(async () => {
  expect(witness.liveSeqs(CHANNEL)).toEqual(upTo(said));
  await closeWireClients();
  await server.end();
  expect(server.output(), 'what the server logged').not.toMatch(/"level":"(?:error|fatal)"/);
});

/** Someone says something; it must arrive with the next number, and nothing between. */
async function goesOn(): Promise<void> {
  expect(await witness.say(CHANNEL, 'still here')).toBe((said += 1));
}

describe('frames', () => {
  it.each(FORBIDDEN_FRAMES)('[HOSTILE-1, CONN-13] %s: closed with %i', async (_what, code, frames) => {
    const raw = await RawWebSocket.open(server.port, `/ws?channelId=${CHANNEL}`);
    await raw.next('channel:joined');
    raw.write(Buffer.concat(frames.map(clientFrame)));
    expect((await raw.closed).code).toBe(code);
    await goesOn();
  });

  it.each(NOISE)('[HOSTILE-1, CONN-13] %s: closed with %i', async (_what, code, bytes) => {
    const raw = await RawWebSocket.open(server.port);
    raw.write(bytes);
    expect((await raw.closed).code).toBe(code);
    await goesOn();
  });
});

describe('handshakes', () => {
  it.each(HANDSHAKES)('[HOSTILE-2] %s: %i', async (_what, expected, request) => {
    const answer = await exchange(server.port, Buffer.from(request, 'latin1'));
    const { status, headers } = parseAnswer(answer);
    expect(status, answer).toBe(expected);
    expect(headers).not.toHaveProperty('sec-websocket-extensions');
    if (status !== 101) expect(headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    await goesOn();
  });
});

describe('crowds', () => {
  it('[HOSTILE-3] 50 connections with 131,000 fragments of one byte each cost less than 50 MB', async () => {
    const raws = await Promise.all(upTo(50).map(() => RawWebSocket.open(server.port)));
    const first = clientFrame({ fin: false, payload: '{' });
    const other = clientFrame({ fin: false, opcode: OPCODES.continuation, payload: ' ' });
    const bytes = Buffer.concat([first, Buffer.alloc(130_999 * other.length, other)]);
    const before = await residentBytes();
    let peak = before;
    const look = setInterval(() => {
      void residentBytes().then((resident) => (peak = Math.max(peak, resident)));
    }, 10);
    for (const raw of raws) raw.write(bytes);
    const codes = await Promise.all(raws.map(async ({ closed }) => (await closed).code));
    clearInterval(look);
    // A peer that still sends when it is cut off may never see why.
    expect(codes.filter((code) => code !== 1009 && code !== 1006)).toEqual([]);
    expect(peak - before).toBeLessThan(50_000_000);
    await goesOn();
  });
});

/** Memory of the server's process, bytes (proc(5), statm: in pages). */
async function residentBytes(): Promise<number> {
  const [, pages] = (await readFile(`/proc/${server.pid}/statm`, 'utf8')).split(' ');
  return Number(pages) * 4_096;
}
