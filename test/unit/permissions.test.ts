import { describe, expect, it } from 'vitest';
import { mayChangeMessage, mayWhisper } from '../../src/protocol/permissions.ts';
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

describe('who may change a message', () => {
  const roles = { ada: ['user'], mod: ['moderator'], root: ['admin'] } as const;
  it.each([
    ['ada', 'ada', true, true],
    ['mod', 'mod', true, true],
    ['ada', 'mod', false, false],
    ['mod', 'ada', false, true],
    ['mod', 'root', false, true],
    ['root', 'mod', false, true],
  ] as const)('[MSG-11] %s one of %s: updates %s, deletes %s', (id, author, edits, deletes) => {
    const user = { id, guest: false, roles: roles[id] };
    expect(mayChangeMessage(user, author, 'edit', OPEN_POLICY)).toBe(edits);
    expect(mayChangeMessage(user, author, 'delete', OPEN_POLICY)).toBe(deletes);
  });

  it('[MSG-11] a guest their own, where guests may write', () => {
    const guest = { id: 'g', guest: true, roles: ['guest'] } as const;
    for (const how of ['edit', 'delete'] as const) {
      expect(mayChangeMessage(guest, 'g', how, OPEN_POLICY)).toBe(true);
      expect(mayChangeMessage(guest, 'g', how, { ...OPEN_POLICY, guests: 'read' })).toBe(false);
    }
  });
});
