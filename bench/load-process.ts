/** A load as a process of its own, led step by step (bench/load/steps.ts). */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { Steps } from './load/steps.ts';

/** Longest that any step may take, ms: everything in a load has a shorter deadline of its own. */
const STEP_TIMEOUT_MS = 180_000;

/** Its steps are typed by the module that it runs. */
export class LoadProcess<S extends Steps> {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;
  readonly #failed: Promise<never>;

  /** Starts `module` (a path below bench/), on `core` or, for null, wherever the kernel puts it. */
  constructor(module: string, core: number | null) {
    const node = ['--disable-warning=ExperimentalWarning', fileURLToPath(new URL(module, import.meta.url))];
    const [command, args] =
      core === null ? [process.execPath, node] : ['taskset', ['-c', String(core), process.execPath, ...node]];
    this.#child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#failed = new Promise<never>((_, reject) => {
      this.#child.once('error', reject);
      this.#child.once('exit', (code) => reject(new Error(`${module} ended with ${String(code)}`)));
    });
    this.#failed.catch(() => undefined);
    // One that ended is told of by its exit, not by a broken pipe.
    this.#child.stdin.on('error', () => undefined);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** Takes one step. Rejects when the process ends, or takes more than three minutes. */
  async step<K extends keyof S & string>(
    step: K,
    ...[input]: Parameters<S[K]>
  ): Promise<Awaited<ReturnType<S[K]>>> {
    this.#child.stdin.write(`${JSON.stringify({ step, input })}\n`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`the load's step ${step} takes too long`)), STEP_TIMEOUT_MS);
    });
    try {
      const line = await Promise.race([this.#lines.next(), this.#failed, late]);
      if (line.done === true) return await this.#failed;
      return (JSON.parse(line.value) as { readonly result: Awaited<ReturnType<S[K]>> }).result;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends it, and waits until it is gone: its sockets go with it. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}
