/**
 * What servers of one database say to each other ({@link OtherServers}), over anything that takes a text to all of them. What is
 * said within some milliseconds goes out as one: of a log the newest head, of who types the newest word. While that takes
 * long it gathers; past a bound it is dropped, since all of it is found in the database as well, or ends by itself.
 */
import type { LogKey } from '../log/entry.ts';
import type { OtherServers, ServerWord, ServerWordsListener } from '../shard/ports/other-servers.ts';
import { readServerWords } from './read-server-words.ts';

/** Between two texts, ms. */
const GATHER_MS = 5;
/** Logs, and words, in one text. */
const LOGS_AT_ONCE = 1_000;
const WORDS_AT_ONCE = 200;
/** Texts that are on their way. */
const MOST_UNDER_WAY = 4;
/** Logs, and words, that wait. */
const MOST_WAITING = 20_000;

/** Takes texts to all servers, and back to this one. */
export interface WordsTransport {
  /** Whether what others say comes through now. */
  readonly isHeard: boolean;
  /** How often it didn't. */
  readonly breaks: number;
  /** Resolves when it was taken, or couldn't be; never rejects. */
  publish(text: string): Promise<unknown>;
  listen(heard: (text: string) => void): void;
}

/** What {@link ServerWords} needs. */
export interface ServerWordsOptions {
  readonly transport: WordsTransport;
  /** As who this thread speaks: what it said itself it doesn't hear. */
  readonly self: string;
  readonly timers: {
    mono(): number;
    after(delayMs: number, callback: () => void): () => void;
  };
}

/** See the head of the file. */
export class ServerWords implements OtherServers {
  readonly #options: ServerWordsOptions;
  readonly #moved = new Map<LogKey, number>();
  readonly #changed = new Set<LogKey>();
  /** By what a newer one takes the place of. */
  readonly #words = new Map<string, ServerWord>();
  #told = 0;
  #underWay = 0;
  #saidAt = -Infinity;
  #cancel: (() => void) | null = null;
  #closed = false;

  constructor(options: ServerWordsOptions) {
    this.#options = options;
  }

  get isHeard(): boolean {
    return this.#options.transport.isHeard;
  }

  get breaks(): number {
    return this.#options.transport.breaks;
  }

  moved(log: LogKey, head: number): void {
    // A batch that was tried again may be told behind a later one.
    if ((this.#moved.get(log) ?? 0) >= head) return;
    this.#moved.set(log, head);
    this.#sayLater();
  }

  changed(log: LogKey): void {
    this.#changed.add(log);
    this.#sayLater();
  }

  say(word: ServerWord): void {
    const key = this.#keyOf(word);
    // It moves to the end: what was said in between is older.
    this.#words.delete(key);
    this.#words.set(key, word);
    this.#sayLater();
  }

  listen(listener: ServerWordsListener): void {
    this.#options.transport.listen((text) => {
      if (this.#closed) return;
      const heard = readServerWords(text);
      if (heard === null || heard.from === this.#options.self) return;
      if (heard.moved.length > 0) listener.moved(heard.moved);
      if (heard.changed.length > 0) listener.changed(heard.changed);
      if (heard.words.length > 0) listener.said(heard.words);
    });
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #keyOf(word: ServerWord): string {
    switch (word.kind) {
      case 'typing':
        return `typing\n${word.channelId}\n${word.user.id}`;
      case 'receipt':
        return `receipt\n${word.to}\n${word.receipt.by.id}\n${word.receipt.type}`;
      case 'forget':
        return 'forget';
      case 'told':
      case 'moderators':
        this.#told += 1;
        return `told\n${this.#told}`;
    }
  }

  #sayLater(): void {
    if (this.#cancel !== null || this.#closed) return;
    if (this.#underWay >= MOST_UNDER_WAY) {
      this.#bound();
      return;
    }
    const { timers } = this.#options;
    const delay = Math.max(0, this.#saidAt + GATHER_MS - timers.mono());
    this.#cancel = timers.after(delay, () => {
      this.#cancel = null;
      this.#say();
    });
  }

  #say(): void {
    const { transport, timers, self } = this.#options;
    this.#saidAt = timers.mono();
    const moved = taken(this.#moved, LOGS_AT_ONCE);
    const changed = [...this.#changed].slice(0, LOGS_AT_ONCE);
    for (const log of changed) this.#changed.delete(log);
    const words = taken(this.#words, WORDS_AT_ONCE).map(([, word]) => word);
    this.#underWay += 1;
    void transport.publish(JSON.stringify({ from: self, moved, changed, words })).then(() => {
      this.#underWay -= 1;
      this.#sayRest();
    });
    this.#sayRest();
  }

  #sayRest(): void {
    if (this.#moved.size + this.#changed.size + this.#words.size > 0) this.#sayLater();
  }

  #bound(): void {
    for (const waiting of [this.#moved, this.#changed, this.#words]) {
      if (waiting.size > MOST_WAITING) waiting.clear();
    }
  }
}

/** The first `most` of them, which go. */
function taken<K, V>(waiting: Map<K, V>, most: number): (readonly [K, V])[] {
  const first: (readonly [K, V])[] = [];
  for (const entry of waiting) {
    if (first.length >= most) break;
    first.push(entry);
    waiting.delete(entry[0]);
  }
  return first;
}
