/** What every {@link UserStore} keeps to. Run by memory-users and postgres-users. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SeenUser, UserStore } from '../../src/auth/ports.ts';
import { valueOf } from './stores.ts';

/** A store, empty. */
export interface UsersFixture {
  readonly users: UserStore;
  close(): Promise<void>;
}

const NOW = 1_700_000_000_000;
const ada: SeenUser = {
  ...{ id: 'ada', issuer: 'https://id.test', subject: 'a|1', name: 'Ada', roles: ['user'], seenAt: NOW },
};

/** Runs the suite over what `open` gives. */
export function usersContract(name: string, open: () => Promise<UsersFixture>): void {
  describe(name, () => {
    let fixture: UsersFixture;
    beforeAll(async () => {
      fixture = await open();
    });
    afterAll(() => fixture.close());
    const record = async (...users: readonly SeenUser[]) => valueOf(await fixture.users.record(users));
    const find = async (id: string) => valueOf(await fixture.users.find(id));

    it('[AUTH-42] keeps what was seen, and since when', async () => {
      expect(await find('ada')).toBeNull();
      await record(ada);
      expect(await find('ada')).toEqual({ ...ada, seenAt: undefined, firstSeenAt: NOW, lastSeenAt: NOW });
      const later: SeenUser = {
        ...ada,
        ...{ name: 'Countess', avatar: 'https://pictures.test/1', clientId: 'page' },
        ...{ roles: ['user', 'admin'], seenAt: NOW + 5 },
      };
      await record(later);
      expect(await find('ada')).toEqual({
        ...later,
        seenAt: undefined,
        firstSeenAt: NOW,
        lastSeenAt: NOW + 5,
      });
    });

    it('[AUTH-42] takes away what is no longer said', async () => {
      const bob = { ...ada, id: 'bob', avatar: 'https://pictures.test/2', clientId: 'page' };
      await record(bob);
      await record({ ...ada, id: 'bob', seenAt: NOW + 1 });
      expect(await find('bob')).not.toHaveProperty('avatar');
      expect(await find('bob')).not.toHaveProperty('clientId');
    });

    it('[AUTH-42] lets what was seen later stay, whichever comes first', async () => {
      await record({ ...ada, id: 'carol', name: 'new', seenAt: NOW + 10 });
      await record({ ...ada, id: 'carol', name: 'old', seenAt: NOW });
      expect(await find('carol')).toMatchObject({ name: 'new', lastSeenAt: NOW + 10 });
    });

    it('[AUTH-42] takes many at once, some of them known, from two writers', async () => {
      const many = Array.from({ length: 2_000 }, (_, index) => ({
        ...ada,
        id: `many-${index}`,
        name: '"ä\\',
      }));
      await record(...many.slice(0, 10));
      const later = many.map((user) => ({ ...user, seenAt: NOW + 1 }));
      await Promise.all([record(...later), record(...later.toReversed())]);
      expect(await find('many-9')).toMatchObject({ name: '"ä\\', firstSeenAt: NOW, lastSeenAt: NOW + 1 });
      expect(await find('many-1999')).toMatchObject({ firstSeenAt: NOW + 1 });
      await record();
    });
  });
}
