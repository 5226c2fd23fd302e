/** What no well-made client sends: each gets its error, the connection stays, and nothing is lost. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { closeWireClients, type Frame, WireClient } from '../support/wire-client.ts';
import { startWireServer, type WireServer } from '../support/wire-server.ts';

let server: WireServer;
let ada: WireClient;
let bob: WireClient;
let said = 0;
const CHANNEL = 'input';

beforeAll(async () => {
  server = await startWireServer();
  bob = await WireClient.guest(server.url);
  await bob.join(CHANNEL);
});
beforeEach(async () => {
  // A user a test: the limit of queries is by user.
  ada = await WireClient.guest(server.url);
  await ada.join(CHANNEL);
});
afterAll(async () => {
  // Bob saw every message once, in order, whatever came between.
  expect(bob.liveSeqs(CHANNEL)).toEqual(Array.from({ length: said }, (_, index) => index + 1));
  await closeWireClients();
  expect(server.output()).not.toMatch(/"level":"error"|\n\s+at /);
  await server.end();
});

/** Sends `text`, which must be answered with one error, and then a message that must get through. */
async function refused(text: string | Buffer): Promise<Frame> {
  const before = ada.seen('error').length;
  ada.socket.send(text);
  const error = await ada.next('error', `an error for ${text.toString().slice(0, 80)}`);
  expect(await ada.say(CHANNEL, 'still here')).toBe((said += 1));
  await bob.event(CHANNEL, said);
  expect(ada.seen('error')).toHaveLength(before + 1);
  expect(JSON.stringify(error)).not.toMatch(/\bat .*\.ts|node:|Error:/);
  return error;
}

const send = (data: string, more = ''): string =>
  `{"type":"message:send","ref":"x","channelId":"${CHANNEL}"${more},"data":${data}}`;
const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

describe('what is no request', () => {
  it.each([
    ['nothing', ''],
    ['white space', ' \n\t '],
    ['no JSON', 'hello'],
    ['half an object', '{"type":"ping"'],
    ['two objects', '{"type":"ping"}{"type":"ping"}'],
    ['a comma too many', '{"type":"ping",}'],
    ['single quotes', "{'type':'ping'}"],
    ['a comment', '{"type":"ping"/* no */}'],
    ['NaN', '{"type":"ping","data":NaN}'],
    ['a byte order mark', '\ufeff{"type":"ping"}'],
    ['an array', '[{"type":"ping"}]'],
    ['a string', '"ping"'],
    ['a number', '1'],
    ['null', 'null'],
    ['a bare control character', '{"type":"pi\u0001ng"}'],
    ['U+0000 between', '{"type":"ping"}\0'],
    ['no type', '{}'],
    [
      'no type but data',
      `{"ref":"x","channelId":"${CHANNEL}","data":{"type":"message:send","content":"hi"}}`,
    ],
  ])('[REQ-4] %s is bad_request', async (_what, text) => {
    expect(await refused(text)).toMatchObject({ data: { code: 'bad_request' } });
  });

  it.each([
    ['type', '{"type":1,"ref":"x"}'],
    ['type', '{"type":null,"ref":"x"}'],
    ['type', '{"type":["ping"],"ref":"x"}'],
    ['ref', '{"type":"ping","ref":1}'],
    ['ref', '{"type":"ping","ref":{"a":1}}'],
    ['ref', '{"type":"ping","ref":null}'],
    ['channelId', '{"type":"presence:get","channelId":5,"ref":"x"}'],
    ['channelId', '{"type":"presence:get","channelId":["input"],"ref":"x"}'],
    ['channelId', '{"type":"presence:get","ref":"x"}'],
    ['data', '{"type":"ping","data":5,"ref":"x"}'],
    ['data', '{"type":"ping","data":"{}","ref":"x"}'],
    ['data', '{"type":"ping","data":[],"ref":"x"}'],
    ['data', send('5')],
    ['data', send('"hello"')],
    ['data', send('[]')],
    ['data', send('{}')],
    ['data', send('null')],
    ['data.content', send('{"content":5}')],
    ['data.content', send('{"content":null}')],
    ['data.content', send('{"content":["a"]}')],
    ['data.content', send('{"content":{"toString":"a"}}')],
    ['data.clientMessageId', send('{"content":"a","clientMessageId":5}')],
    ['data.clientMessageId', send('{"content":"a","clientMessageId":""}')],
    ['data.clientMessageId', send('{"content":"a","clientMessageId":"\\u001f"}')],
    ['data.clientMessageId', send(`{"content":"a","clientMessageId":"${'k'.repeat(129)}"}`)],
    ['data.replyTo', send('{"content":"a","replyTo":{}}')],
    ['data.meta', send('{"content":"a","meta":"b"}')],
  ])('[REQ-4] a %s of a wrong kind is bad_request', async (_what, text) => {
    expect(await refused(text)).toMatchObject({ data: { code: 'bad_request' } });
  });

  it.each([
    ['type', '{"type":"ping","type":"message:send","ref":"x"}'],
    ['type, once escaped', '{"type":"ping","t\\u0079pe":"message:send","ref":"x"}'],
    [
      'channelId',
      `{"type":"message:send","channelId":"${CHANNEL}","channelId":"other","data":{"content":"a"}}`,
    ],
    ['ref', '{"type":"ping","ref":"a","ref":"b"}'],
    [
      'data',
      `{"type":"message:send","channelId":"${CHANNEL}","data":{"content":"a"},"data":{"content":"b"}}`,
    ],
    ['content', send('{"content":"a","content":"b"}')],
    ['content, once escaped', send('{"content":"a","\\u0063ontent":"b"}')],
  ])('[REQ-4] %s twice is bad_request', async (_what, text) => {
    expect(await refused(text)).toMatchObject({ data: { code: 'bad_request' } });
  });

  it('[REQ-5] an unknown type is unknown_type, __proto__ and the like among them', async () => {
    for (const type of ['nope', '__proto__', 'constructor', 'toString', '', 'PING', 'x'.repeat(60_000)]) {
      const error = await refused(JSON.stringify({ type, ref: 'u', channelId: CHANNEL }));
      expect(error).toMatchObject({ ref: 'u', channelId: CHANNEL, data: { code: 'unknown_type' } });
    }
  });
});

describe('nesting', () => {
  it('[CONN-13] [REQ-6] 100,000 levels are larger than a frame and close with 1009; others go on', async () => {
    ada.socket.send(send(`{"content":"a","meta":{"a":${nested(100_000)}}}`));
    expect((await ada.closed).code).toBe(1009);
    expect(await bob.say(CHANNEL, 'still here')).toBe((said += 1));
  });

  it('[REQ-6] 30,000 levels are answered like any other input', async () => {
    const deep = nested(30_000);
    expect(await refused(deep)).toMatchObject({ data: { code: 'bad_request' } });
    expect(await refused(send(`{"content":${deep}}`))).toMatchObject({
      ref: 'x',
      data: { code: 'bad_request' },
    });
    expect(await refused(send(deep))).toMatchObject({ ref: 'x', data: { code: 'bad_request' } });
    expect(await refused(send(`{"content":"a","meta":{"a":${deep}}}`))).toMatchObject({
      ref: 'x',
      data: { code: 'too_large' },
    });
    expect(await refused(`{"type":${deep}}`)).toMatchObject({ data: { code: 'bad_request' } });
    expect(await refused('{"data":'.repeat(7_000))).toMatchObject({ data: { code: 'bad_request' } });
    expect(await refused('{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000))).toMatchObject({
      data: { code: 'bad_request' },
    });
  });

  it('[REQ-6] nesting where it is not looked at harms nothing', async () => {
    ada.socket.send(send('{"content":"deep"}', `,"x":${nested(30_000)}`));
    expect((await bob.event(CHANNEL, (said += 1))).data.content).toBe('deep');
    ada.socket.send(send(`{"content":"deeper","x":${nested(30_000)}}`));
    expect((await bob.event(CHANNEL, (said += 1))).data.content).toBe('deeper');
    ada.socket.send(`{"type":"ping","ref":"deep ping","data":{"x":${nested(30_000)}}}`);
    await ada.next(({ ref }) => ref === 'deep ping');
  });

  it('[MSG-5] meta of 2,000 levels comes back as it was given', async () => {
    ada.socket.send(send(`{"content":"meta","meta":{"a":${nested(2_000)}}}`));
    const shown = await bob.event(CHANNEL, (said += 1));
    expect(JSON.stringify(shown.data.meta)).toBe(`{"a":${nested(2_000)}}`);
    const page = await ada.request('history:get', CHANNEL, { limit: 1 });
    expect(JSON.stringify(page.data.events[0])).toBe(JSON.stringify(shown));
  });
});

describe('text', () => {
  it.each([
    ['a lone high surrogate', '"\\ud800"'],
    ['a lone low surrogate', '"a\\udc00b"'],
    ['surrogates the wrong way round', '"\\udc00\\ud800"'],
    ['U+0000', '"a\\u0000b"'],
  ])('[MSG-4] %s is bad_request in content, key, reply and meta', async (_what, text) => {
    for (const data of [
      `{"content":${text}}`,
      `{"content":"a","clientMessageId":${text}}`,
      `{"content":"a","replyTo":${text}}`,
      `{"content":"a","meta":{"a":${text}}}`,
      `{"content":"a","meta":{${text}:1}}`,
    ]) {
      expect(await refused(send(data)), data).toMatchObject({ ref: 'x', data: { code: 'bad_request' } });
    }
  });

  it('[MSG-4] content beyond its length is too_large', async () => {
    expect(await refused(send(`{"content":"${'x'.repeat(4_001)}"}`))).toMatchObject({
      data: { code: 'too_large' },
    });
    expect(await refused(send(`{"content":"${'x'.repeat(60_000)}"}`))).toMatchObject({
      data: { code: 'too_large' },
    });
  });

  it('[MSG-1] odd text that is allowed comes through as it is', async () => {
    const odd = [
      '\u0001\u001f\u007f\u0085',
      '\u2028\u2029\ufeff',
      '\ufffe\uffff',
      '\\u0000 \\ud800',
      '<script>"</script>',
      '\u{10ffff}',
      '"'.repeat(400),
      '\x1f',
    ];
    for (const content of odd) {
      expect(await ada.say(CHANNEL, content, { meta: { [content]: content } })).toBe((said += 1));
      const shown = await bob.event(CHANNEL, said);
      expect([shown.data.content, shown.data.meta]).toEqual([content, { [content]: content }]);
    }
    const page = await ada.request('history:get', CHANNEL, { limit: odd.length });
    expect(page.data.events.map(({ data }) => data.content)).toEqual(odd);
  });
});

describe('routing', () => {
  it('[REQ-3] a channelId hidden in data, content or another field does not lead a message astray', async () => {
    const trap = await WireClient.guest(server.url);
    await trap.join('trap');
    await ada.join('trap');
    const hidden = [
      send('{"content":"1","channelId":"trap"}'),
      send('{"content":"\\",\\"channelId\\":\\"trap\\""}'),
      `{"x":{"channelId":"trap","type":"ping"},"y":["channelId","trap"],${send('{"content":"3"}').slice(1)}`,
      `{"channelID":"trap","channelid":"trap","channelId ":"trap",${send('{"content":"4"}').slice(1)}`,
      `{"\\u0063hannelId":"${CHANNEL}","type":"message:send","data":{"content":"5","meta":{"channelId":"trap"}}}`,
      `{"data":{"content":"6","channelId":"trap"},"type":"message:send","channelId":"\\u0069nput"}`,
      send('{"content":"7","__proto__":{"channelId":"trap"}}', ',"__proto__":{"channelId":"trap"}'),
    ];
    for (const text of hidden) {
      ada.socket.send(text);
      expect(await bob.event(CHANNEL, (said += 1)), text).toMatchObject({ channelId: CHANNEL });
    }
    expect(await ada.say('trap', 'first here')).toBe(1);
    await trap.event('trap', 1);
    expect(trap.liveSeqs('trap')).toEqual([1]);
  });

  it('[CHAN-7] [MSG-7] a channel that can be none is bad_request, one that is not joined not_member', async () => {
    for (const id of ['', 'a b', 'ä', 'x'.repeat(65), 'a\\u0000', '../../etc/passwd']) {
      const error = await refused(
        `{"type":"message:send","ref":"x","channelId":"${id}","data":{"content":"a"}}`,
      );
      expect(error).toMatchObject({ ref: 'x', data: { code: 'bad_request' } });
      expect(error).not.toHaveProperty('channelId');
    }
    for (const channelId of ['elsewhere', '__proto__', 'constructor']) {
      const error = await refused(
        JSON.stringify({ type: 'message:send', ref: 'x', channelId, data: { content: 'a' } }),
      );
      expect(error).toMatchObject({ ref: 'x', channelId, data: { code: 'not_member' } });
    }
  });

  it('[REQ-4] __proto__ and constructor as fields change nothing', async () => {
    ada.socket.send(
      '{"__proto__":{"type":"nope"},"constructor":{"prototype":{}},"type":"ping","ref":"p","data":{"__proto__":{"a":1}}}',
    );
    await ada.next(({ ref }) => ref === 'p');
    ada.socket.send(send('{"content":"proto","meta":{"__proto__":{"polluted":true},"constructor":1}}'));
    const shown = await bob.event(CHANNEL, (said += 1));
    expect(JSON.stringify(shown.data.meta)).toBe('{"__proto__":{"polluted":true},"constructor":1}');
    expect((await refused(send('{"__proto__":{"content":"a"}}'))).data.code).toBe('bad_request');
  });
});
