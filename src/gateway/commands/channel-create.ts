import Type from 'typebox';
import { slugOf } from '../../protocol/channel-slug.ts';
import { failure } from '../../protocol/errors.ts';
import { isChannelId } from '../../protocol/limits.ts';
import { fail, ok } from '../../protocol/result.ts';
import { defineGatewayCommand } from '../command.ts';

/** A channel that is to be made: its `id`, or one of its name, says which shard does, and that looks at all the rest. */
export const channelCreate = defineGatewayCommand({
  type: 'channel:create',
  rate: 'query',
  anonymous: false,
  withoutChannel: true,
  data: Type.Object({
    id: Type.Optional(Type.Unknown()),
    name: Type.Optional(Type.Unknown()),
    topic: Type.Optional(Type.Unknown()),
    description: Type.Optional(Type.Unknown()),
    private: Type.Optional(Type.Unknown()),
  }),
  handle(connection, { id, ...make }, ctx, ref) {
    const named = id === undefined && typeof make.name === 'string' ? slugOf(make.name) : id;
    if (typeof named !== 'string' || !isChannelId(named)) {
      return fail(failure('bad_request', 'give an id, or a name that one can be made of'));
    }
    const request = { type: 'channel:create', channelId: named, data: make };
    ctx.passOn(connection, ref === undefined ? request : { ...request, ref });
    return ok(null);
  },
});
