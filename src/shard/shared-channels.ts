/** Whether two users are in one channel now: channels of both may be on any shard, so all shards are asked. */
import { failure, type Failure } from '../protocol/errors.ts';
import type { DeadlineTimers } from '../threads/deadline-queue.ts';

/** Others have so long to answer, ms. */
const PATIENCE_MS = 2_000;

/** What shards tell each other about it. */
export type SharedChannelsMessage =
  | {
      readonly kind: 'shared-channels?';
      /** The shard that asks. */
      readonly from: number;
      readonly question: number;
      readonly users: readonly [string, string];
    }
  | { readonly kind: 'shared-channels'; readonly question: number; readonly isSharing: boolean };

/** What it needs of its shard. */
export interface SharedChannelsHost {
  readonly index: number;
  readonly shards: number;
  readonly timers: DeadlineTimers;
  /** Whether a channel of this shard has both. */
  isSharingHere(a: string, b: string): boolean;
  /** False when there is no way to that shard. */
  send(shard: number, message: SharedChannelsMessage): boolean;
}

interface Question {
  readonly settle: (outcome: boolean | Failure) => void;
  /** Shards that haven't answered. */
  missing: number;
}

const UNKNOWN = failure(
  'unavailable',
  'it can not be told now whether you share a channel; try again',
  1_000,
);

export class SharedChannels {
  readonly #host: SharedChannelsHost;
  readonly #questions = new Map<number, Question>();
  #asked = 0;

  constructor(host: SharedChannelsHost) {
    this.#host = host;
  }

  /** `unavailable` when no shard says yes and one doesn't answer. */
  async ask(a: string, b: string): Promise<boolean | Failure> {
    const { index, shards, timers } = this.#host;
    if (this.#host.isSharingHere(a, b)) return true;
    if (shards === 1) return false;
    const question = (this.#asked += 1);
    return new Promise((resolve) => {
      const cancel = timers.after(PATIENCE_MS, () => {
        this.#settle(question, UNKNOWN);
      });
      const settle = (outcome: boolean | Failure): void => {
        cancel();
        resolve(outcome);
      };
      this.#questions.set(question, { settle, missing: shards - 1 });
      for (let shard = 0; shard < shards; shard += 1) {
        if (shard === index) continue;
        this.#host.send(shard, { kind: 'shared-channels?', from: index, question, users: [a, b] });
      }
    });
  }

  received(message: SharedChannelsMessage): void {
    if (message.kind === 'shared-channels?') {
      const { question, users } = message;
      const isSharing = this.#host.isSharingHere(...users);
      this.#host.send(message.from, { kind: 'shared-channels', question, isSharing });
      return;
    }
    const question = this.#questions.get(message.question);
    if (question === undefined) return;
    question.missing -= 1;
    if (message.isSharing) this.#settle(message.question, true);
    else if (question.missing === 0) this.#settle(message.question, false);
  }

  #settle(question: number, outcome: boolean | Failure): void {
    this.#questions.get(question)?.settle(outcome);
    this.#questions.delete(question);
  }
}
