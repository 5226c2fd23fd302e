import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { User } from '../../src/protocol/entities.ts';
import type { BatchPort } from '../../src/threads/batch-port.ts';
import { BatchReader } from '../../src/threads/batch-reader.ts';
import { BatchWriter } from '../../src/threads/batch-writer.ts';
import { Outbox } from '../../src/threads/outbox.ts';
import { shardOf } from '../../src/threads/shard-of.ts';
import { readFromShard, toGatewayWriter } from '../../src/threads/to-gateway.ts';
import { readToShard, toShardWriter } from '../../src/threads/to-shard.ts';
import { readFrames } from '../sim/frame-reader.ts';

const wellFormed = fc.string({ unit: 'binary' });
const u32 = fc.integer({ min: 0, max: 0xff_ff_ff_ff });
const seq = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const channelId = fc.string({ minLength: 1 });
const hex = (digits: number) => fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`));
const trace = fc.record({ traceId: hex(32), spanId: hex(16) });
/** Any method call by its name, as a list. */
type Call = readonly unknown[];

/** An object whose every method notes its call. */
function recording<Target extends object>(calls: Call[]): Target {
  return new Proxy({} as Target, {
    get:
      (_target, name) =>
      (...args: readonly unknown[]) =>
        calls.push([name, ...args.map((arg) => (Buffer.isBuffer(arg) ? Buffer.from(arg) : arg))]),
  });
}

/** Frames as their text, also those of a list. */
function unframed(arg: unknown): unknown {
  if (Buffer.isBuffer(arg)) return readFrames(arg)[0];
  if (!Array.isArray(arg)) return arg;
  const list = arg as readonly (number | { readonly frame: Buffer; readonly to: readonly number[] })[];
  return list.map((one) => (typeof one === 'number' ? one : { ...one, frame: readFrames(one.frame)[0] }));
}

/** Calls the methods that `calls` name. */
function perform(target: object, calls: readonly Call[]): void {
  for (const [name, ...args] of calls) {
    const method = Reflect.get(target, name as string) as (...given: unknown[]) => void;
    method.apply(target, args);
  }
}

describe('batches', () => {
  it('[SHARD-9] primitives come back in sequence, over every growth of the buffer', () => {
    const value = fc.oneof(
      fc.record({ kind: fc.constant('u8' as const), value: fc.integer({ min: 0, max: 255 }) }),
      fc.record({ kind: fc.constant('u32' as const), value: u32 }),
      fc.record({ kind: fc.constant('f64' as const), value: fc.double() }),
      fc.record({ kind: fc.constant('text' as const), value: wellFormed }),
      fc.record({ kind: fc.constant('bytes' as const), value: fc.uint8Array({ maxLength: 40_000 }) }),
    );
    const writer = new BatchWriter();
    fc.assert(
      fc.property(fc.array(value), (values) => {
        for (const each of values) perform(writer, [[each.kind, each.value]]);
        const length = writer.length;
        const batch = writer.take();
        expect([batch.byteLength, writer.length]).toEqual([length, 0]);
        const reader = new BatchReader(batch);
        for (const each of values) {
          const read = reader[each.kind]();
          expect(each.kind === 'bytes' ? new Uint8Array(read as Buffer) : read).toEqual(each.value);
        }
        expect(reader.more).toBe(false);
      }),
    );
  });

  it('[SHARD-9] a batch is a buffer of its own, whatever is written next', () => {
    const writer = new BatchWriter();
    writer.text('first');
    const batch = writer.take();
    writer.text('other');
    expect(new BatchReader(batch).text()).toBe('first');
    structuredClone(batch, { transfer: [batch] });
    expect(new BatchReader(writer.take()).text()).toBe('other');
  });

  it('[SHARD-9] [TRACE-3] what a gateway tells a shard arrives as it was told', () => {
    const user: fc.Arbitrary<User> = fc.record({
      id: wellFormed,
      name: wellFormed,
      guest: fc.boolean(),
      roles: fc.subarray(['guest', 'user', 'admin'] as const),
    });
    const call = fc.oneof(
      fc.tuple(fc.constant('attach'), u32, user),
      fc.tuple(fc.constant('detach'), u32),
      fc.tuple(
        fc.constant('request'),
        u32,
        u32,
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
      ),
      fc.tuple(
        fc.constant('request'),
        u32,
        u32,
        fc.uint8Array().map((bytes) => Buffer.from(bytes)),
        trace,
      ),
      fc.tuple(fc.constant('consumed'), seq),
      fc.tuple(fc.constant('listener'), u32, channelId, seq),
      fc.tuple(fc.constant('asked'), u32, channelId),
      fc.tuple(fc.constantFrom('handover', 'lastCall')),
    );
    fc.assert(
      fc.property(fc.array(call), (calls) => {
        const writer = new BatchWriter();
        perform(toShardWriter(writer), calls);
        const heard: Call[] = [];
        const reader = new BatchReader(writer.take());
        while (reader.more) readToShard(reader, recording(heard));
        expect(heard).toEqual(calls);
      }),
    );
  });

  it('[SHARD-9] [SHADOW-13] [TRACE-3] what a shard tells a gateway arrives as it was told, frames with their header', () => {
    const apart = fc.record({ frame: wellFormed, to: fc.array(u32) });
    const call = fc.oneof(
      fc.tuple(fc.constant('topic'), u32, channelId, seq),
      fc.tuple(fc.constantFrom('subscribe', 'unsubscribe'), u32, u32),
      fc.tuple(fc.constant('publish'), u32, seq, wellFormed),
      fc.tuple(fc.constant('publishApart'), u32, seq, wellFormed, fc.array(apart)),
      fc.tuple(fc.constant('broadcast'), u32, wellFormed, fc.array(u32), u32),
      fc.tuple(fc.constantFrom('send', 'sendBehind'), u32, wellFormed),
      fc.tuple(fc.constantFrom('recorded', 'delivered'), u32, trace),
      fc.tuple(fc.constant('answered'), u32, hex(16), wellFormed),
      fc.tuple(fc.constant('consumed'), u32, seq),
      fc.tuple(fc.constant('dropTopic'), u32),
      fc.tuple(fc.constantFrom('restored', 'drained')),
    );
    fc.assert(
      fc.property(fc.array(call), (calls) => {
        const writer = new BatchWriter();
        perform(toGatewayWriter(writer), calls);
        const heard: Call[] = [];
        const reader = new BatchReader(writer.take());
        while (reader.more) readFromShard(reader, recording(heard));
        expect(heard.map((each) => each.map(unframed))).toEqual(calls);
      }),
    );
  });

  it('[SHARD-9] a record that nobody writes is an error, not a guess', () => {
    const batch = () => new BatchReader(new Uint8Array([99]).buffer);
    expect(() => {
      readToShard(batch(), recording([]));
    }).toThrow('unknown record 99');
    expect(() => {
      readFromShard(batch(), recording([]));
    }).toThrow('unknown record 99');
  });
});

describe('an outbox', () => {
  const made = () => {
    const posted: number[] = [];
    const tasks: (() => void)[] = [];
    const port: BatchPort = {
      post: (batch) => posted.push(batch.byteLength),
      receive: () => undefined,
      close: () => undefined,
    };
    const outbox = new Outbox(port, (task) => tasks.push(task));
    return {
      outbox,
      posted,
      endOfTick: () =>
        tasks.splice(0).forEach((task) => {
          task();
        }),
    };
  };

  it('[SHARD-9] posts all that a tick wrote as one batch', () => {
    const { outbox, posted, endOfTick } = made();
    outbox.batch.u32(1);
    outbox.touched();
    outbox.batch.u32(2);
    outbox.touched();
    expect(posted).toEqual([]);
    endOfTick();
    expect(posted).toEqual([8]);
    endOfTick();
    expect(posted).toEqual([8]);
  });

  it('[SHARD-11] counts what the other side has not worked off', () => {
    const { outbox, endOfTick } = made();
    outbox.batch.u32(1);
    expect(outbox.backlog).toBe(4);
    outbox.touched();
    endOfTick();
    expect(outbox.backlog).toBe(4);
    outbox.consumed(4);
    expect(outbox.backlog).toBe(0);
  });

  it('[SHARD-9] posts nothing once it is closed', () => {
    const { outbox, posted, endOfTick } = made();
    outbox.batch.u32(1);
    outbox.touched();
    outbox.close();
    endOfTick();
    expect(posted).toEqual([]);
  });
});

describe('shards of keys', () => {
  it('[SHARD-1] every key has one shard, and they spread', () => {
    const counts = [0, 0, 0, 0, 0, 0, 0];
    for (let index = 0; index < 7_000; index += 1) {
      const shard = shardOf(`channel:room-${index}`, counts.length);
      expect(shardOf(`channel:room-${index}`, counts.length)).toBe(shard);
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
    expect(shardOf('channel:x', 1)).toBe(0);
  });
});
