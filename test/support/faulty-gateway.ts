/**
 * A gateway's thread as the server runs it, with a switch that breaks it: worker entry for tests of crashes. Faults come
 * over a BroadcastChannel, which reaches every thread of the process.
 */
import { workerData } from 'node:worker_threads';
import type { GatewayWorkerData } from '../../src/composition/gateway-worker-data.ts';
import '../../workers/gateway.ts';
import { GATEWAY_FAULTS_CHANNEL, type GatewayFault } from './gateway-fault.ts';
import { suffer } from './thread-fault.ts';

const { index } = workerData as GatewayWorkerData;

const faults = new BroadcastChannel(GATEWAY_FAULTS_CHANNEL);
faults.onmessage = ({ data }: MessageEvent<GatewayFault>) => {
  if (data.gateway === index) suffer(data.kind);
};
