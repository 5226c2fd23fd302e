import { describe, expect, it } from 'vitest';
import { mayWhisper } from '../../src/protocol/permissions.ts';
import { OPEN_POLICY } from '../support/open-policy.ts';

describe('who may whisper', () => {
  it.each([
    ['chat', true, true],
    ['chat', false, false],
    ['read', true, false],
    ['read', false, false],
  ] as const)(
    '[WHISPER-8] guests where GUESTS=%s and GUEST_WHISPERS is %s: %s',
    (guests, guestWhispers, may) => {
      const policy = { ...OPEN_POLICY, guests, guestWhispers };
      expect(mayWhisper({ guest: true }, policy)).toBe(may);
      expect(mayWhisper({ guest: false }, policy)).toBe(true);
    },
  );
});
