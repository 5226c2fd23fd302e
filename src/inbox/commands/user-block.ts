import Type from 'typebox';
import { defineInboxCommand } from '../command.ts';
import { withPerson } from '../people.ts';
import { Person } from '../../protocol/person.ts';

/** Refuses the whispers of a user from now on, without their knowing. */
export const userBlock = defineInboxCommand({
  type: 'user:block',
  rate: 'query',
  data: Type.Object({ user: Person }),
  handle(state, { waiter, data }, ctx) {
    return withPerson(state, data.user, { kind: 'block', waiter }, ctx);
  },
});
