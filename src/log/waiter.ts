/** Who asks, and waits for an answer. */

/** One connection, unique over all gateways of the process for its life. */
export type ConnectionKey = number;

/** Who waits for an answer. Without `ref` only an error is answered. */
export interface Waiter {
  readonly connection: ConnectionKey;
  readonly ref: string | undefined;
  /** The slash command that asked, which the answer names. */
  readonly command?: string;
}
