import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentReader } from '../../src/channel/slash/arguments.ts';
import { sanctionArgs } from '../../src/channel/slash/sanction-args.ts';

const sanction = (text: string) => sanctionArgs(new ArgumentReader(text));

describe('what stands behind a slash command', () => {
  it.each([
    ['ada', { user: { name: 'ada' } }],
    ['@ada', { user: { name: 'ada' } }],
    ['@"Ada L" 10m', { user: { name: 'Ada L' }, seconds: 600 }],
    ['"Ada L" too  loud', { user: { name: 'Ada L' }, reason: 'too  loud' }],
    ['ada 1h30m spam', { user: { name: 'ada' }, seconds: 5_400, reason: 'spam' }],
    ['ada 2D', { user: { name: 'ada' }, seconds: 172_800 }],
    ['ada 10 times', { user: { name: 'ada' }, reason: '10 times' }],
    ['ada 10mm', { user: { name: 'ada' }, reason: '10mm' }],
  ])('[SLASH-2] %j names a person, a time and a reason', (text, args) => {
    expect(sanction(text)).toEqual(args);
  });

  it.each(['', '   ', '@', 'ada 0s', 'ada 2000w', `ada ${'x'.repeat(501)}`])(
    '[SLASH-3] %j is no use of it',
    (text) => {
      expect(sanction(text)).toBeNull();
    },
  );

  it('[SLASH-2] a text is read to its end whatever it is, and nothing of it is lost', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const args = new ArgumentReader(text);
        const rest = args.rest() ?? '';
        expect(rest).toBe(text.trim());
        expect(args.isAtEnd).toBe(true);
      }),
    );
  });
});
