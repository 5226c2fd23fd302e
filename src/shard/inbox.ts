/** A user's inbox on its shard: who of them is connected, and its actor while that is awake. */
import type { LogKey } from '../log/entry.ts';
import { inboxLog } from '../inbox/whisper.ts';
import type { InboxActor } from './inbox-actor.ts';
import type { ShardConnection } from './connection.ts';

const NOBODY: readonly ShardConnection[] = [];

/**
 * Everyone who is connected has one, and most of them do nothing with it: an inbox that sleeps is this and no more, and its
 * actor is made anew, from the store, when somebody writes or asks.
 */
export class Inbox {
  readonly owner: string;
  /** The owner's connections that have been told everything so far, and get what comes. */
  connections = NOBODY;
  /** While asleep: connections that wait to be told where it stands. */
  readonly greeting = new Set<ShardConnection>();
  /** While asleep: what they have been told up to. */
  head = 0;
  /** Whether it was on a shard that died: nobody here knows what that one had asked, and of whom. */
  isHeir = false;
  /** Null while asleep. */
  actor: InboxActor | null = null;

  constructor(owner: string) {
    this.owner = owner;
  }

  get log(): LogKey {
    return inboxLog(this.owner);
  }

  /** The connection has everything up to now, and gets what comes. */
  join(connection: ShardConnection): void {
    if (!this.connections.includes(connection)) this.connections = [...this.connections, connection];
  }

  /** The connection gets nothing more for now. */
  leave(connection: ShardConnection): void {
    if (!this.connections.includes(connection)) return;
    const others = this.connections.filter((other) => other !== connection);
    this.connections = others.length === 0 ? NOBODY : others;
  }

  /** A durable event to all but `except`, who count it as seen: they are told of it otherwise. */
  publish(seq: number, frame: string, except: readonly number[] = []): void {
    for (const { key, id, peer } of this.connections) {
      if (except.includes(key)) peer.inboxSeen(id, seq);
      else peer.inboxEvent(id, seq, frame);
    }
  }

  /** An ephemeral event to all but `except`. */
  broadcast(frame: string, except: readonly number[] = []): void {
    for (const { key, id, peer } of this.connections) if (!except.includes(key)) peer.send(id, frame);
  }
}
