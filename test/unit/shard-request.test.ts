import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CHANNEL_COMMANDS } from '../../src/channel/registry.ts';
import { EnvelopeScanner } from '../../src/protocol/envelope-scanner.ts';
import { INBOX_COMMANDS } from '../../src/inbox/registry.ts';
import { compileCommands, parseRequest } from '../../src/shard/request.ts';
import { anyText } from '../support/any-text.ts';

const commands = compileCommands(CHANNEL_COMMANDS, INBOX_COMMANDS);
const scanner = new EnvelopeScanner();
/** As a gateway and a shard read it together; null when the gateway's scan refuses it. */
const parse = (text: string) => {
  const bytes = Buffer.from(text);
  return scanner.scan(bytes) === null ? parseRequest(bytes, scanner.dataMembers, commands) : null;
};
/** The code of what is refused, or the type of what is not. */
const shown = (text: string) => {
  const request = parse(text);
  if (request === null) return 'bad_request';
  return 'problem' in request ? request.problem.code : request.command.type;
};
const send = (data: string) => `{"type":"message:send","ref":"r","channelId":"room","data":${data}}`;

describe('requests', () => {
  it.each([
    ['{"type":"channel:join","channelId":"room"}', 'channel:join'],
    ['{"type":"channel:join","channelId":"room","data":null}', 'channel:join'],
    ['{"type":"channel:leave","channelId":"room","data":{"unknown":1}}', 'channel:leave'],
    [send('{"content":"hi"}'), 'message:send'],
    [send('{"content":"hi","content":"ho"}'), 'bad_request'],
    [send(String.raw`{"content":"hi","cont\u0065nt":"ho"}`), 'bad_request'],
    [send('{"content":"hi","meta":{"a":1,"a":2}}'), 'message:send'],
    [send('[{"content":"hi"}]'), 'bad_request'],
    [send('"content"'), 'bad_request'],
    [send('{"content":1}'), 'bad_request'],
    [send('{"__proto__":{"content":"hi"}}'), 'bad_request'],
    [send('{"content":"hi","__proto__":{"x":1}}'), 'message:send'],
    [send('{"content":"hi","meta":{"__proto__":1}}'), 'message:send'],
    [send('{"content":"hi","meta":[]}'), 'bad_request'],
    [send('{"content":"hi"'), 'bad_request'],
    [send('{"content":"hi",}'), 'bad_request'],
    ['{"type":"__proto__","channelId":"room"}', 'unknown_type'],
    ['{"type":"constructor","channelId":"room"}', 'unknown_type'],
    ['{"channelId":"room"}', 'unknown_type'],
    ['{"type":"channel:join"}', 'bad_request'],
    ['{"type":"channel:join","channelId":"a b"}', 'bad_request'],
    ['{"type":"channel:join","channelId":"room","channelId":"other"}', 'bad_request'],
    ['{"type":"channel:join","channelId":"room","data":{"limit":0}}', 'bad_request'],
    ['{"type":"channel:join","channelId":"room","data":{"limit":1.5}}', 'bad_request'],
    ['{"type":"channel:join","channelId":"room","data":{"recover":{"epoch":"e"}}}', 'bad_request'],
    ['{"type":"channel:join","channelId":"room","data":{"recover":{"epoch":"e","seq":-1}}}', 'bad_request'],
    ['\ufeff{"type":"channel:join","channelId":"room"}', 'bad_request'],
    ['null', 'bad_request'],
    ['', 'bad_request'],
  ])('[REQ-4] [REQ-5] %s is %s', (text, result) => {
    expect(shown(text)).toBe(result);
  });

  it.each(['[', '{"a":'])('[REQ-6] any depth of %s is answered', (open) => {
    const close = open === '[' ? ']' : '1}';
    const depth = 10_000;
    const deep = `${open.repeat(depth)}${open === '[' ? '' : '1'}${close.replace('1', '').repeat(depth)}`;
    expect(shown(send(`{"content":"hi","meta":{"deep":${deep}}}`))).toBe('message:send');
    expect(shown(send(deep))).toBe('bad_request');
    expect(shown(send(open.repeat(depth)))).toBe('bad_request');
  });

  it('[REQ-1] what is broken further down than the scan looks is answered with its ref', () => {
    expect(
      parse('{"ref":"7","type":"message:send","channelId":"room","data":{"content":nope}}'),
    ).toMatchObject({
      ...{ ref: '7', channelId: 'room' },
      problem: { code: 'bad_request', message: 'malformed JSON' },
    });
  });

  it('[REQ-4] what is refused tells which member was wrong, not what it held', () => {
    const request = parse(send('{"content":{"secret":"x"}}'));
    expect(request !== null && 'problem' in request && request.problem.message).toMatch(/^data\/content/);
    expect(JSON.stringify(request)).not.toContain('secret');
  });

  it('[REQ-4] content comes through as it was written', () => {
    fc.assert(
      fc.property(anyText, (content) => {
        expect(parse(send(JSON.stringify({ content })))).toMatchObject({ data: { content } });
      }),
    );
  });
});
