/**
 * Someone of Hubbub who whispers to one other person, may write into a channel of the two instead, and can read the own
 * inbox back.
 */
import { type Ack, type PageEvent, parseFrame, type Refusal } from './channel-events.ts';
import { endingText } from './chat-connection.ts';
import { ClosedLoop } from './closed-loop.ts';
import { DIALECTS } from './dialect.ts';
import { type Ending, FrameSocket, type FrameSocketEvents } from './frame-socket.ts';
import { frameType } from './frame-type.ts';
import { markedText, MarkerScanner } from './marker.ts';
import { Refusals } from './refusals.ts';

const PAGE = 200;
const ASKED = 'asked';
/** What stands before the number in the `ref` of a whisper. */
const WHISPER = 'w';

/** What is written: to the other one's inbox, or to the channel of the two. */
export type Writing = 'whisper' | 'message';

/** Who is told, and how texts are made. */
export interface WhispererPlan {
  readonly port: number;
  readonly textBytes: number;
  readonly nextNumber: () => number;
  /** A whisper was acknowledged, with its place in the own inbox. */
  readonly acknowledged: (number: number, seq: number) => void;
  /** One of a closed loop was, `micros` µs after it was due. */
  readonly answered: (micros: number) => void;
  /** A whisper or message was shown, one's own messages among them. */
  readonly shown: (number: number) => void;
}

interface Waiting {
  readonly done: (frame: Answer) => void;
  readonly fail: (error: Error) => void;
}

interface Answer {
  readonly data: object;
}

/** `inbox:resumed`, as far as it is looked at. */
interface ResumedInbox {
  readonly epoch: string;
  readonly hasMore: boolean;
  readonly events: readonly PageEvent[];
}

/** See the head of the file. */
export class Whisperer implements FrameSocketEvents {
  readonly #plan: WhispererPlan;
  readonly #socket: FrameSocket;
  readonly #refusals = new Refusals();
  readonly #markers: MarkerScanner;
  #id = '';
  #partner = '';
  #channelId = '';
  #epoch = '';
  #loop: ClosedLoop | null = null;
  #waiting: Waiting | null = null;
  #question = '';
  #whispersShown = 0;
  #brokenBy: Error | null = null;

  private constructor(plan: WhispererPlan) {
    this.#plan = plan;
    this.#markers = new MarkerScanner(plan.shown);
    this.#socket = new FrameSocket({ port: plan.port, path: '/ws' }, this);
  }

  /** Comes in as a guest; rejects when that is refused. */
  static async come(plan: WhispererPlan): Promise<Whisperer> {
    const one = new Whisperer(plan);
    const { data } = await one.#answer();
    one.#id = (data as { readonly user: { readonly id: string } }).user.id;
    return one;
  }

  get id(): string {
    return this.#id;
  }

  /** Whispers of the other one that were shown, live. */
  get whispersShown(): number {
    return this.#whispersShown;
  }

  /** Sends that were refused for the moment, and sent again. */
  get retries(): number {
    return this.#refusals.count;
  }

  /** Whether every whisper of the closed loop was answered, and no more are sent. */
  get isQuiet(): boolean {
    return this.#loop?.isDone ?? true;
  }

  /** Throws when the connection broke, or something was refused for good. */
  assertWell(): void {
    if (this.#brokenBy !== null) throw this.#brokenBy;
  }

  /** Writes to `partner` from now on, or into `channelId`, which it joins. */
  async meet(partner: string, channelId: string): Promise<void> {
    this.#partner = partner;
    this.#channelId = channelId;
    await this.#ask({ type: 'channel:join', channelId });
  }

  /** Writes with so many without an answer at any moment, until told to {@link stop}. */
  keepWriting(writing: Writing, outstanding: number): void {
    this.#loop = new ClosedLoop({
      outstanding,
      nextNumber: this.#plan.nextNumber,
      send: (number) => this.write(writing, number),
      answered: (_, micros) => this.#plan.answered(micros),
    });
    this.#loop.start(performance.now());
  }

  stop(): void {
    this.#loop?.stop();
  }

  /** Writes one, which carries `number`. */
  write(writing: Writing, number: number): void {
    const text = markedText(number, this.#plan.textBytes);
    this.#socket.send(
      writing === 'message'
        ? DIALECTS.hubbub.message(this.#channelId, number, text)
        : `{"type":"whisper:send","ref":"${WHISPER}${number}","data":{"to":{"id":"${this.#partner}"},` +
            `"content":"${text}","clientMessageId":"${clientMessageId(number)}"}}`,
    );
  }

  /** The events of the own inbox behind `afterSeq`, at most 200, and whether there are more. */
  async inbox(afterSeq: number): Promise<Omit<ResumedInbox, 'epoch'>> {
    if (this.#epoch === '') this.#epoch = (await this.#resume({})).epoch;
    return this.#resume({ recover: { epoch: this.#epoch, seq: afterSeq } });
  }

  /** Breaks off. */
  cut(): void {
    this.#refusals.cancel();
    this.#socket.cut();
  }

  opened(): void {
    this.#socket.send(JSON.stringify({ type: 'hello', ref: ASKED, data: {} }));
  }

  text(bytes: Buffer, start: number, end: number): void {
    const type = frameType(bytes, start, end);
    if (type === 'whisper:created' || type === 'message:created') {
      if (type === 'whisper:created') this.#whispersShown += 1;
      this.#markers.feed(bytes.subarray(start, end), end - start);
    } else if (type === 'ack') {
      const { ref, data } = parseFrame<Ack>(bytes, start, end);
      const isWhisper = ref.startsWith(WHISPER);
      const number = Number(isWhisper ? ref.slice(WHISPER.length) : ref);
      if (isWhisper) this.#plan.acknowledged(number, data.seq);
      this.#loop?.acknowledged(number, performance.now());
    } else if (type === 'error') {
      this.#refused(parseFrame<Refusal>(bytes, start, end));
    } else if (type === 'welcome' || type === 'channel:joined' || type === 'inbox:resumed') {
      this.#waiting?.done(JSON.parse(bytes.toString('utf8', start, end)) as Answer);
    }
  }

  ended(ending: Ending): void {
    this.#break(new Error(`a whisperer was ${endingText(ending)}`));
  }

  async #resume(data: object): Promise<ResumedInbox> {
    return (await this.#ask({ type: 'inbox:resume', data: { ...data, limit: PAGE } })).data as ResumedInbox;
  }

  #ask(request: object): Promise<Answer> {
    this.assertWell();
    this.#question = JSON.stringify({ ...request, ref: ASKED });
    this.#socket.send(this.#question);
    return this.#answer();
  }

  #answer(): Promise<Answer> {
    return new Promise((done, fail) => {
      this.#waiting = { done, fail };
    });
  }

  #refused(refusal: Refusal): void {
    const { ref = '' } = refusal;
    const again = (): void => {
      if (ref === ASKED) this.#socket.send(this.#question);
      else if (ref.startsWith(WHISPER)) this.write('whisper', Number(ref.slice(WHISPER.length)));
      else this.write('message', Number(ref));
    };
    const hopeless = this.#refusals.take(refusal, again);
    if (hopeless !== null) this.#break(hopeless);
  }

  #break(error: Error): void {
    this.#brokenBy ??= error;
    this.#waiting?.fail(error);
  }
}

/** The clientMessageId of whisper `number`. */
export function clientMessageId(number: number): string {
  return `bench-${number}`;
}
