import { describe, expect, it } from 'vitest';
import type { Role } from '../../src/protocol/entities.ts';
import { isStaff } from '../../src/protocol/permissions.ts';
import { changeable } from '../../web/src/state/message-changes.ts';

const user = (id: string, ...roles: readonly Role[]) => ({ id, name: id, guest: false, roles });

describe('what one may do with a message', () => {
  it.each([
    ['ada', 'ada', 'channel', 'edit and delete'],
    ['ada', 'ada', 'conversation', 'edit and delete'],
    ['ada', 'bob', 'channel', 'nothing'],
    ['mod', 'bob', 'channel', 'delete'],
    ['root', 'bob', 'channel', 'delete'],
    ['root', 'bob', 'conversation', 'nothing'],
  ] as const)('[PAGE-71] %s with one of %s in a %s: %s', (id, author, kind, may) => {
    const roles: Record<string, Role[]> = { ada: ['user'], mod: ['moderator'], root: ['admin'] };
    expect(changeable({ kind }, user(id, ...roles[id]!), author, isStaff(user(id, ...roles[id]!)))).toBe(may);
    expect(changeable({ kind }, null, author, false)).toBe('nothing');
  });
});
