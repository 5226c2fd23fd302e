import Type from 'typebox';
import { defineInboxCommand } from '../command.ts';
import { withPerson } from '../people.ts';
import { Person } from '../../protocol/person.ts';

/** Takes the whispers of a user again. */
export const userUnblock = defineInboxCommand({
  type: 'user:unblock',
  rate: 'query',
  data: Type.Object({ user: Person }),
  handle(state, { waiter, data }, ctx) {
    return withPerson(state, data.user, { kind: 'unblock', waiter }, ctx);
  },
});
