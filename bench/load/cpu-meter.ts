/** CPU time of everyone who takes part, from one moment to another. */
import { postgresCpuSeconds, processCpuSeconds } from '../process-cpu.ts';
import { threadCpus, threadCpuUse } from '../thread-cpu.ts';

/** Whose time to take beside the load's own. */
export interface MeasuredServer {
  readonly serverPid: number;
  /** Where the server's PostgreSQL keeps its data; null when it has none. */
  readonly dataFolder: string | null;
}

/** Seconds of user and system time. */
export interface CpuUse {
  /** The server's process, all threads, those included that ended meanwhile. */
  readonly serverCpu: number;
  /** The same by threads, see {@link threadCpuUse}. */
  readonly serverThreads: Readonly<Record<string, number>>;
  readonly postgresCpu: number | null;
  readonly loadCpu: number;
}

/** Begins to count when it is made. */
export class CpuMeter {
  readonly #measured: MeasuredServer;
  readonly #server: number;
  readonly #threads: ReturnType<typeof threadCpus>;
  readonly #postgres: number;
  readonly #load: number;

  constructor(measured: MeasuredServer) {
    this.#measured = measured;
    // The load's own first and, in `use`, last: reading the others belongs to it, not to them.
    this.#load = processCpuSeconds(process.pid);
    this.#postgres = this.#postgresSeconds();
    this.#threads = threadCpus(measured.serverPid);
    this.#server = processCpuSeconds(measured.serverPid);
  }

  /** What was used since. */
  use(): CpuUse {
    const { serverPid, dataFolder } = this.#measured;
    return {
      serverCpu: processCpuSeconds(serverPid) - this.#server,
      serverThreads: threadCpuUse(this.#threads, threadCpus(serverPid)),
      postgresCpu: dataFolder === null ? null : this.#postgresSeconds() - this.#postgres,
      loadCpu: processCpuSeconds(process.pid) - this.#load,
    };
  }

  #postgresSeconds(): number {
    const { dataFolder } = this.#measured;
    return dataFolder === null ? 0 : postgresCpuSeconds(dataFolder);
  }
}
