/**
 * What a gateway tells a shard, as records of a batch. Connections are numbered by their gateway (u32). A replacement
 * shard gets the hand-over first: `attach` for every connection, `listener` for every topic of theirs, `handover`.
 */
import type { Principal } from '../protocol/entities.ts';
import type { TraceContext } from '../protocol/tracing.ts';
import type { BatchReader } from './batch-reader.ts';
import type { BatchWriter } from './batch-writer.ts';
import { readTrace, writeTrace } from './trace-record.ts';

const ATTACH = 1;
const DETACH = 2;
const REQUEST = 3;
const CONSUMED = 4;
const LISTENER = 5;
const ASKED = 6;
const HANDOVER = 7;
const LAST_CALL = 8;
const INBOX = 9;
const INBOX_LISTENER = 10;
const RECORDED_REQUEST = 11;

/** No `seq`. */
const NOTHING_TOLD = -1;

/** Receives records in order. */
export interface ToShard {
  /** A connection whose requests may follow, and who it belongs to; again when that changed. */
  attach(connection: number, user: Principal): void;
  /** The connection is gone. */
  detach(connection: number): void;
  /**
   * A frame of the connection, as it came: the gateway's scan found an object with its routing fields once each, and so
   * many members in `data`. `bytes` is a view into the batch. `trace`: its span; absent: it isn't recorded.
   */
  request(connection: number, dataMembers: number, bytes: Buffer, trace?: TraceContext): void;
  /** The gateway worked off so many bytes of this shard's batches. */
  consumed(bytes: number): void;
  /** Hand-over: the connection listens to a channel, of which this gateway published up to `lastSeq`. */
  listener(connection: number, channelId: string, lastSeq: number): void;
  /** The connection, attached before, comes to its user's inbox. */
  inbox(connection: number): void;
  /** Hand-over: it had come to its user's inbox, and was told up to `lastSeq`; null: nothing yet. */
  inboxListener(connection: number, lastSeq: number | null): void;
  /** Hand-over: the connection may wait for an answer about this channel that it isn't in. */
  asked(connection: number, channelId: string): void;
  /** The hand-over is complete. */
  handover(): void;
  /** No request follows: `drained` is to be told when all of them are answered and what they led to was sent. */
  lastCall(): void;
}

/** Writes records into `batch`. */
export function toShardWriter(batch: BatchWriter): ToShard {
  return {
    attach(connection, user) {
      batch.u8(ATTACH);
      batch.u32(connection);
      batch.text(JSON.stringify(user));
    },
    detach(connection) {
      batch.u8(DETACH);
      batch.u32(connection);
    },
    request(connection, dataMembers, bytes, trace) {
      batch.u8(trace === undefined ? REQUEST : RECORDED_REQUEST);
      batch.u32(connection);
      batch.u32(dataMembers);
      batch.bytes(bytes);
      if (trace !== undefined) writeTrace(batch, trace);
    },
    consumed(bytes) {
      batch.u8(CONSUMED);
      batch.f64(bytes);
    },
    listener(connection, channelId, lastSeq) {
      batch.u8(LISTENER);
      batch.u32(connection);
      batch.text(channelId);
      batch.f64(lastSeq);
    },
    asked(connection, channelId) {
      batch.u8(ASKED);
      batch.u32(connection);
      batch.text(channelId);
    },
    inbox(connection) {
      batch.u8(INBOX);
      batch.u32(connection);
    },
    inboxListener(connection, lastSeq) {
      batch.u8(INBOX_LISTENER);
      batch.u32(connection);
      batch.f64(lastSeq ?? NOTHING_TOLD);
    },
    handover() {
      batch.u8(HANDOVER);
    },
    lastCall() {
      batch.u8(LAST_CALL);
    },
  };
}

/** Reads the next record and passes it on. Throws on a record that no gateway writes. */
export function readToShard(batch: BatchReader, target: ToShard): void {
  const kind = batch.u8();
  switch (kind) {
    case ATTACH:
      target.attach(batch.u32(), JSON.parse(batch.text()) as Principal);
      return;
    case DETACH:
      target.detach(batch.u32());
      return;
    case REQUEST:
      target.request(batch.u32(), batch.u32(), batch.bytes());
      return;
    case RECORDED_REQUEST:
      target.request(batch.u32(), batch.u32(), batch.bytes(), readTrace(batch));
      return;
    case CONSUMED:
      target.consumed(batch.f64());
      return;
    case LISTENER:
      target.listener(batch.u32(), batch.text(), batch.f64());
      return;
    case ASKED:
      target.asked(batch.u32(), batch.text());
      return;
    case INBOX:
      target.inbox(batch.u32());
      return;
    case INBOX_LISTENER: {
      const [connection, lastSeq] = [batch.u32(), batch.f64()];
      target.inboxListener(connection, lastSeq === NOTHING_TOLD ? null : lastSeq);
      return;
    }
    case HANDOVER:
      target.handover();
      return;
    case LAST_CALL:
      target.lastCall();
      return;
    default:
      throw new Error(`unknown record ${kind} in a batch to a shard`);
  }
}
