/** The owner's connections. Each has the inbox from when it comes until it goes. */
import type { ConnectionKey } from '../log/waiter.ts';
import type { Principal } from '../protocol/entities.ts';
import type { Effects } from './effects.ts';
import { summaryOf } from './frames.ts';
import type { InboxState } from './state.ts';

/** A connection comes: it is told where the inbox stands, and everything behind that. */
export function attach(state: InboxState, connection: ConnectionKey, user: Principal): Effects {
  state.connections.set(connection, user);
  return [tellState(state, connection)];
}

/** A connection that was here while the actor slept, and has everything up to the head. */
export function rejoin(state: InboxState, connection: ConnectionKey, user: Principal): void {
  state.connections.set(connection, user);
}

/** A connection that was here before this state came to be, and listens already. */
export function restore(state: InboxState, connection: ConnectionKey, user: Principal): void {
  state.isHeir = true;
  state.connections.set(connection, user);
}

/**
 * Where the inbox stands, for one connection: also for those that were restored, when they have what they missed,
 * because receipts that were on their way to the state before are lost.
 */
export function tellState(state: InboxState, connection: ConnectionKey): Effects[number] {
  return { kind: 'state', to: connection, seq: state.head, data: JSON.stringify(summaryOf(state)) };
}

/** The connection's user has other rights or another name from now on. */
export function renew(state: InboxState, connection: ConnectionKey, user: Principal): void {
  if (state.connections.has(connection)) state.connections.set(connection, user);
}

/** A connection goes. What it asked for goes on. */
export function detach(state: InboxState, connection: ConnectionKey): void {
  state.connections.delete(connection);
}
