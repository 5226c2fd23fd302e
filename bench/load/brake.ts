/**
 * Keeps the load from being the limit: when the process nears the end of its core, it lets bytes gather in the kernel for
 * a few ms before it reads on, so that each read brings more. Only a server that has fallen far behind brings the load
 * there, and its latencies are seconds by then.
 */

const NAP_MS = 10;
const LOOK_EVERY_MS = 100;
/** Shares of the core at which naps begin and end. */
const BEGIN = 0.75;
const END = 0.4;

export class Brake {
  readonly #cell = new Int32Array(new SharedArrayBuffer(4));
  #lookedAtMs = performance.now();
  #cpu = process.cpuUsage();
  #isOn = false;

  /** To be called every few ms; sleeps when it has to. */
  tick(): void {
    const now = performance.now();
    if (now - this.#lookedAtMs >= LOOK_EVERY_MS) {
      const used = process.cpuUsage(this.#cpu);
      const share = (used.user + used.system) / 1_000 / (now - this.#lookedAtMs);
      this.#isOn = this.#isOn ? share > END : share > BEGIN;
      this.#cpu = process.cpuUsage();
      this.#lookedAtMs = now;
    }
    if (this.#isOn) Atomics.wait(this.#cell, 0, 0, NAP_MS);
  }
}
