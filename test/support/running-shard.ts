/** One shard without a thread, and gateways that only talk to it. */
import type { MemoryWords } from '../../src/cache/memory-words.ts';
import { ServerWords } from '../../src/cache/server-words.ts';
import type { ChannelCommand } from '../../src/channel/command.ts';
import { CHANNEL_COMMANDS } from '../../src/channel/registry.ts';
import { INBOX_COMMANDS } from '../../src/inbox/registry.ts';
import type { User } from '../../src/protocol/entities.ts';
import { SHARD_BOUNDS, type ShardBounds } from '../../src/shard/ports/shard-ports.ts';
import { compileCommands } from '../../src/shard/request.ts';
import { Shard } from '../../src/shard/shard.ts';
import { MemoryChannelRecords } from '../../src/storage/memory/memory-channel-records.ts';
import { MemoryReports } from '../../src/storage/memory/memory-reports.ts';
import { MemoryReadMarks } from '../../src/storage/memory/memory-read-marks.ts';
import { MemoryLogHeads } from '../../src/storage/memory/memory-log-heads.ts';
import { MemoryLog } from '../../src/storage/memory-log.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { MemoryHeld } from '../../src/storage/memory/memory-held.ts';
import { MemoryInboxes } from '../../src/storage/memory/memory-inboxes.ts';
import { BatchReader } from '../../src/threads/batch-reader.ts';
import { BatchWriter } from '../../src/threads/batch-writer.ts';
import { type FromShard, readFromShard } from '../../src/threads/to-gateway.ts';
import { type ToShard, toShardWriter } from '../../src/threads/to-shard.ts';
import { readFrames } from '../sim/frame-reader.ts';
import { SimClock } from '../sim/sim-clock.ts';
import { type SimPort, simPorts } from '../sim/sim-ports.ts';
import { OPEN_POLICY } from './open-policy.ts';

/** A gateway's end of a shard's port: it tells, and keeps what it is told. */
export class FakeGateway {
  /** Records in order, frames as objects. */
  readonly heard: (readonly unknown[])[] = [];
  bytes = 0;
  readonly #port: SimPort<ArrayBuffer>;

  constructor(port: SimPort<ArrayBuffer>) {
    this.#port = port;
    const target = new Proxy({} as FromShard, {
      get:
        (_target, name) =>
        (...args: readonly unknown[]) =>
          this.heard.push([
            name,
            ...args.map((arg) => (Buffer.isBuffer(arg) ? JSON.parse(readFrames(arg)[0]!) : arg)),
          ]),
    });
    port.receive((batch) => {
      this.bytes += batch.byteLength;
      const reader = new BatchReader(batch);
      while (reader.more) readFromShard(reader, target);
    });
  }

  tell(write: (shard: ToShard) => void): void {
    const writer = new BatchWriter();
    write(toShardWriter(writer));
    this.#port.post(writer.take());
  }

  attach(connection: number, user: User): void {
    this.tell((shard) => {
      shard.attach(connection, user);
    });
  }

  request(connection: number, type: string, channelId: string, data: object = {}, ref = type): void {
    this.tell((shard) => {
      const frame = Buffer.from(JSON.stringify({ type, ref, channelId, data }));
      shard.request(connection, Object.keys(data).length, frame);
    });
  }

  /** Answers by ref: code of an error, or the type. */
  get answers(): Record<string, string> {
    const frames = this.heard.filter(([kind]) => kind === 'send').map(([, , frame]) => frame as SentFrame);
    return Object.fromEntries(
      frames.map(({ type, ref = '', data }) => [ref, type === 'error' ? data.code : type]),
    );
  }

  /** seqs that were published, by topic number. */
  get published(): readonly unknown[] {
    return this.heard.filter(([kind]) => kind === 'publish').map(([, , seq]) => seq);
  }
}

interface SentFrame {
  readonly type: string;
  readonly ref?: string;
  readonly data: { readonly code: string };
}

interface Setting {
  readonly bounds?: Partial<ShardBounds>;
  readonly shards?: number;
  readonly index?: number;
  readonly readFault?: () => boolean;
  /** Of another server of the same database: its clock and its database. */
  readonly beside?: {
    readonly clock: SimClock;
    readonly store: MemoryLogStore;
    readonly inboxes?: MemoryInboxes;
  };
  /** How long a call of the database takes. */
  readonly pauseMs?: () => number;
  /** Stands in its ids. */
  readonly name?: string;
  /** The ways of all servers of the database, of which this is one. */
  readonly words?: MemoryWords;
  /** It looks where logs stand, since there is another server. */
  readonly watches?: boolean;
  /** Commands beside those of the registry. */
  readonly more?: readonly ChannelCommand[];
}

/** A shard, its clock and its database; `connect` gives it a gateway that has handed over. */
export function runningShard({
  bounds = {},
  shards = 1,
  index = 0,
  readFault = () => false,
  beside = { clock: new SimClock(), store: new MemoryLogStore('e') },
  pauseMs = () => 2,
  name = '',
  words,
  watches = false,
  more = [],
}: Setting = {}) {
  const { clock, store } = beside;
  const errors: string[] = [];
  const refusals: string[] = [];
  let ids = 0;
  let pages = 0;
  const log = new MemoryLog(store, {
    readFault,
    pause: () =>
      new Promise((resolve) => {
        clock.after(pauseMs(), resolve);
      }),
  });
  const { inboxes = new MemoryInboxes(store) } = beside as { readonly inboxes?: MemoryInboxes };
  const reads = new MemoryReadMarks(store);
  const held = new MemoryHeld(store);
  const channels = new MemoryChannelRecords(store);
  const heads = new MemoryLogHeads(store);
  heads.servers = ['another'];
  const way = words?.join();
  const others =
    way === undefined ? undefined : new ServerWords({ transport: way, self: name, timers: clock });
  const shard = new Shard({
    index,
    shards,
    commands: compileCommands([...CHANNEL_COMMANDS, ...more], INBOX_COMMANDS),
    bounds: { ...SHARD_BOUNDS, ...bounds },
    ports: {
      log,
      inboxes,
      reads,
      held,
      reports: new MemoryReports(store),
      channels,
      others,
      ...(watches ? { heads } : {}),
      timers: clock,
      endOfTick: (task) => {
        clock.after(0, task);
      },
      defer: (task) => {
        clock.after(0, task);
      },
      newId: () => `id-${name}${(ids += 1)}`,
      policy: OPEN_POLICY,
      isBanned: () => false,
      recorder: {
        committed: () => undefined,
        uncommitted: () => undefined,
        page: (from) => {
          if (from === 'log') pages += 1;
        },
        request: () => undefined,
        refused: (code) => refusals.push(code),
      },
      logger: {
        warn: () => undefined,
        info: () => undefined,
        error: (fields, message) => errors.push(`${message} ${String(Reflect.get(fields, 'err'))}`),
      },
    },
  });
  const connect = (gateway: number) => {
    const [here, there] = simPorts<ArrayBuffer>(clock, () => 1);
    shard.connectGateway(gateway, here);
    const fake = new FakeGateway(there);
    fake.tell((to) => {
      to.handover();
    });
    return fake;
  };
  return {
    clock,
    store,
    log,
    inboxes,
    reads,
    channels,
    heads,
    shard,
    errors,
    refusals,
    connect,
    way,
    pageReads: () => pages,
  };
}
