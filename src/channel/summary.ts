/** A channel as lists tell of it. */
import type { ChannelSummary } from '../protocol/entities.ts';
import type { ChannelState } from './state.ts';

/** Where it stands in lists isn't known here. */
export function summaryOf(state: ChannelState): ChannelSummary {
  const { id, name, topic, description } = state;
  return {
    ...{ id, name },
    ...(topic === undefined ? {} : { topic }),
    ...(description === undefined ? {} : { description }),
    private: state.private,
  };
}
