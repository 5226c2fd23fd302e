/** What a server under test can be told to suffer, from outside its process. */
import type { ThreadFault } from '../../support/thread-fault.ts';

/** `thread`: `main`, `shard-0` …, `gateway-0` …; one line of JSON on the socket of {@link ORDERS_SOCKET}. */
export type Order =
  | { readonly kind: 'break'; readonly thread: string; readonly fault: ThreadFault }
  /** The thread's event loop does nothing for so long. */
  | { readonly kind: 'block'; readonly thread: string; readonly ms: number }
  /** From now on the wall clock of all threads is ahead of the machine's by so much; 0 sets it right. */
  | { readonly kind: 'clock'; readonly aheadMs: number };

/** Variable of the environment: path of the Unix socket on which main takes orders. */
export const ORDERS_SOCKET = 'HUBBUB_CHAOS_ORDERS';
/** Variable of the environment: how far the wall clock is ahead, for threads that start later. */
export const CLOCK_AHEAD = 'HUBBUB_CHAOS_CLOCK_AHEAD';
/** Name of the BroadcastChannel over which main passes orders on to every thread. */
export const ORDERS_CHANNEL = 'hubbub chaos orders';
