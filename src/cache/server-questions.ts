/**
 * What a server asks all others of its database, over anything that takes a text to all of them: each answers, and who hasn't
 * within a second is missing. Nobody keeps a question: who isn't there doesn't hear it.
 */
import type { WordsTransport } from './server-words.ts';

/** A server that hasn't answered by then is missing, ms. */
const PATIENCE_MS = 1_000;
/** Questions that wait for answers. */
const MOST_OPEN = 1_000;
const MOST_CHARACTERS = 1024 * 1024;

/** What came back. */
export interface ServerAnswers {
  /** By the server's name. */
  readonly answers: ReadonlyMap<string, unknown>;
  /** Servers that didn't answer. */
  readonly missing: readonly string[];
}

/** What {@link ServerQuestions} needs. */
export interface ServerQuestionsOptions {
  readonly transport: WordsTransport;
  /** This server's name. */
  readonly self: string;
  readonly timers: { after(delayMs: number, callback: () => void): () => void };
  readonly newId: () => string;
  /** Answers what another server asks; undefined: that isn't a question. Never rejects. */
  readonly answer: (question: unknown) => Promise<unknown>;
}

interface Open {
  readonly waiting: Set<string>;
  readonly answers: Map<string, unknown>;
  readonly done: () => void;
}

export class ServerQuestions {
  readonly #options: ServerQuestionsOptions;
  readonly #open = new Map<string, Open>();
  #closed = false;

  constructor(options: ServerQuestionsOptions) {
    this.#options = options;
    options.transport.listen((text) => {
      this.#heard(text);
    });
  }

  /** Asks `servers`, by their names. */
  async ask(question: unknown, servers: readonly string[]): Promise<ServerAnswers> {
    const { transport, self, timers, newId } = this.#options;
    const answers = new Map<string, unknown>();
    const waiting = new Set(servers);
    if (waiting.size > 0 && transport.isHeard && this.#open.size < MOST_OPEN && !this.#closed) {
      const id = newId();
      await new Promise<void>((resolve) => {
        const cancel = timers.after(PATIENCE_MS, resolve);
        const done = (): void => {
          cancel();
          resolve();
        };
        this.#open.set(id, { waiting, answers, done });
        void transport.publish(JSON.stringify({ from: self, ask: id, question }));
      });
      this.#open.delete(id);
    }
    return { answers, missing: [...waiting] };
  }

  /** Answers nothing any more; who waits is told what came so far. */
  close(): void {
    this.#closed = true;
    for (const { done } of this.#open.values()) done();
  }

  #heard(text: string): void {
    if (this.#closed || text.length > MOST_CHARACTERS) return;
    const heard = parsed(text);
    const from = heard?.['from'];
    if (heard === null || typeof from !== 'string' || from === this.#options.self) return;
    const { ask, answers, question, answer } = heard;
    if (typeof ask === 'string') void this.#answer(ask, question);
    else if (typeof answers === 'string') this.#answered(answers, from, answer);
  }

  async #answer(id: string, question: unknown): Promise<void> {
    const { transport, self, answer } = this.#options;
    const told = await answer(question);
    if (told === undefined || this.#closed) return;
    await transport.publish(JSON.stringify({ from: self, answers: id, answer: told }));
  }

  #answered(id: string, from: string, answer: unknown): void {
    const open = this.#open.get(id);
    // One that nobody knew of is here all the same.
    if (open === undefined || open.answers.has(from)) return;
    open.answers.set(from, answer);
    open.waiting.delete(from);
    if (open.waiting.size === 0) open.done();
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}
