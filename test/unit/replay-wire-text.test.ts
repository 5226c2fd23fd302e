import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SpokenLine } from '../../bench/replay/irc-line.ts';
import { contentObstacle, fromContent, spokenText, toContent } from '../../bench/replay/wire-text.ts';

const line = (text: string, kind: SpokenLine['kind'] = 'message'): SpokenLine => ({
  kind,
  name: 'Ada',
  text,
  time: null,
});

describe('the content that carries a line', () => {
  it('[REPLAY-4] leads back to the text, and is never a slash command', () => {
    const starts = fc.constantFrom('', '/', '\\', '\\/', '//', '\\\\', '\u0003' + '04', ' /');
    fc.assert(
      fc.property(starts, fc.string({ unit: 'binary' }), (start, rest) => {
        const content = toContent(line(start + rest));
        expect(content.startsWith('/')).toBe(false);
        expect(fromContent(content)).toBe(start + rest);
      }),
    );
  });

  it('[REPLAY-4] changes nothing but a slash or backslash at the beginning', () => {
    expect(toContent(line('/dev/sda1 /home'))).toBe('\\/dev/sda1 /home');
    expect(toContent(line('\\o/'))).toBe('\\\\o/');
    expect(toContent(line(' /msg \u0002bold\u0002 04red'))).toBe(' /msg \u0002bold\u0002 04red');
  });

  it('[REPLAY-4] shows an action as one', () => {
    expect(toContent(line('waves', 'action'))).toBe('* Ada waves');
    expect(spokenText(line('', 'action'))).toBe('* Ada');
  });

  it('[REPLAY-2] names what keeps a line from being sent', () => {
    const tooLong = '/'.padEnd(4_000, 'x');
    expect([line('hi'), line(tooLong), line('\0'), line('\ud800'), line('')].map(contentObstacle)).toEqual([
      null,
      'too long',
      'not storable',
      'not storable',
      'no text',
    ]);
  });
});
