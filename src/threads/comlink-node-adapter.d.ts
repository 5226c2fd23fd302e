declare module 'comlink/dist/esm/node-adapter.mjs' {
  import type { Endpoint } from 'comlink';
  import type { MessagePort, Worker } from 'node:worker_threads';

  /** Makes a worker, or a port, an endpoint that comlink can talk through. */
  export default function nodeEndpoint(endpoint: Worker | MessagePort): Endpoint;
}
