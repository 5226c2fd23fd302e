/** Carries out what other programs publish into this shard's channels: one channel's events in their order, each answered. */
import { published } from '../channel/published.ts';
import type { Failure } from '../protocol/errors.ts';
import type { PublishedEvent, PublishedOutcome } from '../protocol/published-event.ts';
import type { ChannelActor } from './channel-actor.ts';
import type { OutsideRequests } from './outside-requests.ts';
import type { ChannelLog } from './ports/channel-log.ts';

/** What it needs of its shard. */
export interface PublishedEventsHost {
  readonly outside: Pick<OutsideRequests, 'perform'>;
  readonly log: Pick<ChannelLog, 'find'>;
  /** The channel's actor, made where there is none. */
  touch(channelId: string): ChannelActor;
  find(channelId: string): ChannelActor | undefined;
}

/** Outcomes that are codes of errors; others are `refused`. */
const CODES: ReadonlySet<string> = new Set<PublishedOutcome>([
  ...(['not_found', 'conflict', 'unavailable', 'overloaded'] as const),
]);

export class PublishedEvents {
  readonly #host: PublishedEventsHost;

  constructor(host: PublishedEventsHost) {
    this.#host = host;
  }

  /** Outcomes in the order of `events`. New messages go to the log together; a change waits for what was before it. */
  async carryOut(channelId: string, events: readonly PublishedEvent[]): Promise<PublishedOutcome[]> {
    const outcomes: Promise<PublishedOutcome>[] = [];
    for (const event of events) {
      if (event.kind === 'updated' || event.kind === 'deleted') await Promise.all(outcomes);
      outcomes.push(this.#carryOut(channelId, event));
      if (event.kind === 'updated' || event.kind === 'deleted') await Promise.all(outcomes);
    }
    return Promise.all(outcomes);
  }

  async #carryOut(channelId: string, event: PublishedEvent): Promise<PublishedOutcome> {
    const isTold = event.kind === 'typing' || event.kind === 'presence';
    // Where there is no actor nobody listens.
    if (isTold && this.#host.find(channelId) === undefined) return 'told';
    const actor = this.#host.touch(channelId);
    const answer = await this.#host.outside.perform(actor, (state, waiter, context) =>
      published(state, event, waiter, context),
    );
    if (!answer.ok) return outcomeOf(answer.failure);
    if (isTold) return 'told';
    if (answer.value['duplicate'] !== true) return 'appended';
    return event.kind === 'created' ? this.#known(actor, event.id) : 'duplicate';
  }

  /** An id stands once over all logs: it may be that of a message of another channel. */
  async #known(actor: ChannelActor, id: string): Promise<PublishedOutcome> {
    const found = await this.#host.log.find(actor.key, id);
    if (!found.ok) return 'unavailable';
    return found.value === null ? 'conflict' : 'duplicate';
  }
}

function outcomeOf({ code }: Failure): PublishedOutcome {
  return CODES.has(code) ? (code as PublishedOutcome) : 'refused';
}
