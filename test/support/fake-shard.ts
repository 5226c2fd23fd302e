import { BatchReader } from '../../src/threads/batch-reader.ts';
import { BatchWriter } from '../../src/threads/batch-writer.ts';
import { type ToGateway, toGatewayWriter } from '../../src/threads/to-gateway.ts';
import { readToShard, type ToShard } from '../../src/threads/to-shard.ts';
import type { SimPort } from '../sim/sim-ports.ts';

/** `data` of `inbox:state` for everyone who comes. */
export const EMPTY_INBOX = { epoch: 'e', seq: 0, unread: 0, conversations: [] };

/** A shard's end of a link: it keeps what it is told, and tells. */
export class FakeShard {
  readonly heard: (readonly unknown[])[] = [];
  answersInboxes = true;
  readonly #port: SimPort<ArrayBuffer>;

  constructor(port: SimPort<ArrayBuffer>) {
    this.#port = port;
    const target = new Proxy({} as ToShard, {
      get:
        (_target, name) =>
        (...args: readonly unknown[]) => {
          this.heard.push([name, ...args.map((arg) => (Buffer.isBuffer(arg) ? arg.toString() : arg))]);
          if (name === 'inbox') this.#tellInbox(args[0] as number);
        },
    });
    port.receive((batch) => {
      const reader = new BatchReader(batch);
      while (reader.more) readToShard(reader, target);
    });
  }

  #tellInbox(connection: number): void {
    if (!this.answersInboxes) return;
    this.tell((gateway) => {
      gateway.inboxState(connection, 0, JSON.stringify(EMPTY_INBOX));
    });
  }

  tell(write: (gateway: ToGateway) => void): void {
    const writer = new BatchWriter();
    write(toGatewayWriter(writer));
    this.#port.post(writer.take());
  }

  /** What was told of this kind. */
  kind(name: string): readonly (readonly unknown[])[] {
    return this.heard.filter(([kind]) => kind === name).map(([, ...args]) => args);
  }
}
