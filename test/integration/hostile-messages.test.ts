/** Every registered message type with what fits its schema, what almost does and what nobody expects, over real sockets. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHANNEL_COMMANDS } from '../../src/channel/registry.ts';
import { GATEWAY_COMMANDS } from '../../src/gateway/registry.ts';
import type { Schema } from '../support/described-operations.ts';
import { almostFitting, fitting, hostileText, hostileValue } from '../support/schema-arbitrary.ts';
import { closeWireClients, type Frame, upTo, WireClient } from '../support/wire-client.ts';
import { contractBreach } from '../support/wire-contract.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

const CHANNEL = 'fuzz';
/** Frames of each type in one run, and the run that everyone repeats. */
const RUNS = 150;
const SEED = 20_240_229;

let server: WireServer;
/** Someone who only listens. */
let listener: WireClient;
let mallory: WireClient;

beforeAll(async () => {
  server = await startWireServer();
  listener = await WireClient.guest(server.url);
  await listener.join(CHANNEL);
});
afterAll(async () => {
  await closeWireClients();
  await server.end();
  expect(server.output(), 'what the server logged').not.toMatch(/"level":"(?:error|fatal)"/);
});

/** `data` of a request of this type: more often good than bad, so that it gets beyond the first look. */
function dataOf(schema: Schema): fc.Arbitrary<unknown> {
  const resolve = (): Schema => true;
  return fc.oneof(
    { weight: 4, arbitrary: fitting(schema, resolve) },
    { weight: 3, arbitrary: almostFitting(schema, resolve) },
    { weight: 1, arbitrary: hostileValue },
  );
}

/** The rest of the frame. `ref` is the test's own, to know the answer by. */
const channelId = fc.oneof(
  { weight: 5, arbitrary: fc.constant(CHANNEL) },
  { weight: 1, arbitrary: fc.constantFrom('elsewhere', '__proto__', '', null, 7, {}, [CHANNEL]) },
  { weight: 1, arbitrary: hostileText },
);
const more = fc.dictionary(hostileText, hostileValue, { maxKeys: 2 });

describe('messages', () => {
  it.each(
    [...CHANNEL_COMMANDS, ...GATEWAY_COMMANDS].map(
      ({ type, data }) => [type, data as unknown as Schema] as const,
    ),
  )(
    '[HOSTILE-7] %s: every answer is in the contract, and nobody sees anything malformed',
    async (type, schema) => {
      let sent = 0;
      const property = fc.asyncProperty(
        fc.record({ data: dataOf(schema), channelId, more }),
        async (request) => {
          if (type === 'hello' || mallory.socket.readyState !== mallory.socket.OPEN) {
            await mallory.close();
            mallory = type === 'hello' ? await WireClient.connect(server.url) : await entered();
          }
          const ref = `${type} ${(sent += 1)}`;
          mallory.send({ ...request.more, type, ref, channelId: request.channelId, data: request.data });
          const answer = await answerOf(mallory, ref);
          if (answer !== null) expect(contractBreach(answer), JSON.stringify(answer)).toBeNull();
        },
      );
      mallory = await entered();
      await fc.assert(property, { numRuns: RUNS, seed: SEED, endOnFailure: true });
      await everyoneGoesOn();
    },
  );
});

/** Someone who is in the channel. */
async function entered(): Promise<WireClient> {
  const client = await WireClient.guest(server.url);
  await client.join(CHANNEL);
  return client;
}

/** The answer to a request, or null when the connection was closed for it, as who gives a bad token is. */
async function answerOf(client: WireClient, ref: string): Promise<Frame | null> {
  try {
    return await client.next((frame) => frame.ref === ref || frame.type === 'error');
  } catch (error) {
    if (client.socket.readyState !== client.socket.CLOSED) throw error;
    expect((await client.closed).code).toBe(4001);
    return null;
  }
}

/** The listener got every message once, in order, and no frame that breaks the contract. */
async function everyoneGoesOn(): Promise<void> {
  const seq = await listener.say(CHANNEL, 'still here');
  await listener.event(CHANNEL, seq);
  expect(listener.liveSeqs(CHANNEL)).toEqual(upTo(seq));
  const breaches = listener.frames.flatMap((frame) => contractBreach(frame) ?? []);
  expect(breaches).toEqual([]);
}
