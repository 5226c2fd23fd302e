/** Carrying out what a channel wants of its record, and telling whether the record is still the one that it knows. */
import type { RecordOrder } from '../channel/deletion.ts';
import type { ChannelState } from '../channel/state.ts';
import type { Result } from '../protocol/result.ts';
import type { LoadedChannel } from './ports/channel-log.ts';
import type { ChannelRecords, NewChannel } from './ports/channel-records.ts';

/** Makes, deletes or restores the channel of `state` at `at`, ms since the epoch. */
export async function carryOutOrder(
  records: ChannelRecords,
  state: ChannelState,
  order: RecordOrder,
  at: number,
): Promise<Result<boolean>> {
  const { id } = state;
  const by = { id: order.from.id, name: order.from.name };
  switch (order.do) {
    case 'create':
      return records.create({ id, ...order.channel }, by, at);
    case 'delete':
      return records.delete({ id, purge: order.purge, by, at, before: recordOf(state) });
    case 'restore':
      return records.restore({ id, by, at, before: recordOf(state) });
  }
}

/** Whether what was loaded is another channel than that of `state`, or one that is deleted where that wasn't, and so on. */
export function isOther(state: ChannelState, { channel, page }: LoadedChannel): boolean {
  if ((channel?.deleted === true) !== state.deleted) return true;
  return page.epoch !== state.epoch || page.head < state.head || (state.exists && channel === null);
}

function recordOf({ name, topic, description, private: isPrivate }: ChannelState): Omit<NewChannel, 'id'> {
  return {
    name,
    ...(topic === undefined ? {} : { topic }),
    ...(description === undefined ? {} : { description }),
    private: isPrivate,
  };
}
