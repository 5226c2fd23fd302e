/** What is told of connections that were ended, of all servers of the database. */
import Type from 'typebox';

export const ServersMissing = Type.Integer({
  minimum: 0,
  description: 'How many other servers of the database said nothing within a second',
});

export const Ended = Type.Object({
  ended: Type.Integer({ minimum: 0, description: 'How many it were' }),
  servers_missing: ServersMissing,
});
