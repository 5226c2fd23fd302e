/** A shard's end of the data plane to one gateway: its outgoing records, and which topics it listens to. */
import type { BatchPort } from '../threads/batch-port.ts';
import type { Defer } from '../threads/outbox.ts';
import { Outbox, RECEIPT_BYTES, RECEIPT_REQUESTS } from '../threads/outbox.ts';
import type { ShardTraces } from './shard-traces.ts';
import { type ApartFrame, type ToGateway, toGatewayWriter } from '../threads/to-gateway.ts';

/** How a topic stands at one gateway. */
interface Listening {
  subscribers: number;
  /** False while a replacement tells this gateway what it missed: live events wait for that. */
  live: boolean;
}

export class GatewayPeer {
  readonly index: number;
  readonly #outbox: Outbox;
  readonly #write: ToGateway;
  readonly #topics = new Map<number, Listening>();
  #requests = 0;
  #bytes = 0;
  readonly #traces: ShardTraces | undefined;

  constructor(index: number, port: BatchPort, defer: Defer, traces?: ShardTraces) {
    this.index = index;
    this.#traces = traces;
    this.#outbox = new Outbox(port, defer);
    this.#write = toGatewayWriter(this.#outbox.batch);
  }

  /** Bytes that the gateway hasn't worked off. */
  get backlog(): number {
    return this.#outbox.backlog;
  }

  /**
   * Subscribes a connection; announces the topic, which stands at `head`, to a gateway that doesn't know it. `again`:
   * it is subscribed, and joins anew; the record makes the gateway write out what waits before the answer.
   */
  subscribe(topic: number, channelId: string, head: number, connection: number, again: boolean): void {
    const listening = this.#topicAt(topic, channelId, head, true);
    if (!again) listening.subscribers += 1;
    this.#write.subscribe(topic, connection);
    this.#outbox.touched();
  }

  unsubscribe(topic: number, connection: number): void {
    const listening = this.#topics.get(topic);
    if (listening === undefined) return;
    this.#write.unsubscribe(topic, connection);
    listening.subscribers -= 1;
    if (listening.subscribers === 0) {
      this.#topics.delete(topic);
      this.#write.dropTopic(topic);
    }
    this.#outbox.touched();
  }

  /** Hand-over: a connection that this gateway holds as listener already. Nothing is published until `goLive`. */
  adopt(topic: number, channelId: string, lastSeq: number, connection: number): void {
    this.#topicAt(topic, channelId, lastSeq, false).subscribers += 1;
    this.#write.subscribe(topic, connection);
    this.#outbox.touched();
  }

  /** Hand-over: the gateway has everything up to the head; live events follow. */
  goLive(topic: number): void {
    const listening = this.#topics.get(topic);
    if (listening !== undefined) listening.live = true;
  }

  /**
   * A durable event; some connections get a frame `apart`, and `missed` tells one of the hand-over to a topic that isn't
   * live yet.
   */
  publish(topic: number, seq: number, frame: string, apart?: readonly ApartFrame[], missed = false): void {
    const listening = this.#topics.get(topic);
    if (listening === undefined || (!listening.live && !missed)) return;
    const doing = this.#traces?.current ?? null;
    if (doing !== null) this.#write.recorded(topic, doing);
    if (apart === undefined || apart.length === 0) this.#write.publish(topic, seq, frame);
    else this.#write.publishApart(topic, seq, frame, apart);
    this.#outbox.touched();
  }

  broadcast(topic: number, frame: string, except: readonly number[], patienceMs: number): void {
    if (this.#topics.get(topic)?.live !== true) return;
    this.#write.broadcast(topic, frame, except, patienceMs);
    this.#outbox.touched();
  }

  send(connection: number, frame: string): void {
    this.#write.send(connection, frame);
    this.#traces?.sent(this.#write, this.index, connection, frame);
    this.#outbox.touched();
  }

  /** A frame that must not overtake events that were published before. */
  sendBehind(connection: number, frame: string): void {
    this.#write.sendBehind(connection, frame);
    this.#outbox.touched();
  }

  /** Where the inbox of the connection's user stands. */
  inboxState(connection: number, seq: number, data: string): void {
    this.#write.inboxState(connection, seq, data);
    this.#outbox.touched();
  }

  /** A durable event of that inbox. */
  inboxEvent(connection: number, seq: number, frame: string): void {
    this.#write.inboxEvent(connection, seq, frame);
    const doing = this.#traces?.current ?? null;
    if (doing !== null) this.#write.delivered(connection, doing);
    this.#outbox.touched();
  }

  /** The connection hears of the event at `seq` by another frame. */
  inboxSeen(connection: number, seq: number): void {
    this.#write.inboxSeen(connection, seq);
    this.#outbox.touched();
  }

  restored(): void {
    this.#write.restored();
    this.#outbox.touched();
  }

  drained(): void {
    this.#write.drained();
    this.#outbox.touched();
  }

  /** Notes work done for this gateway; it is told when enough has come together. */
  workedOff(requests: number, bytes: number): void {
    this.#requests += requests;
    this.#bytes += bytes;
    if (this.#requests < RECEIPT_REQUESTS && this.#bytes < RECEIPT_BYTES) return;
    this.#write.consumed(this.#requests, this.#bytes);
    this.#requests = 0;
    this.#bytes = 0;
    this.#outbox.touched();
  }

  /** The gateway worked off so many bytes. */
  consumed(bytes: number): void {
    this.#outbox.consumed(bytes);
  }

  close(): void {
    this.#outbox.close();
  }

  #topicAt(topic: number, channelId: string, head: number, live: boolean): Listening {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    const listening = { subscribers: 0, live };
    this.#topics.set(topic, listening);
    this.#write.topic(topic, channelId, head);
    return listening;
  }
}
