import Type from 'typebox';
import { defineInboxCommand } from '../command.ts';

/** Whom the user blocks. */
export const userBlocks = defineInboxCommand({
  type: 'user:blocks',
  rate: 'query',
  data: Type.Object({}),
  handle(_state, { waiter }) {
    return [{ kind: 'query', query: { kind: 'blocks' }, waiter }];
  },
});
