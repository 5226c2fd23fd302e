/** How long a channel keeps its messages, as REST has it: staff is told, and who may sets it. */
import Type from 'typebox';
import type { ChannelDirectory } from '../protocol/channel-directory.ts';
import { MAX_RETENTION_DAYS, MAX_RETENTION_MESSAGES } from '../protocol/channel-settings.ts';
import type { ChannelSummary, Principal } from '../protocol/entities.ts';
import { isStaff } from '../protocol/permissions.ts';
import type { ChannelRetention } from '../protocol/retention.ts';
import { ok, type Result } from '../protocol/result.ts';

const orServers = (maximum: number, what: string) =>
  Type.Optional(
    Type.Union([Type.Integer({ minimum: 0, maximum }), Type.Null()], {
      description: `${what}; 0: for ever, null: what the server says`,
    }),
  );

/** Fields of a channel. */
export const Retention = {
  retention_days: orServers(MAX_RETENTION_DAYS, 'Days after which messages are removed'),
  retention_messages: orServers(MAX_RETENTION_MESSAGES, 'How many of the newest messages are kept'),
};

/** These fields. */
export interface ShownRetention {
  readonly retention_days: number | null;
  readonly retention_messages: number | null;
}

/** What a body says of it. */
export function retentionIn({
  retention_days: retentionDays,
  retention_messages: retentionMessages,
}: Partial<ShownRetention>): Partial<ChannelRetention> {
  return {
    ...(retentionDays === undefined ? {} : { retentionDays }),
    ...(retentionMessages === undefined ? {} : { retentionMessages }),
  };
}

/** A body without that. */
export function withoutRetention<Body extends Partial<ShownRetention>>(
  body: Body,
): Omit<Body, keyof ShownRetention> {
  const rest = { ...body };
  Reflect.deleteProperty(rest, 'retention_days');
  Reflect.deleteProperty(rest, 'retention_messages');
  return rest;
}

/** What `user` is told of these channels, by their ids: nothing where they aren't staff. */
export async function retentionFor(
  directory: Pick<ChannelDirectory, 'retentionOf'>,
  user: Principal,
  channels: readonly ChannelSummary[],
): Promise<Result<ReadonlyMap<string, ShownRetention>>> {
  if (!isStaff(user)) return ok(new Map());
  const found = await directory.retentionOf(channels.map(({ id }) => id));
  if (!found.ok) return found;
  const shown = [...found.value].map(([id, { retentionDays, retentionMessages }]) => {
    return [id, { retention_days: retentionDays, retention_messages: retentionMessages }] as const;
  });
  return ok(new Map(shown));
}
