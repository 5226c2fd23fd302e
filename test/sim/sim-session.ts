/** One connection of a client: frames up after a delay, frames down at once, and every request answered once. */
import type { Connection } from '../../src/gateway/connection.ts';
import type { Gateway } from '../../src/gateway/gateway.ts';
import type { ConnectionEvents, ServerFrame } from '../../src/protocol/events.ts';
import { shardOf } from '../../src/threads/shard-of.ts';
import { readFrames } from './frame-reader.ts';
import { identityOf } from './sim-gateways.ts';
import { SHARDS } from './sim-shards.ts';
import type { SimWorld } from './sim-world.ts';

/** A request: to a channel, or (null) to the inbox of the client's user. */
export interface SimRequest {
  readonly type: string;
  readonly channelId: string | null;
  readonly data: object;
  readonly answered: (frame: ServerFrame) => void;
}

/** What hears of frames that answer nothing. */
export interface SimListener {
  welcomed(data: ConnectionEvents['welcome']): void;
  event(frame: ServerFrame): void;
  /** Its shard was replaced; whether that of the inbox was. */
  restarted(inbox: boolean): void;
}

/** Who connects, and how. */
export interface SimHello {
  readonly name: string;
  readonly user: string;
  /** `data` of hello beside the token; null: the gateway knows already who it is. */
  readonly hello: object | null;
}

export class SimSession {
  readonly #world: SimWorld;
  readonly #name: string;
  readonly #gateway: Gateway;
  readonly #listener: SimListener;
  /** Null while the gateway takes it in, which may write `welcome` already. */
  #connection: Connection | null = null;
  /** Requests without an answer, by ref. */
  readonly #pending = new Map<string, SimRequest>();
  /** Requests that a `route:restarted` excused: they may still be answered, once. */
  readonly #excused = new Map<string, SimRequest>();
  #isWelcome = false;
  #isOver = false;
  #lastArrival = 0;

  constructor(world: SimWorld, gateway: Gateway, { name, user, hello }: SimHello, listener: SimListener) {
    this.#world = world;
    this.#name = name;
    this.#gateway = gateway;
    this.#listener = listener;
    const sink = {
      writableLength: 0,
      write: (bytes: Uint8Array): boolean => {
        for (const text of readFrames(Buffer.from(bytes))) this.#receive(JSON.parse(text) as ServerFrame);
        return true;
      },
    };
    const control = {
      ping: () => {
        world.clock.after(1, () => {
          if (this.#connection !== null) gateway.heard(this.#connection);
        });
      },
      close: (code: number, reason?: string) => {
        world.broken(`${name} was closed with ${code} ${reason ?? ''}`);
      },
      terminate: () => {
        world.broken(`${name} was cut off`);
      },
    };
    const admitted = hello === null ? { identity: identityOf(user) } : null;
    this.#connection = gateway.accept(sink, control, 'address', admitted, null);
    if (hello !== null) this.#post({ type: 'hello', data: { token: user, ...hello } });
  }

  /** Requests that wait for an answer. */
  get waiting(): readonly string[] {
    return [...this.#pending].map(([ref, { type, channelId }]) => `${ref} ${type} ${channelId ?? ''}`);
  }

  /** The line breaks: what is on its way to the server is lost. */
  end(): void {
    this.#isOver = true;
    if (this.#connection !== null) this.#gateway.closed(this.#connection, 1006);
  }

  ask(ref: string, request: SimRequest): void {
    const { type, channelId, data } = request;
    this.#world.note(`${ref} ${type} ${channelId ?? ''} ${JSON.stringify(data)}`);
    this.#pending.set(ref, request);
    this.#post({ type, ref, ...(channelId === null ? {} : { channelId }), data });
  }

  /** What `which` picks may stay without an answer. */
  excuse(which: (request: SimRequest) => boolean): void {
    for (const [ref, request] of this.#pending) {
      if (!which(request)) continue;
      this.#pending.delete(ref);
      this.#excused.set(ref, request);
    }
  }

  #post(frame: object): void {
    const { clock, random } = this.#world;
    const now = clock.mono();
    this.#lastArrival = Math.max(this.#lastArrival, now + random.int(0, 6));
    clock.after(this.#lastArrival - now, () => {
      if (!this.#isOver && this.#connection !== null)
        this.#gateway.receive(this.#connection, Buffer.from(JSON.stringify(frame)), false);
    });
  }

  #receive(frame: ServerFrame): void {
    if (this.#isOver) {
      this.#broken(`got ${frame.type} after the end`);
    } else if (!this.#isWelcome) {
      this.#isWelcome = true;
      if (frame.type !== 'welcome') this.#broken(`the first frame is ${frame.type}`);
      else this.#listener.welcomed(frame.data as ConnectionEvents['welcome']);
    } else if (frame.type === 'route:restarted') {
      this.#restarted(frame.data as ConnectionEvents['route:restarted']);
    } else if (frame.ref !== undefined) {
      this.#answered(frame.ref, frame);
    } else {
      this.#listener.event(frame);
    }
  }

  #restarted({ channels, inbox }: ConnectionEvents['route:restarted']): void {
    this.#world.note(`${this.#name} is told of ${inbox ? 'its inbox ' : ''}${channels.join(' ')}`);
    if (this.#world.crashes === 0) this.#broken('route:restarted without a crash');
    const owners = new Set(channels.map((id) => shardOf(`channel:${id}`, SHARDS)));
    if (owners.size > 1 && !this.#world.profile.misrouted) this.#broken('told of channels of another shard');
    this.excuse(({ channelId }) => (channelId === null ? inbox : channels.includes(channelId)));
    this.#listener.restarted(inbox);
  }

  #answered(ref: string, frame: ServerFrame): void {
    const request = this.#pending.get(ref) ?? this.#excused.get(ref);
    this.#pending.delete(ref);
    this.#excused.delete(ref);
    if (request === undefined) {
      this.#broken(`a second answer to ${ref}: ${JSON.stringify(frame)}`);
      return;
    }
    if (frame.type === 'error') {
      this.#world.note(`${ref} is refused: ${(frame.data as { readonly code: string }).code}`);
    }
    request.answered(frame);
  }

  #broken(what: string): void {
    this.#world.broken(`${this.#name}: ${what}`);
  }
}
