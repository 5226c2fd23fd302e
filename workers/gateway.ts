/** Composition root of a gateway's thread. */
import { expose } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { parentPort, workerData } from 'node:worker_threads';
import { gatewayServer } from '../src/composition/gateway-server.ts';
import type { GatewayWorkerData } from '../src/composition/gateway-worker-data.ts';
import { createLogger } from '../src/observability/logger.ts';
import { beat } from '../src/threads/life-sign.ts';

const data = workerData as GatewayWorkerData;
if (parentPort === null) throw new Error('workers/gateway.ts runs as a worker thread only');

beat(data.life);
const logger = createLogger({ level: data.config.logLevel, fields: { gateway: data.index } });
expose(gatewayServer(data, logger), nodeEndpoint(parentPort));
