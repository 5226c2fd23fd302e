/**
 * What a shard tells a gateway, as records of a batch. Subscribe, unsubscribe, publish and send travel in one FIFO.
 * Topics are numbered by their shard (u32) and announced before their first use. Frames carry their WebSocket header.
 */
import type { TraceContext } from '../protocol/tracing.ts';
import { headerLength, writeTextHeader } from '../protocol/websocket-frame.ts';
import type { BatchReader } from './batch-reader.ts';
import type { BatchWriter } from './batch-writer.ts';
import { readTrace, writeTrace } from './trace-record.ts';

const TOPIC = 1;
const SUBSCRIBE = 2;
const UNSUBSCRIBE = 3;
const PUBLISH = 4;
const BROADCAST = 5;
const SEND = 6;
const CONSUMED = 7;
const DROP_TOPIC = 8;
const RESTORED = 9;
const SEND_BEHIND = 10;
const DRAINED = 11;
const INBOX_STATE = 12;
const INBOX_EVENT = 13;
const INBOX_SEEN = 14;
const PUBLISH_APART = 15;
const RECORDED = 16;
const ANSWERED = 17;
const DELIVERED = 18;

/** A frame that some connections get instead of the one that all others get. */
export interface ApartFrame<Frame = string> {
  readonly frame: Frame;
  readonly to: readonly number[];
}

/** Writes records; frames as JSON text. */
export interface ToGateway {
  /** Names a topic, with the `seq` that its channel stands at. */
  topic(topic: number, channelId: string, head: number): void;
  subscribe(topic: number, connection: number): void;
  unsubscribe(topic: number, connection: number): void;
  /** A durable event. */
  publish(topic: number, seq: number, frame: string): void;
  /** A durable event of which some connections get another form. */
  publishApart(topic: number, seq: number, frame: string, apart: readonly ApartFrame[]): void;
  /** The durable event of the topic that follows is recorded: `trace` is the span that publishes it. */
  recorded(topic: number, trace: TraceContext): void;
  /** An ephemeral event, not for the connections in `except`; it may wait `patienceMs` to go out with others. */
  broadcast(topic: number, frame: string, except: readonly number[], patienceMs: number): void;
  /** A frame for one connection. */
  send(connection: number, frame: string): void;
  /** A frame for one connection that must not overtake events of its topics. */
  sendBehind(connection: number, frame: string): void;
  /** What was sent to the connection before this answers its frame with the span `spanId`; `problem`: a code, or empty. */
  answered(connection: number, spanId: string, problem: string): void;
  /** The event of the inbox that was told to the connection before this is recorded: `trace` is the span that publishes it. */
  delivered(connection: number, trace: TraceContext): void;
  /** Where the inbox of the connection's user stands: at `seq`, with `data` (JSON text) of `inbox:state`. */
  inboxState(connection: number, seq: number, data: string): void;
  /** A durable event of that inbox; what is before it was told. */
  inboxEvent(connection: number, seq: number, frame: string): void;
  /** The connection hears of this event otherwise, by what follows. */
  inboxSeen(connection: number, seq: number): void;
  /** The shard worked off so many requests and bytes of this gateway. */
  consumed(requests: number, bytes: number): void;
  /** The topic has no listeners here and its number may be forgotten. */
  dropTopic(topic: number): void;
  /** A replacement told all that was missed. */
  restored(): void;
  /** Everything that this gateway's requests led to was told before this. */
  drained(): void;
}

/** Receives records in order; frames are views into the batch. */
export interface FromShard extends Omit<
  ToGateway,
  'publish' | 'publishApart' | 'broadcast' | 'send' | 'sendBehind' | 'inboxEvent'
> {
  publish(topic: number, seq: number, frame: Buffer): void;
  publishApart(topic: number, seq: number, frame: Buffer, apart: readonly ApartFrame<Buffer>[]): void;
  broadcast(topic: number, frame: Buffer, except: readonly number[], patienceMs: number): void;
  send(connection: number, frame: Buffer): void;
  sendBehind(connection: number, frame: Buffer): void;
  inboxEvent(connection: number, seq: number, frame: Buffer): void;
}

/** Writes records into `batch`. */
export function toGatewayWriter(batch: BatchWriter): ToGateway {
  return {
    topic(topic, channelId, head) {
      batch.u8(TOPIC);
      batch.u32(topic);
      batch.text(channelId);
      batch.f64(head);
    },
    subscribe(topic, connection) {
      batch.u8(SUBSCRIBE);
      batch.u32(topic);
      batch.u32(connection);
    },
    unsubscribe(topic, connection) {
      batch.u8(UNSUBSCRIBE);
      batch.u32(topic);
      batch.u32(connection);
    },
    publish(topic, seq, frame) {
      batch.u8(PUBLISH);
      batch.u32(topic);
      batch.f64(seq);
      batch.framed(frame, headerLength, writeTextHeader);
    },
    publishApart(topic, seq, frame, apart) {
      batch.u8(PUBLISH_APART);
      batch.u32(topic);
      batch.f64(seq);
      batch.framed(frame, headerLength, writeTextHeader);
      batch.u32(apart.length);
      for (const { frame: other, to } of apart) {
        batch.framed(other, headerLength, writeTextHeader);
        batch.u32(to.length);
        for (const connection of to) batch.u32(connection);
      }
    },
    recorded(topic, trace) {
      batch.u8(RECORDED);
      batch.u32(topic);
      writeTrace(batch, trace);
    },
    answered(connection, spanId, problem) {
      batch.u8(ANSWERED);
      batch.u32(connection);
      batch.text(spanId);
      batch.text(problem);
    },
    delivered(connection, trace) {
      batch.u8(DELIVERED);
      batch.u32(connection);
      writeTrace(batch, trace);
    },
    broadcast(topic, frame, except, patienceMs) {
      batch.u8(BROADCAST);
      batch.u32(topic);
      batch.u32(patienceMs);
      batch.u32(except.length);
      for (const connection of except) batch.u32(connection);
      batch.framed(frame, headerLength, writeTextHeader);
    },
    send(connection, frame) {
      batch.u8(SEND);
      batch.u32(connection);
      batch.framed(frame, headerLength, writeTextHeader);
    },
    sendBehind(connection, frame) {
      batch.u8(SEND_BEHIND);
      batch.u32(connection);
      batch.framed(frame, headerLength, writeTextHeader);
    },
    inboxState(connection, seq, data) {
      batch.u8(INBOX_STATE);
      batch.u32(connection);
      batch.f64(seq);
      batch.text(data);
    },
    inboxEvent(connection, seq, frame) {
      batch.u8(INBOX_EVENT);
      batch.u32(connection);
      batch.f64(seq);
      batch.framed(frame, headerLength, writeTextHeader);
    },
    inboxSeen(connection, seq) {
      batch.u8(INBOX_SEEN);
      batch.u32(connection);
      batch.f64(seq);
    },
    consumed(requests, bytes) {
      batch.u8(CONSUMED);
      batch.u32(requests);
      batch.f64(bytes);
    },
    dropTopic(topic) {
      batch.u8(DROP_TOPIC);
      batch.u32(topic);
    },
    restored() {
      batch.u8(RESTORED);
    },
    drained() {
      batch.u8(DRAINED);
    },
  };
}

const NOBODY: readonly number[] = [];

function connectionsIn(batch: BatchReader): readonly number[] {
  const count = batch.u32();
  return count === 0 ? NOBODY : Array.from({ length: count }, () => batch.u32());
}

/** Reads the next record and passes it on. Throws on a record that no shard writes. */
export function readFromShard(batch: BatchReader, target: FromShard): void {
  const kind = batch.u8();
  switch (kind) {
    case TOPIC:
      target.topic(batch.u32(), batch.text(), batch.f64());
      return;
    case SUBSCRIBE:
      target.subscribe(batch.u32(), batch.u32());
      return;
    case UNSUBSCRIBE:
      target.unsubscribe(batch.u32(), batch.u32());
      return;
    case PUBLISH:
      target.publish(batch.u32(), batch.f64(), batch.bytes());
      return;
    case PUBLISH_APART: {
      const [topic, seq, frame] = [batch.u32(), batch.f64(), batch.bytes()];
      const apart = Array.from({ length: batch.u32() }, () => ({
        frame: batch.bytes(),
        to: connectionsIn(batch),
      }));
      target.publishApart(topic, seq, frame, apart);
      return;
    }
    case RECORDED:
      target.recorded(batch.u32(), readTrace(batch));
      return;
    case ANSWERED:
      target.answered(batch.u32(), batch.text(), batch.text());
      return;
    case DELIVERED:
      target.delivered(batch.u32(), readTrace(batch));
      return;
    case BROADCAST: {
      const topic = batch.u32();
      const patienceMs = batch.u32();
      const except = connectionsIn(batch);
      target.broadcast(topic, batch.bytes(), except, patienceMs);
      return;
    }
    case SEND:
      target.send(batch.u32(), batch.bytes());
      return;
    case SEND_BEHIND:
      target.sendBehind(batch.u32(), batch.bytes());
      return;
    case INBOX_STATE:
      target.inboxState(batch.u32(), batch.f64(), batch.text());
      return;
    case INBOX_EVENT:
      target.inboxEvent(batch.u32(), batch.f64(), batch.bytes());
      return;
    case INBOX_SEEN:
      target.inboxSeen(batch.u32(), batch.f64());
      return;
    case CONSUMED:
      target.consumed(batch.u32(), batch.f64());
      return;
    case DROP_TOPIC:
      target.dropTopic(batch.u32());
      return;
    case RESTORED:
      target.restored();
      return;
    case DRAINED:
      target.drained();
      return;
    default:
      throw new Error(`unknown record ${kind} in a batch to a gateway`);
  }
}
