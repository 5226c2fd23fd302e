/** Histories of a server that keeps every promise, whatever clients and networks do to it. */
import fc from 'fast-check';
import type { HistoryRecord, LoggedMessage } from '../verify/history-record.ts';
import { HistoryRecorder } from '../verify/history-recorder.ts';

const CHANNELS = ['c0', 'c1'];
const SENDERS = ['s0', 's1', 's2'];
const LISTENERS = ['l0', 'l1'];
/** Joins when there may be messages already, and is owed what comes behind the first that it is shown. */
const LATE = 'late';
const PAGE = 3;

const pick = (items: readonly string[]) => fc.constantFrom(...items);
const action = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('send'), who: pick(SENDERS), where: pick(CHANNELS) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('land'), which: fc.nat() }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('answer'), which: fc.nat(), duplicate: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose'), which: fc.nat() }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('show'), who: pick([...LISTENERS, LATE]), where: pick(CHANNELS) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constantFrom('cut', 'back', 'leave'), who: pick([...LISTENERS, LATE]) }),
  },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** Records of such a run. */
export const honestHistory: fc.Arbitrary<readonly HistoryRecord[]> = fc
  .array(action, { minLength: 20, maxLength: 150 })
  .map((actions) => new HonestRun().run(actions as readonly Action[]));

interface Sent {
  readonly operation: number;
  readonly channelId: string;
  readonly authorId: string;
  readonly clientMessageId: string;
  readonly content: string;
  landed: LoggedMessage | null;
  state: 'open' | 'lost' | 'ended';
}

class HonestRun {
  #now = 0;
  readonly #recorder = new HistoryRecorder(() => (this.#now += 1));
  readonly #logs = new Map<string, LoggedMessage[]>(CHANNELS.map((id) => [id, []]));
  readonly #sent: Sent[] = [];
  readonly #places = new Map<string, number | null>();
  readonly #away = new Set<string>();
  readonly #gone = new Set<string>();

  run(actions: readonly Action[]): readonly HistoryRecord[] {
    this.#recorder.add({ type: 'run', seed: 1 });
    for (const observer of [...LISTENERS, LATE]) {
      for (const channelId of CHANNELS) {
        const after = observer === LATE ? null : 0;
        this.#places.set(`${observer} ${channelId}`, after);
        this.#recorder.add({ type: 'joins', observer, channelId, after });
      }
    }
    for (const one of actions) this.#act(one);
    this.#catchUp();
    for (const [channelId, log] of this.#logs) {
      for (let from = 0; from === 0 || from < log.length; from += PAGE) {
        this.#recorder.add({ type: 'page', channelId, events: log.slice(from, from + PAGE) });
      }
    }
    return this.#recorder.records;
  }

  #act(one: Action): void {
    if ('where' in one) {
      if (one.do === 'send') this.#send(one.who, one.where);
      else this.#show(one.who, one.where);
    } else if ('which' in one) {
      if (one.do === 'land') this.#land(one.which);
      else if (one.do === 'answer') this.#answer(one.which, 'duplicate' in one && one.duplicate);
      else this.#lose(one.which);
    } else if (one.do === 'cut' && !this.#away.has(one.who) && !this.#gone.has(one.who)) {
      this.#away.add(one.who);
      this.#recorder.add({ type: 'cut', observer: one.who });
    } else if (one.do === 'back' && this.#away.delete(one.who)) {
      this.#recorder.add({ type: 'back', observer: one.who });
    } else if (one.do === 'leave' && one.who === LATE && !this.#gone.has(LATE)) {
      this.#away.delete(LATE);
      this.#gone.add(LATE);
      this.#recorder.add({ type: 'left', observer: LATE });
    }
  }

  #send(sender: string, channelId: string): void {
    const operation = this.#recorder.nextOperation();
    const message = {
      operation,
      channelId,
      authorId: `user of ${sender}`,
      clientMessageId: `${sender}-${operation}`,
      content: `text ${operation}`,
    };
    this.#sent.push({ ...message, landed: null, state: 'open' });
    this.#recorder.add({ type: 'invoked', sender, ...message });
  }

  /** A client has one message of a channel on its way at a time, so that they land in order. */
  #land(which: number): void {
    const able = this.#sent.filter((sent, index) => {
      const before = this.#sent.slice(0, index);
      const waits = before.some(
        (other) =>
          other.state === 'open' && other.authorId === sent.authorId && other.channelId === sent.channelId,
      );
      return sent.landed === null && sent.state !== 'ended' && !waits;
    });
    const sent = able[which % able.length];
    if (sent === undefined) return;
    const log = this.#logs.get(sent.channelId)!;
    const { authorId, clientMessageId, content } = sent;
    const seq = log.length + 1;
    sent.landed = {
      seq,
      id: `m-${sent.channelId}-${seq}`,
      authorId,
      clientMessageId,
      content,
      timestamp: 1_000 + seq,
    };
    log.push(sent.landed);
  }

  #answer(which: number, duplicate: boolean): void {
    const able = this.#sent.filter(({ state }) => state === 'open');
    const sent = able[which % able.length];
    if (sent === undefined) return;
    sent.state = 'ended';
    const { operation, landed } = sent;
    if (landed === null) this.#recorder.add({ type: 'failed', operation, reason: 'too_large' });
    else this.#recorder.add({ type: 'ok', operation, id: landed.id!, seq: landed.seq, duplicate });
  }

  /** What is lost on its way may land all the same, later. */
  #lose(which: number): void {
    const able = this.#sent.filter(({ state }) => state === 'open');
    const sent = able[which % able.length];
    if (sent === undefined) return;
    sent.state = 'lost';
    this.#recorder.add({ type: 'unknown', operation: sent.operation, reason: 'unavailable' });
  }

  #show(observer: string, channelId: string): void {
    if (this.#away.has(observer) || this.#gone.has(observer)) return;
    const key = `${observer} ${channelId}`;
    const log = this.#logs.get(channelId)!;
    const place = this.#places.get(key) ?? Math.max(0, log.length - 1);
    const message = log[place];
    if (message === undefined) return;
    this.#places.set(key, message.seq);
    this.#recorder.add({ type: 'shown', observer, channelId, ...message });
  }

  #catchUp(): void {
    for (const observer of [...LISTENERS, LATE]) {
      if (this.#away.delete(observer)) this.#recorder.add({ type: 'back', observer });
      for (const [channelId, log] of this.#logs) log.forEach(() => this.#show(observer, channelId));
    }
  }
}
