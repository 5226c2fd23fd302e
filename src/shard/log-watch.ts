/**
 * Looks where the logs stand that somebody here listens to, in case another server wrote in them and its word is lost, or
 * there is no way for words. Only while another process serves the same database; one statement for a thousand logs, one
 * statement at a time. What is found is read as any other jump is.
 */
import type { LogKey } from '../log/entry.ts';
import { IMPORT_RUN, type KnownLog } from './ports/log-heads.ts';
import type { OtherServers } from './ports/other-servers.ts';
import type { ShardPorts } from './ports/shard-ports.ts';

/** Between two looks at channels, ms: what bans somebody there has to reach them within a second. */
export const LOOK_MS = 750;
/** Every so many looks inboxes are looked at too. */
const LOOKS_PER_INBOXES = 4;
/** Between two looks while words come through, ms: only one that was lost is missing. */
const CALM_MS = 10_000;
/** How often is asked whether there is another server, ms: as often as each tells that it lives. */
const OTHERS_MS = 5_000;
/** Logs of one statement. */
const AT_ONCE = 1_000;

/** What it needs of its shard. */
export interface LogWatchHost {
  readonly ports: Pick<ShardPorts, 'heads' | 'timers' | 'logger'>;
  readonly others: Pick<OtherServers, 'isHeard' | 'breaks'> | undefined;
  /** Logs of channels, and of inboxes, that somebody here listens to. */
  channels(): readonly KnownLog[];
  inboxes(): readonly KnownLog[];
  /** The log stands there; null: it is another one. */
  found(log: LogKey, head: number | null): void;
}

export class LogWatch {
  readonly #host: LogWatchHost;
  #cancel: (() => void) | null = null;
  #closed = false;
  #hasOthers = false;
  /** One of them says no words. */
  #hasImporter = false;
  #askedAt = -Infinity;
  #lookedAt = -Infinity;
  #looks = 0;
  #breaks = -1;
  #wasHeard = false;

  /** Begins at once; does nothing where the database can't be asked. */
  constructor(host: LogWatchHost) {
    this.#host = host;
    if (host.ports.heads !== undefined) this.#lookLater();
  }

  /** Whether another process serves the database, as far as this thread knows. */
  get hasOthers(): boolean {
    return this.#hasOthers;
  }

  /** Whether something is imported. */
  get hasImporter(): boolean {
    return this.#hasImporter;
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #lookLater(): void {
    this.#cancel = this.#host.ports.timers.after(LOOK_MS, () => {
      void this.#look()
        .catch((error: unknown) => {
          this.#host.ports.logger.error({ err: error }, 'a look at logs failed');
        })
        .finally(() => {
          if (!this.#closed) this.#lookLater();
        });
    });
  }

  async #look(): Promise<void> {
    const { ports, others } = this.#host;
    const { heads, timers } = ports;
    if (heads === undefined) return;
    const now = timers.mono();
    if (now - this.#askedAt >= OTHERS_MS) {
      this.#askedAt = now;
      const found = await heads.others();
      if (found.ok) {
        this.#hasOthers = found.value.length > 0;
        this.#hasImporter = found.value.includes(IMPORT_RUN);
      }
    }
    if (!this.#hasOthers) return;
    const isHeard = others?.isHeard === true && !this.#hasImporter;
    const breaks = others?.breaks ?? 0;
    // Whoever comes to be heard may have said something just before.
    const isCalm = isHeard && this.#wasHeard && breaks === this.#breaks;
    if (isCalm && now - this.#lookedAt < CALM_MS) return;
    const isWhole = isHeard || this.#looks % LOOKS_PER_INBOXES === 0;
    this.#looks += 1;
    const logs = isWhole ? [...this.#host.channels(), ...this.#host.inboxes()] : this.#host.channels();
    if (!(await this.#lookAt(logs))) return;
    this.#lookedAt = now;
    this.#wasHeard = isHeard;
    this.#breaks = breaks;
  }

  /** False when the database doesn't answer. */
  async #lookAt(logs: readonly KnownLog[]): Promise<boolean> {
    const { heads } = this.#host.ports;
    for (let at = 0; at < logs.length && !this.#closed; at += AT_ONCE) {
      const moved = await heads?.moved(logs.slice(at, at + AT_ONCE));
      if (moved?.ok !== true) return false;
      for (const [log, head] of moved.value) this.#host.found(log, head);
    }
    return true;
  }
}
