/**
 * Someone in a channel of Hubbub who may write in it by a closed loop, counts what is shown, and can read the channel's
 * log back.
 */
import { ChatConnection, endingText } from './chat-connection.ts';
import { type Ack, type HistoryPage, type PageEvent, parseFrame, type Refusal } from './channel-events.ts';
import { ClosedLoop } from './closed-loop.ts';
import type { Ending } from './frame-socket.ts';
import { markedText } from './marker.ts';
import { Refusals } from './refusals.ts';

const PAGE = 200;

/** Who it is. */
export interface MemberPlan {
  readonly port: number;
  readonly channelId: string;
  /** Null: a guest. */
  readonly token: string | null;
  readonly textBytes: number;
  readonly nextNumber: () => number;
  /** A message of this member was acknowledged: its clientMessageId, its `seq`, and its latency in µs. */
  readonly acknowledged: (clientMessageId: string, seq: number, micros: number) => void;
}

interface Waiting {
  readonly done: () => void;
  readonly fail: (error: Error) => void;
}

/** See the head of the file. */
export class ChannelMember {
  readonly #plan: MemberPlan;
  readonly #connection: ChatConnection;
  readonly #refusals = new Refusals();
  #loop: ClosedLoop | null = null;
  #waiting: Waiting | null = null;
  #page: ((events: readonly PageEvent[], hasMore: boolean) => void) | null = null;
  #askPage: (() => void) | null = null;
  #seqOfAck = 0;
  #shown = 0;
  #brokenBy: Error | null = null;

  private constructor(plan: MemberPlan) {
    this.#plan = plan;
    const { port, token, channelId } = plan;
    this.#connection = new ChatConnection(
      { port, token, channelId, recover: null },
      {
        joined: () => this.#waiting?.done(),
        frame: (type, bytes, start, end) => this.#frame(type, bytes, start, end),
        ended: (ending) => this.#ended(ending),
      },
    );
  }

  /** Comes in; rejects when that is refused. */
  static async join(plan: MemberPlan): Promise<ChannelMember> {
    const member = new ChannelMember(plan);
    await new Promise<void>((done, fail) => {
      member.#waiting = { done, fail };
    });
    member.#waiting = null;
    return member;
  }

  /** Messages that were shown to this member, live. */
  get shown(): number {
    return this.#shown;
  }

  /** Sends that were refused for the moment, and sent again. */
  get retries(): number {
    return this.#refusals.count;
  }

  /** Whether every message was answered that it sent, and it sends no more. */
  get isQuiet(): boolean {
    return this.#loop?.isDone ?? true;
  }

  /** Throws when the connection broke, or a send was refused for good. */
  assertWell(): void {
    if (this.#brokenBy !== null) throw this.#brokenBy;
  }

  /** Writes up to `messages`, `outstanding` of them without an answer at any moment. */
  write(outstanding: number, messages = Infinity): void {
    this.#loop = new ClosedLoop({
      outstanding,
      nextNumber: this.#plan.nextNumber,
      send: (number) => this.#send(number),
      answered: (number, micros) => this.#plan.acknowledged(clientMessageId(number), this.#seqOfAck, micros),
    });
    this.#loop.start(performance.now(), messages);
  }

  /** Writes nothing more. */
  stop(): void {
    this.#loop?.stop();
  }

  /** The events behind `afterSeq`, at most 200, and whether there are more. */
  async history(afterSeq: number): Promise<{ events: readonly PageEvent[]; hasMore: boolean }> {
    this.assertWell();
    return new Promise((resolve, reject) => {
      this.#waiting = { done: () => undefined, fail: reject };
      this.#page = (events, hasMore) => resolve({ events, hasMore });
      this.#askPage = () => {
        const { channelId } = this.#plan;
        const data = { afterSeq, limit: PAGE };
        this.#connection.send(JSON.stringify({ type: 'history:get', ref: 'page', channelId, data }));
      };
      this.#askPage();
    });
  }

  /** Breaks off. */
  cut(): void {
    this.#refusals.cancel();
    this.#connection.cut();
  }

  #send(number: number): void {
    const { channelId, textBytes } = this.#plan;
    this.#connection.send(
      `{"type":"message:send","ref":"${number}","channelId":"${channelId}","data":{"content":` +
        `"${markedText(number, textBytes)}","clientMessageId":"${clientMessageId(number)}"}}`,
    );
  }

  #frame(type: string, bytes: Buffer, start: number, end: number): void {
    if (type === 'message:created') this.#shown += 1;
    else if (type === 'ack') {
      const { ref, data } = parseFrame<Ack>(bytes, start, end);
      this.#seqOfAck = data.seq;
      this.#loop?.acknowledged(Number(ref), performance.now());
    } else if (type === 'history') {
      const { data } = parseFrame<HistoryPage>(bytes, start, end);
      this.#page?.(data.events, data.hasMore);
    } else if (type === 'error') this.#refused(parseFrame<Refusal>(bytes, start, end));
  }

  #refused(refusal: Refusal): void {
    const { ref } = refusal;
    const again =
      ref === 'join'
        ? () => this.#connection.join()
        : ref === 'page'
          ? () => this.#askPage?.()
          : () => this.#loop?.again(Number(ref));
    const hopeless = this.#refusals.take(refusal, again);
    if (hopeless !== null) this.#break(hopeless);
  }

  #ended(ending: Ending): void {
    this.#break(new Error(`a member of ${this.#plan.channelId} was ${endingText(ending)}`));
  }

  #break(error: Error): void {
    this.#brokenBy ??= error;
    this.#waiting?.fail(error);
  }
}

function clientMessageId(number: number): string {
  return `bench-${number}`;
}
