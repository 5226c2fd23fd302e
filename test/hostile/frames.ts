/**
 * Frames that WebSocket forbids (RFC 6455, section 5), one a row: what is sent on an open connection, and the code with
 * which the server has to close it (section 7.4.1).
 */
import { clientFrame, type FrameParts, OPCODES } from '../support/raw-websocket.ts';
import { upTo } from '../support/wire-client.ts';

/** What is sent, the close code that answers it, and the frames. */
export type FrameCase = readonly [what: string, code: number, frames: readonly FrameParts[]];

const { binary, close, continuation, ping, pong, text } = OPCODES;
const PROTOCOL = 1002;
const NOT_UTF8 = 1007;
const TOO_LARGE = 1009;
const request = '{"type":"ping"}';

/** A close frame with this code, as a number of 16 bits, and a reason. */
const closing = (code: number, reason: string | Uint8Array = ''): FrameParts => ({
  opcode: close,
  payload: Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]),
});
const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
/** A text message in these parts. */
const inParts = (...parts: readonly (string | Uint8Array)[]): FrameParts[] =>
  parts.map((payload, index) => ({
    payload,
    fin: index === parts.length - 1,
    opcode: index === 0 ? text : continuation,
  }));
const each = <T>(values: readonly T[], row: (value: T) => FrameCase): FrameCase[] => values.map(row);

/** Bytes that are no UTF-8 (RFC 3629), whole and cut where a decoder might lose track. */
const NOT_UTF8_BYTES: readonly (readonly [what: string, hex: string])[] = [
  ['a byte that never occurs', '22 ff 22'],
  ['a continuation byte alone', '80'],
  ['an overlong form of two bytes', 'c0 80'],
  ['an overlong form of three bytes', 'e0 80 af'],
  ['an overlong form of four bytes', 'f0 80 80 af'],
  ['an encoded high surrogate', 'ed a0 80'],
  ['an encoded low surrogate', 'ed b0 80'],
  ['a pair of encoded surrogates', 'ed a0 bd ed b8 80'],
  ['a code point beyond U+10FFFF', 'f4 90 80 80'],
  ['a form of five bytes', 'f8 88 80 80 80'],
  ['the beginning of a character at its end', 'e2 82'],
  ['a character that another one interrupts', 'e2 28 a1'],
];

/** Codes that no endpoint may send, and numbers that are none (section 7.4.2). */
const FORBIDDEN_CODES = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65_535];

export const FORBIDDEN_FRAMES: readonly FrameCase[] = [
  ...each(upTo(7), (reserved) => [
    `text with reserved bits ${reserved.toString(2).padStart(3, '0')}`,
    PROTOCOL,
    [{ reserved, payload: request }],
  ]),
  ['a ping with a reserved bit', PROTOCOL, [{ reserved: 4, opcode: ping }]],
  ['a close with a reserved bit', PROTOCOL, [{ reserved: 2, opcode: close }]],
  [
    'a continuation with a reserved bit',
    PROTOCOL,
    [
      { fin: false, payload: '{' },
      { reserved: 4, opcode: continuation, payload: '}' },
    ],
  ],
  ...each([3, 4, 5, 6, 7, 11, 12, 13, 14, 15], (opcode) => [
    `reserved opcode ${opcode}`,
    PROTOCOL,
    [{ opcode, payload: request }],
  ]),
  ['text that is not masked', PROTOCOL, [{ masked: false, payload: request }]],
  ['empty text that is not masked', PROTOCOL, [{ masked: false }]],
  ['binary that is not masked', PROTOCOL, [{ masked: false, opcode: binary, payload: request }]],
  ['a ping that is not masked', PROTOCOL, [{ masked: false, opcode: ping }]],
  ['a close that is not masked', PROTOCOL, [{ masked: false, ...closing(1000) }]],
  [
    'a continuation that is not masked',
    PROTOCOL,
    [
      { fin: false, payload: '{' },
      { masked: false, opcode: continuation, payload: '}' },
    ],
  ],

  ['a continuation of nothing', PROTOCOL, [{ opcode: continuation, payload: 'x' }]],
  ['an unfinished continuation of nothing', PROTOCOL, [{ fin: false, opcode: continuation }]],
  [
    'a continuation of a message that has ended',
    PROTOCOL,
    [...inParts('{"type":', '"ping"}'), { opcode: continuation, payload: 'x' }],
  ],
  ['text within a message', PROTOCOL, [{ fin: false, payload: '{' }, { payload: '}' }]],
  [
    'binary within a message',
    PROTOCOL,
    [
      { fin: false, payload: '{' },
      { opcode: binary, payload: '}' },
    ],
  ],
  ['a continuation of a ping', PROTOCOL, [{ opcode: ping }, { opcode: continuation, payload: 'x' }]],

  ...each([close, ping, pong], (opcode) => [
    `opcode ${opcode} in fragments`,
    PROTOCOL,
    [{ fin: false, opcode }],
  ]),
  ...each([close, ping, pong], (opcode) => [
    `opcode ${opcode} of 126 bytes`,
    PROTOCOL,
    [{ opcode, payload: '\u0003\u00e8'.padEnd(125, 'x') }],
  ]),
  ['a ping of 64 KiB', PROTOCOL, [{ opcode: ping, payload: 'x'.repeat(65_536) }]],
  ['a ping whose header tells 2^60 bytes', PROTOCOL, [{ opcode: ping, length: 2 ** 60 }]],

  ['a close of one byte', PROTOCOL, [{ opcode: close, payload: 'x' }]],
  ...each(FORBIDDEN_CODES, (code) => [`a close with code ${code}`, PROTOCOL, [closing(code)]]),
  ['a close whose reason is not UTF-8', NOT_UTF8, [closing(1000, bytes('ff'))]],
  ['a close whose reason ends within a character', NOT_UTF8, [closing(1000, bytes('e2 82'))]],

  ...each(NOT_UTF8_BYTES, ([what, hex]) => [`text with ${what}`, NOT_UTF8, [{ payload: bytes(hex) }]]),
  ...each(NOT_UTF8_BYTES, ([what, hex]) => [
    `text in fragments of one byte with ${what}`,
    NOT_UTF8,
    inParts(...Array.from(bytes(hex), (byte) => Uint8Array.of(byte)), ''),
  ]),
  [
    'text in fragments, with a ping between the halves of no character',
    NOT_UTF8,
    [
      { fin: false, payload: bytes('e2 82') },
      { opcode: ping, payload: bytes('ac') },
      { opcode: continuation, payload: '"' },
    ],
  ],

  ['text of 64 KiB and a byte', TOO_LARGE, [{ payload: 'x'.repeat(65_537) }]],
  ['binary of 64 KiB and a byte', TOO_LARGE, [{ opcode: binary, payload: 'x'.repeat(65_537) }]],
  ['text whose header tells 2 GiB', TOO_LARGE, [{ length: 2 ** 31 }]],
  ['text whose header tells more than 2^53', TOO_LARGE, [{ length: 2 ** 60 }]],
  ['fragments that are too large together', TOO_LARGE, inParts('x'.repeat(40_000), 'x'.repeat(40_000))],
  [
    'a continuation whose header tells 2^53',
    TOO_LARGE,
    [
      { fin: false, payload: '{' },
      { fin: false, opcode: continuation, length: 2 ** 53 },
    ],
  ],
  ['65 fragments', TOO_LARGE, inParts('{', ...upTo(64).map(() => ' '))],
  ['65 empty fragments', TOO_LARGE, inParts('', ...upTo(64).map(() => ''))],
];

/** Bytes that are no frames at all. */
export const NOISE: readonly (readonly [what: string, code: number, bytes: Uint8Array])[] = [
  ['zeros', PROTOCOL, Buffer.alloc(70_000, 0x00)],
  ['ones', PROTOCOL, Buffer.alloc(70_000, 0xff)],
  ['an HTTP request', PROTOCOL, Buffer.from('GET /health HTTP/1.1\r\nHost: x\r\n\r\n')],
  ['a TLS greeting', PROTOCOL, bytes('16 03 01 02 00 01 00 01 fc 03 03')],
  [
    'a good frame, and then none',
    PROTOCOL,
    Buffer.concat([clientFrame({ payload: request }), bytes('ff ff')]),
  ],
];
