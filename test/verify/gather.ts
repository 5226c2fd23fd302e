/** Puts a history's records together: operations with their outcomes, what each client was shown, the logs. */
import type { HistoryRecord, LoggedMessage } from './history-record.ts';
import { inboxKey } from './inbox-key.ts';

type RecordOf<Type extends HistoryRecord['type']> = Extract<HistoryRecord, { readonly type: Type }>;

/** A message that somebody was told to send. */
export interface Operation extends Omit<RecordOf<'invoked'>, 'type'> {
  readonly outcome: RecordOf<'ok'> | RecordOf<'failed'> | null;
  /** The highest `seq` that the log was known to have when it was invoked: it must come behind. */
  readonly floor: number;
  /** The same of the recipient's inbox, for a whisper. */
  readonly recipientFloor: number;
  /** Whether an earlier operation had its key: then it may have landed before it was invoked. */
  readonly repeated: boolean;
}

/** A message as a client was shown it. `resumed`: it is the first one after the client lost its connection. */
export interface ShownMessage extends LoggedMessage {
  readonly resumed: boolean;
}

/** What one client was shown of one log, in that order. */
export interface View {
  readonly observer: string;
  readonly channelId: string;
  readonly after: number | null;
  readonly shown: readonly ShownMessage[];
  readonly gaps: readonly RecordOf<'gap'>[];
  /** Whether it is owed everything up to the end. */
  readonly toEnd: boolean;
}

/** A history, put together. */
export interface Gathered {
  readonly operations: readonly Operation[];
  readonly views: readonly View[];
  /** Each channel and inbox that was read back, by id or key. */
  readonly logs: ReadonlyMap<string, readonly LoggedMessage[]>;
  /** Of those of which some was removed: up to where it may have been. */
  readonly floors: ReadonlyMap<string, number>;
  /** Connections that were lost and came back. */
  readonly resumes: number;
  /** Records that can't be, in words. */
  readonly contradictions: readonly string[];
}

type Open<T> = { -readonly [K in keyof T]: T[K] };
interface OpenView extends Open<View> {
  readonly shown: ShownMessage[];
  readonly gaps: RecordOf<'gap'>[];
  resumes: boolean;
}

/** Puts `records` together, in one pass. */
export function gather(records: Iterable<HistoryRecord>): Gathered {
  const gatherer = new Gatherer();
  for (const record of records) gatherer.take(record);
  return gatherer.gathered();
}

/** What makes a message the same over retries, within its log. */
export function messageKey({ authorId, clientMessageId, to }: Keyed): string {
  return JSON.stringify([authorId, clientMessageId, to]);
}

/** What has a {@link messageKey}. */
type Keyed = Pick<LoggedMessage, 'authorId' | 'clientMessageId' | 'to'>;

class Gatherer {
  readonly #operations = new Map<number, Open<Operation>>();
  readonly #settled = new Set<number>();
  readonly #keys = new Set<string>();
  readonly #views: OpenView[] = [];
  /** The newest view of each client and log. */
  readonly #viewOf = new Map<string, OpenView>();
  readonly #logs = new Map<string, LoggedMessage[]>();
  readonly #floors = new Map<string, number>();
  readonly #heads = new Map<string, number>();
  readonly #contradictions: string[] = [];
  #resumes = 0;

  take(record: HistoryRecord): void {
    switch (record.type) {
      case 'run':
        return;
      case 'invoked':
        this.#invoked(record);
        return;
      case 'ok':
      case 'failed':
      case 'unknown':
        this.#settle(record);
        return;
      case 'joins':
        this.#joins(record);
        return;
      case 'shown':
        this.#shown(record);
        return;
      case 'gap':
        this.#view(record)?.gaps.push(record);
        return;
      case 'cut':
        for (const view of this.#viewsOf(record.observer)) view.resumes = true;
        return;
      case 'back':
        this.#resumes += 1;
        return;
      case 'left':
        for (const view of this.#viewsOf(record.observer)) view.toEnd = false;
        return;
      case 'page': {
        const log = this.#logs.get(record.channelId) ?? [];
        log.push(...record.events);
        this.#logs.set(record.channelId, log);
        if (record.floor !== undefined) {
          const known = this.#floors.get(record.channelId) ?? 1;
          this.#floors.set(record.channelId, Math.max(known, record.floor));
        }
        return;
      }
    }
  }

  gathered(): Gathered {
    return {
      operations: [...this.#operations.values()],
      views: this.#views,
      logs: this.#logs,
      floors: this.#floors,
      resumes: this.#resumes,
      contradictions: this.#contradictions,
    };
  }

  #invoked(record: RecordOf<'invoked'>): void {
    const { type, ...invoked } = record;
    const key = JSON.stringify([record.channelId, messageKey(record)]);
    if (this.#operations.has(record.operation)) {
      this.#contradictions.push(`operation ${record.operation} was ${type} twice`);
    }
    const floor = this.#heads.get(record.channelId) ?? 0;
    const recipientFloor = record.to === undefined ? 0 : (this.#heads.get(inboxKey(record.to)) ?? 0);
    const repeated = this.#keys.has(key);
    this.#keys.add(key);
    this.#operations.set(record.operation, {
      ...invoked,
      outcome: null,
      ...{ floor, recipientFloor, repeated },
    });
  }

  #settle(record: RecordOf<'ok'> | RecordOf<'failed'> | RecordOf<'unknown'>): void {
    const operation = this.#operations.get(record.operation);
    if (operation === undefined || this.#settled.has(record.operation)) {
      const why = operation === undefined ? 'was never invoked' : 'had an outcome before';
      this.#contradictions.push(`operation ${record.operation}, ${record.type}, ${why}`);
      return;
    }
    this.#settled.add(record.operation);
    if (record.type === 'unknown') return;
    operation.outcome = record;
    if (record.type === 'ok') this.#reached(operation.channelId, record.seq);
  }

  #joins(record: RecordOf<'joins'>): void {
    const { observer, channelId, after } = record;
    const before = this.#viewOf.get(viewKey(record));
    if (before !== undefined) before.toEnd = false;
    const view: OpenView = { observer, channelId, after, shown: [], gaps: [], toEnd: true, resumes: false };
    this.#views.push(view);
    this.#viewOf.set(viewKey(record), view);
  }

  #shown(record: RecordOf<'shown'>): void {
    const view = this.#view(record);
    if (view === undefined) return;
    const { seq, id, authorId, to, clientMessageId, content, timestamp } = record;
    const recipient = to === undefined ? {} : { to };
    const message = { seq, id, authorId, ...recipient, clientMessageId, content, timestamp };
    view.shown.push({ ...message, resumed: view.resumes });
    view.resumes = false;
    this.#reached(record.channelId, seq);
  }

  #reached(channelId: string, seq: number): void {
    this.#heads.set(channelId, Math.max(this.#heads.get(channelId) ?? 0, seq));
  }

  #view(record: RecordOf<'shown'> | RecordOf<'gap'>): OpenView | undefined {
    const view = this.#viewOf.get(viewKey(record));
    if (view === undefined) {
      this.#contradictions.push(`${record.observer} was told of ${record.channelId} and never joined it`);
    }
    return view;
  }

  #viewsOf(observer: string): OpenView[] {
    return this.#views.filter((view) => view.observer === observer);
  }
}

function viewKey({ observer, channelId }: { readonly observer: string; readonly channelId: string }): string {
  return JSON.stringify([observer, channelId]);
}
