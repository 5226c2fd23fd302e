/** `kill -9` under load, again and again, with clients that come back by themselves; then everything is checked. */
import { startHubbubServer, type HubbubServer } from '../../bench/hubbub-server.ts';
import { ChatClient } from '../../src/client/chat-client.ts';
import { checkRecords, type Finding } from './check-records.ts';
import { loggedMessage, RecordedClient } from './recorded-client.ts';
import type { LoggedMessage } from './records.ts';

/** How long anything that has to happen may take, ms. */
const PATIENCE_MS = 60_000;
const PAGE = 200;
/** A kill comes after so many acknowledgements since everyone was back, at least, and at most as many more. */
const ACKS_BEFORE_KILL = 150;

/** How hard to try. */
export interface KillCheckOptions {
  /** Kills. */
  readonly rounds: number;
  readonly senders: number;
  readonly listeners: number;
  readonly channels: number;
  /** Numbers from 0 to below 1. */
  readonly random: () => number;
  /** Told of each step. */
  readonly onStep: (text: string) => void;
}

/** What came of it. */
export interface KillVerdict {
  readonly findings: readonly Finding[];
  readonly kills: number;
  readonly invoked: number;
  readonly acknowledged: number;
  /** Acknowledged on a second try of something that had landed before. */
  readonly duplicates: number;
  /** Invoked by clients that broke off before the answer. */
  readonly unknown: number;
  readonly logged: number;
  /** Messages shown, over all clients. */
  readonly shown: number;
}

/** Runs the check on a server of its own. Rejects when the server or a client doesn't come back in time. */
export async function runKillCheck(options: KillCheckOptions): Promise<KillVerdict> {
  const server = await startHubbubServer();
  const run = new KillRun(options, server);
  try {
    return await run.run();
  } finally {
    await run.close();
    await server.remove();
  }
}

class KillRun {
  readonly #options: KillCheckOptions;
  readonly #server: HubbubServer;
  readonly #channels: readonly string[];
  readonly #everyone: RecordedClient[] = [];
  readonly #present = new Set<RecordedClient>();
  #acknowledged = 0;
  #duplicates = 0;
  #changed: () => void = () => undefined;

  constructor(options: KillCheckOptions, server: HubbubServer) {
    this.#options = options;
    this.#server = server;
    this.#channels = Array.from({ length: options.channels }, (_, index) => `kill-${index}`);
  }

  async run(): Promise<KillVerdict> {
    const { rounds, senders, listeners, random, onStep } = this.#options;
    for (let index = 0; index < listeners; index += 1) await this.#enter(`listener-${index}`, true);
    const writers: RecordedClient[] = [];
    for (let index = 0; index < senders; index += 1) writers.push(await this.#enter(`sender-${index}`, true));
    for (const writer of writers) writer.chat();
    for (let round = 1; round <= rounds; round += 1) {
      // One that breaks off in the middle leaves operations whose outcome nobody knows.
      const mortal = await this.#enter(`mortal-${round}`, false);
      mortal.chat();
      const due = this.#acknowledged + Math.floor(ACKS_BEFORE_KILL * (1 + random()));
      await this.#until(() => this.#acknowledged >= due, 'acknowledgements come');
      this.#present.delete(mortal);
      const before = this.#acknowledged;
      await Promise.all([mortal.end(), this.#server.kill()]);
      await this.#server.start();
      await this.#until(() => [...this.#present].every(({ online }) => online), 'everyone is back');
      onStep(`kill ${round} of ${rounds}: after ${before} acknowledgements; everyone is back`);
    }
    return this.#verdict();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#present].map((client) => client.end()));
  }

  async #verdict(): Promise<KillVerdict> {
    await withPatience(
      Promise.all([...this.#present].map((client) => client.fallSilent())),
      'all is answered',
    );
    const logs = await this.#readLogs();
    await this.#until(
      () =>
        [...logs].every(([channelId, log]) =>
          [...this.#present].every((client) => client.lastShown(channelId) >= log.length),
        ),
      // Not everyone has to be shown everything for a verdict: the checker says who wasn't.
      null,
    );
    const sends = this.#everyone.flatMap((client) => client.sends);
    const views = this.#everyone.flatMap((client) => client.views());
    return {
      findings: checkRecords({ sends, views, logs }),
      kills: this.#options.rounds,
      invoked: sends.length,
      acknowledged: this.#acknowledged,
      duplicates: this.#duplicates,
      unknown: sends.filter(({ acknowledged }) => acknowledged === null).length,
      logged: [...logs.values()].reduce((sum, log) => sum + log.length, 0),
      shown: views.reduce((sum, view) => sum + view.shown.length, 0),
    };
  }

  async #enter(name: string, fromStart: boolean): Promise<RecordedClient> {
    const { random } = this.#options;
    const client = new RecordedClient(
      { name, url: this.#server.url, fromStart, random },
      {
        onAcknowledged: (duplicate) => {
          this.#acknowledged += 1;
          if (duplicate) this.#duplicates += 1;
          this.#changed();
        },
        onState: () => this.#changed(),
      },
    );
    this.#everyone.push(client);
    this.#present.add(client);
    await withPatience(client.enter(this.#channels), `${name} joins`);
    return client;
  }

  async #readLogs(): Promise<Map<string, LoggedMessage[]>> {
    const reader = new ChatClient({ url: this.#server.url, name: 'reader' });
    try {
      await withPatience(reader.connect(), 'the reader connects');
      const logs = new Map<string, LoggedMessage[]>();
      for (const channelId of this.#channels) {
        await reader.join(channelId);
        logs.set(channelId, await readLog(reader, channelId));
      }
      return logs;
    } finally {
      reader.close();
    }
  }

  /** Waits for `condition`; past the patience rejects with `what`, or goes on when that is null. */
  async #until(condition: () => boolean, what: string | null): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!condition()) {
      const left = deadline - Date.now();
      if (left <= 0) {
        if (what === null) return;
        throw new Error(`waited ${PATIENCE_MS / 1_000} s in vain until ${what}`);
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(left, 100));
        this.#changed = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}

async function readLog(reader: ChatClient, channelId: string): Promise<LoggedMessage[]> {
  const log: LoggedMessage[] = [];
  for (;;) {
    const { events, hasMore } = await reader.history(channelId, {
      afterSeq: log.at(-1)?.seq ?? 0,
      limit: PAGE,
    });
    log.push(...events.map(loggedMessage));
    if (!hasMore || events.length === 0) return log;
  }
}

async function withPatience<T>(promise: Promise<T>, what: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Error(`waited ${PATIENCE_MS / 1_000} s in vain until ${what}`)),
      PATIENCE_MS,
    );
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
