/** A worker with a control plane, as main holds it: the thread, calls to it that come to an end, and its own end. */
import { type Remote, transfer, wrap } from 'comlink';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { type MessagePort, Worker } from 'node:worker_threads';
import { RemoteCalls } from './remote-calls.ts';

/** Timeout of a control call, ms. */
const CALL_TIMEOUT_MS = 5_000;
/**
 * Most of what a thread allocates is gone within ms: with room for it, little of it is ever copied. But what a storm made
 * of that room stays: with 64 MB in every thread idle connections cost 4 KB more each (docs/adr/0015).
 */
const YOUNG_GENERATION_MB = 24;

/** A control plane from another thread: everything takes time. */
export type RemoteControl<Control extends { readonly [Call in keyof Control]: Handler }> = {
  readonly [Call in keyof Control]: (
    ...args: Parameters<Control[Call]>
  ) => Promise<Awaited<ReturnType<Control[Call]>>>;
};
type Handler = (...args: never[]) => unknown;

export class ControlledThread<Control> {
  /** Resolves with the reason when the worker has ended. */
  readonly ended: Promise<string>;
  /** Calls of it have no end by themselves: they go through {@link ControlledThread.call}. */
  protected readonly remote: Remote<Control>;
  readonly #worker: Worker;
  readonly #calls = new RemoteCalls();

  /**
   * Starts `entry` as a worker with `data`; it ends when its old generation needs more than `heapMb`. The operating
   * system shows the first 15 characters of `name`. `ports` in `data` are moved there.
   */
  constructor(entry: URL, name: string, data: object, heapMb: number, ports: readonly MessagePort[] = []) {
    this.#worker = new Worker(entry, {
      name,
      workerData: data,
      transferList: [...ports],
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB, maxOldGenerationSizeMb: heapMb },
    });
    let cause = '';
    this.#worker.on('error', (error) => {
      cause = error instanceof Error ? (error.stack ?? error.message) : String(error);
    });
    this.ended = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        const reason = cause === '' ? `exit code ${code}` : cause;
        this.#calls.end(`${name} ended: ${reason}`);
        resolve(reason);
      });
    });
    this.remote = wrap<Control>(nodeEndpoint(this.#worker));
  }

  /** Ends the worker, however busy it is; resolves when it is gone. */
  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  /** A call's value; rejects with {@link RemoteCallError} after `timeoutMs` or when the thread ends. */
  protected async call<T>(name: string, run: () => Promise<T>, timeoutMs = CALL_TIMEOUT_MS): Promise<T> {
    return this.#calls.run(name, timeoutMs, run);
  }
}

/** Hands a port over with the call; it can't be used here afterwards. */
export function moved(port: MessagePort): MessagePort {
  return transfer(port, [port]);
}
