/** Faults of gateway threads that run test/support/faulty-gateway.ts. */
import type { ThreadFault } from './thread-fault.ts';

/** What a gateway is to suffer. */
export interface GatewayFault {
  readonly gateway: number;
  readonly kind: ThreadFault;
}

/** Name of the BroadcastChannel. */
export const GATEWAY_FAULTS_CHANNEL = 'hubbub test gateway faults';
