import { BatchReader } from '../../src/threads/batch-reader.ts';
import { BatchWriter } from '../../src/threads/batch-writer.ts';
import { type ToGateway, toGatewayWriter } from '../../src/threads/to-gateway.ts';
import { readToShard, type ToShard } from '../../src/threads/to-shard.ts';
import type { SimPort } from '../sim/sim-ports.ts';

/** A shard's end of a link: it keeps what it is told, and tells. */
export class FakeShard {
  readonly heard: (readonly unknown[])[] = [];
  readonly #port: SimPort<ArrayBuffer>;

  constructor(port: SimPort<ArrayBuffer>) {
    this.#port = port;
    const target = new Proxy({} as ToShard, {
      get:
        (_target, name) =>
        (...args: readonly unknown[]) =>
          this.heard.push([name, ...args.map((arg) => (Buffer.isBuffer(arg) ? arg.toString() : arg))]),
    });
    port.receive((batch) => {
      const reader = new BatchReader(batch);
      while (reader.more) readToShard(reader, target);
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
