import Type from 'typebox';
import { slugOf } from '../../protocol/channel-slug.ts';
import { failure } from '../../protocol/errors.ts';
import { CHANNEL_ID_PATTERN } from '../../protocol/limits.ts';
import { fail, ok } from '../../protocol/result.ts';
import { defineGatewayCommand } from '../command.ts';

/** A channel that is to be made: its `id`, or one of its name, says which shard does. */
export const channelCreate = defineGatewayCommand({
  type: 'channel:create',
  rate: 'query',
  anonymous: false,
  withoutChannel: true,
  data: Type.Object({
    id: Type.Optional(Type.String({ pattern: CHANNEL_ID_PATTERN })),
    name: Type.Optional(Type.String()),
    topic: Type.Optional(Type.String()),
    description: Type.Optional(Type.String()),
    private: Type.Optional(Type.Boolean()),
  }),
  handle(connection, { id, ...make }, ctx, ref) {
    const channelId = id ?? (make.name === undefined ? null : slugOf(make.name));
    if (channelId === null) {
      return fail(failure('bad_request', 'give an id, or a name that one can be made of'));
    }
    const request = { type: 'channel:create', channelId, data: make };
    ctx.passOn(connection, ref === undefined ? request : { ...request, ref });
    return ok(null);
  },
});
