import Type from 'typebox';
import { CHANNEL_ID_PATTERN, DEFAULT_PAGE_LIMIT, MAX_PAGE_LIMIT } from '../../protocol/limits.ts';
import { ok } from '../../protocol/result.ts';
import { defineGatewayCommand } from '../command.ts';

/** Public channels, and private ones that one is a member of, in the order of their ids. */
export const channelList = defineGatewayCommand({
  type: 'channel:list',
  rate: 'query',
  anonymous: false,
  data: Type.Object({
    prefix: Type.Optional(Type.String({ pattern: CHANNEL_ID_PATTERN })),
    after: Type.Optional(Type.String({ pattern: CHANNEL_ID_PATTERN })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_PAGE_LIMIT })),
  }),
  async handle(connection, { prefix, after, limit = DEFAULT_PAGE_LIMIT }, { sessions }) {
    const user = connection.identity?.user;
    const within = user?.channels;
    const page = await sessions.directory.list({
      limit,
      ...(prefix === undefined ? {} : { prefix }),
      ...(after === undefined ? {} : { after }),
      ...(within !== undefined ? { within } : user === undefined ? {} : { member: user.id }),
    });
    return page.ok ? ok({ type: 'channels', data: page.value }) : page;
  },
});
