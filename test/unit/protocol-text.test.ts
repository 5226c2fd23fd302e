import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterClose, CLOSE_CODES } from '../../src/protocol/close-codes.ts';
import { encodeDurableEvent, encodeError, encodeReply } from '../../src/protocol/encode.ts';
import { isChannelId } from '../../src/protocol/limits.ts';
import {
  codePoints,
  contentProblem,
  hasControlCharacters,
  isStorable,
  nameKey,
  utf8Length,
} from '../../src/protocol/text.ts';
import { anyText } from '../support/any-text.ts';

const wellFormed = fc.string({ unit: 'binary' });

describe('text', () => {
  it('[MSG-4] code points are counted as the string iterator counts them', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, wellFormed), (text) => codePoints(text) === Array.from(text).length),
    );
  });

  it('[HIST-2] UTF-8 lengths are the encoder’s', () => {
    fc.assert(fc.property(wellFormed, (text) => utf8Length(text) === Buffer.byteLength(text)));
  });

  it('[MSG-4] what can be stored has no U+0000 and comes back from UTF-8 as it was', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const survives = Buffer.from(text).toString() === text && !text.includes('\0');
        expect(isStorable(text)).toBe(survives);
      }),
    );
  });

  it.each([
    ['', 'empty'],
    ['x', null],
    ['x'.repeat(4_000), null],
    ['x'.repeat(4_001), 'too_large'],
    ['\u{1f600}'.repeat(4_000), null],
    [`${'\u{1f600}'.repeat(4_000)}x`, 'too_large'],
    ['\ud83d', 'malformed'],
    ['\ude00\ud83d', 'malformed'],
    ['\0', 'malformed'],
  ])('[MSG-4] content %# is %s', (content, problem) => {
    expect(contentProblem(content)).toBe(problem);
  });

  it('[MSG-6] control characters are C0, DEL and C1', () => {
    for (let unit = 0; unit < 0x200; unit += 1) {
      expect(hasControlCharacters(`a${String.fromCharCode(unit)}`)).toBe(
        /\p{Cc}/u.test(String.fromCharCode(unit)),
      );
    }
  });

  it('[AUTH-16] names that look alike by case or width have one key', () => {
    expect(nameKey('ＡＤＡ')).toBe(nameKey('ada'));
    expect(nameKey('Ada')).not.toBe(nameKey('Adá'));
  });

  it('[CHAN-7] a channel id is 1 to 64 of its alphabet, to the end of the text', () => {
    const alphabet = 'abcXYZ019_-.:';
    expect(isChannelId(alphabet)).toBe(true);
    for (const id of ['', 'a b', 'ä', 'a\n', 'a/b', 'x'.repeat(65)]) expect(isChannelId(id)).toBe(false);
    expect(isChannelId('x'.repeat(64))).toBe(true);
  });
});

describe('frames as text', () => {
  it('[REQ-1] are JSON that carries ref and data back, whatever they hold', () => {
    fc.assert(
      fc.property(fc.option(anyText, { nil: undefined }), fc.jsonValue(), (ref, data) => {
        const text = encodeReply('ack', ref, 'room', 7, JSON.stringify(data));
        const parsed = JSON.parse(text) as Record<string, unknown>;
        expect(parsed['ref']).toBe(ref);
        expect(parsed['data']).toEqual(JSON.parse(JSON.stringify(data)));
      }),
    );
  });

  it('[REQ-9] an error has code, message and retryAfterMs, and nothing else', () => {
    const problem = { code: 'overloaded', message: 'busy', retryAfterMs: 5 } as const;
    expect(JSON.parse(encodeError(problem, 'r', undefined, 7))).toEqual({
      type: 'error',
      ref: 'r',
      timestamp: 7,
      data: problem,
    });
    expect(JSON.parse(encodeDurableEvent('t', 'c', 3, 7, '{"a":1}'))).toEqual({
      type: 't',
      channelId: 'c',
      seq: 3,
      timestamp: 7,
      data: { a: 1 },
    });
  });
});

describe('close codes', () => {
  it('[CONN-10] tell by their range what a client does', () => {
    expect(afterClose(CLOSE_CODES.tokenExpired)).toBe('stop');
    expect(afterClose(CLOSE_CODES.unavailable)).toBe('reconnect-with-backoff');
    expect(afterClose(CLOSE_CODES.draining)).toBe('resume');
    expect(afterClose(1006)).toBe('reconnect-with-backoff');
  });
});
