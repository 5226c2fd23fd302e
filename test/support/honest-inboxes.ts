/** Histories of whispers on a server that keeps every promise: pairs, notes to oneself, several devices of one user. */
import fc from 'fast-check';
import type { HistoryRecord, LoggedMessage } from '../verify/history-record.ts';
import { HistoryRecorder } from '../verify/history-recorder.ts';
import { inboxKey } from '../verify/inbox-key.ts';

const USERS = ['u0', 'u1'];
/** Device → user. `ends` leaves for good. */
const DEVICES = new Map([
  ['d0', 'u0'],
  ['d0-too', 'u0'],
  ['d1', 'u1'],
  ['ends', 'u1'],
]);
const ENDS = 'ends';
const PAGE = 3;
/** What else than an open one may be done so: what is lost on its way may land all the same. */
const ALSO: Readonly<Record<string, string>> = { land: 'lost', again: 'ended' };

const device = fc.constantFrom(...DEVICES.keys());
const action = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('whisper'), who: device, to: fc.constantFrom(...USERS) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('again'), which: fc.nat() }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('land'), which: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('answer'), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose'), which: fc.nat() }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('show'), who: device }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('cut', 'back', 'anew', 'leave'), who: device }) },
);
type Action = typeof action extends fc.Arbitrary<infer T> ? T : never;

/** Records of such a run. */
export const honestInboxes: fc.Arbitrary<readonly HistoryRecord[]> = fc
  .array(action, { minLength: 80, maxLength: 250 })
  .map((actions) => new HonestInboxes().run(actions as readonly Action[]));

interface Whisper {
  readonly authorId: string;
  readonly to: string;
  readonly clientMessageId: string;
  readonly content: string;
}

interface Sent {
  readonly operation: number;
  readonly sender: string;
  readonly whisper: Whisper;
  state: 'open' | 'lost' | 'ended';
}

class HonestInboxes {
  #now = 0;
  readonly #recorder = new HistoryRecorder(() => (this.#now += 1));
  readonly #logs = new Map<string, LoggedMessage[]>(USERS.map((user) => [user, []]));
  readonly #sent: Sent[] = [];
  readonly #places = new Map<string, number>();
  readonly #away = new Set<string>();
  readonly #gone = new Set<string>();

  run(actions: readonly Action[]): readonly HistoryRecord[] {
    this.#recorder.add({ type: 'run', seed: 1 });
    for (const observer of DEVICES.keys()) this.#begin(observer);
    for (const one of actions) this.#act(one);
    for (const observer of DEVICES.keys()) {
      this.#back(observer);
      for (let i = this.#log(observer).length; i > 0; i -= 1) this.#show(observer);
    }
    for (const [user, log] of this.#logs) {
      for (let from = 0; from === 0 || from < log.length; from += PAGE) {
        const events = log.slice(from, from + PAGE);
        this.#recorder.add({ type: 'page', channelId: inboxKey(user), events });
      }
    }
    return this.#recorder.records;
  }

  #act(one: Action): void {
    if ('to' in one) this.#whisper(one.who, one.to);
    else if ('which' in one) this.#goOn(one.do, one.which);
    else if (one.do === 'show') this.#show(one.who);
    else if (one.do === 'back') this.#back(one.who);
    else if (one.do === 'anew') this.#anew(one.who);
    else if (one.do === 'cut' && !this.#away.has(one.who) && !this.#gone.has(one.who)) {
      this.#away.add(one.who);
      this.#recorder.add({ type: 'cut', observer: one.who });
    } else if (one.do === 'leave' && one.who === ENDS && !this.#gone.has(ENDS)) {
      this.#away.delete(ENDS);
      this.#gone.add(ENDS);
      this.#recorder.add({ type: 'left', observer: ENDS });
    }
  }

  #goOn(what: string, which: number): void {
    const able = this.#sent.filter(({ state }) => state === 'open' || state === ALSO[what]);
    const sent = able[which % able.length];
    if (sent === undefined) return;
    if (what === 'again') this.#invoke(sent.sender, sent.whisper);
    else if (what === 'land') this.#land(sent);
    else if (what === 'answer') this.#answer(sent);
    else {
      sent.state = 'lost';
      this.#recorder.add({ type: 'unknown', operation: sent.operation, reason: 'unavailable' });
    }
  }

  #whisper(sender: string, to: string): void {
    const clientMessageId = `${sender}-${this.#sent.length}`;
    const content = `text ${this.#sent.length}`;
    this.#invoke(sender, { authorId: DEVICES.get(sender)!, to, clientMessageId, content });
  }

  #invoke(sender: string, whisper: Whisper): void {
    const operation = this.#recorder.nextOperation();
    this.#sent.push({ operation, sender, whisper, state: 'open' });
    const channelId = inboxKey(whisper.authorId);
    this.#recorder.add({ type: 'invoked', operation, sender, channelId, ...whisper });
  }

  #placed({ authorId, clientMessageId, to }: Whisper): LoggedMessage | undefined {
    return this.#logs
      .get(authorId)!
      .find((other) => other.clientMessageId === clientMessageId && other.to === to);
  }

  /** A device has one whisper to a person on its way at a time, so that they land in order. */
  #land(sent: Sent): void {
    const { sender, whisper } = sent;
    const waits = this.#sent
      .slice(0, this.#sent.indexOf(sent))
      .some((other) => other.state === 'open' && other.sender === sender && other.whisper.to === whisper.to);
    if (waits || this.#placed(whisper) !== undefined) return;
    const id = `w-${sent.operation}`;
    for (const owner of new Set([whisper.authorId, whisper.to])) {
      const log = this.#logs.get(owner)!;
      log.push({ seq: log.length + 1, id, timestamp: 1_000 + sent.operation, ...whisper });
    }
  }

  #answer(sent: Sent): void {
    const { operation, whisper } = sent;
    const placed = this.#placed(whisper);
    sent.state = 'ended';
    if (placed === undefined) this.#recorder.add({ type: 'failed', operation, reason: 'not_found' });
    else this.#recorder.add({ type: 'ok', operation, id: placed.id!, seq: placed.seq, duplicate: false });
  }

  #log(observer: string): readonly LoggedMessage[] {
    return this.#logs.get(DEVICES.get(observer)!)!;
  }

  #begin(observer: string): void {
    const after = this.#log(observer).length;
    this.#places.set(observer, after);
    const channelId = inboxKey(DEVICES.get(observer)!);
    this.#recorder.add({ type: 'joins', observer, channelId, after });
  }

  #show(observer: string): void {
    if (this.#away.has(observer) || this.#gone.has(observer)) return;
    const whisper = this.#log(observer)[this.#places.get(observer)!];
    if (whisper === undefined) return;
    this.#places.set(observer, whisper.seq);
    this.#recorder.add({ type: 'shown', observer, channelId: inboxKey(DEVICES.get(observer)!), ...whisper });
  }

  #back(observer: string): void {
    if (this.#away.delete(observer)) this.#recorder.add({ type: 'back', observer });
  }

  /** Another client in its place doesn't know what the one before was shown. */
  #anew(observer: string): void {
    if (this.#gone.has(observer)) return;
    this.#back(observer);
    this.#begin(observer);
  }
}
