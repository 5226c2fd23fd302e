import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EnvelopeScanner } from '../../src/protocol/envelope-scanner.ts';

const encoder = new TextEncoder();
const scanner = new EnvelopeScanner();
const scan = (text: string) => scanner.scan(encoder.encode(text));

describe('envelope scanner', () => {
  it('[REQ-3] finds the same routing fields as JSON.parse in every object', () => {
    const field = fc.constantFrom('type', 'channelId', 'ref', 'data', 'x', '__proto__', 'ty\\pe');
    const value = fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue());
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(field, value), { selector: ([name]) => name, maxLength: 7 }),
        fc.boolean(),
        (members, spaced) => {
          const gap = spaced ? ' \n\t' : '';
          const text = `${gap}{${gap}${members.map(([k, v]) => `${JSON.stringify(k)}${gap}:${gap}${JSON.stringify(v)}`).join(`${gap},`)}${gap}}${gap}`;
          const parsed = JSON.parse(text) as Record<string, unknown>;
          const problem = scan(text);
          for (const name of ['type', 'channelId', 'ref'] as const) {
            if (Object.hasOwn(parsed, name) && typeof parsed[name] !== 'string') {
              expect(problem).toMatch(/must be a string/);
              return;
            }
          }
          expect(problem).toBeNull();
          for (const name of ['type', 'channelId', 'ref'] as const) expect(scanner[name]).toBe(parsed[name]);
          const data = parsed['data'];
          const isObject = typeof data === 'object' && data !== null && !Array.isArray(data);
          expect(scanner.dataMembers).toBe(isObject ? Object.keys(data).length : 0);
        },
      ),
    );
  });

  it('[REQ-3] never throws and never loops on arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        scanner.scan(bytes);
      }),
    );
    const alphabet = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      '"',
      ':',
      ',',
      '\\',
      'a',
      '1',
      ' ',
      '"type"',
      '"data"',
    );
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 40 }), (tokens) => {
        const text = tokens.join('');
        const problem = scan(text);
        let parsed: unknown;
        try {
          parsed = JSON.parse(text);
        } catch {
          return;
        }
        if (problem === null) expect(typeof parsed).toBe('object');
      }),
    );
  });

  it('[REQ-3] reads escaped keys and values as JSON does', () => {
    expect(scan(String.raw`{"ty\u0070e":"p\u0069ng","channel\u0049d":"a\"b"}`)).toBeNull();
    expect(scanner.type).toBe('ping');
    expect(scanner.channelId).toBe('a"b');
  });

  it.each([
    ['{"type":"ping","type":"ping"}', 'a field stands twice'],
    [String.raw`{"type":"ping","typ\u0065":"ping"}`, 'a field stands twice'],
    ['{"channelId":"a","x":1,"channelId":"b"}', 'a field stands twice'],
    ['[]', 'not an object'],
    ['"type"', 'not an object'],
    ['', 'not an object'],
    ['{"type":"ping"', 'malformed JSON'],
    ['{"type":"ping"}x', 'malformed JSON'],
    ['{"type":1}', 'type must be a string'],
    ['{"channelId":null}', 'channelId must be a string'],
    ['{"ref":{}}', 'ref must be a string'],
    [String.raw`{"type":"\ud"}`, 'malformed JSON'],
  ])('[REQ-4] %s is %s', (text, problem) => {
    expect(scan(text)).toBe(problem);
  });

  it('[REQ-3] is not misled by routing fields inside of data, strings or arrays', () => {
    expect(
      scan(
        '{"data":{"channelId":"evil","content":"\\",\\"channelId\\":\\"evil\\"","l":[{"type":"evil"}]},"type":"t","channelId":"good"}',
      ),
    ).toBeNull();
    expect(scanner.channelId).toBe('good');
    expect(scanner.type).toBe('t');
    expect(scanner.dataMembers).toBe(3);
  });

  it('[REQ-4] takes 100,000 levels of nesting without a stack', () => {
    const deep = '['.repeat(100_000);
    expect(scan(`{"type":"t","data":${deep}${']'.repeat(100_000)}}`)).toBeNull();
    expect(scan(`{"type":"t","data":${deep}`)).toBe('malformed JSON');
  });
});
