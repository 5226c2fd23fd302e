/** What HTTP asks of the gateways. */
import type { GatewayLevels } from '../../threads/gateway-control.ts';
import type { GatewayTotals } from '../../threads/gateway-figures.ts';

/** A gateway's figures. */
export interface GatewayReport {
  /** Its thread; null for the gateway of the main thread. */
  readonly thread: string | null;
  readonly totals: GatewayTotals;
  /** Null when it didn't tell them in time. */
  readonly levels: GatewayLevels | null;
}

/** Asks all gateways; never rejects. */
export type GatewayReports = () => Promise<readonly GatewayReport[]>;
