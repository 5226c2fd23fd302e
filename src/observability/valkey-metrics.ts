/** Figures of a Valkey in use. */
import { Counter, Gauge } from 'prom-client';
import type { Metrics } from './metrics.ts';

/** Counts; see {@link createValkeyMetrics}. */
export interface ValkeyMetrics {
  command(name: string): void;
  failed(): void;
  published(outcome: string): void;
  /** `waiting` is read at each scrape: published events that wait, or are under way. */
  tellWaiting(waiting: () => number): void;
}

/** Adds them to the main thread's figures; `isUp` is read at each scrape. */
export function createValkeyMetrics(
  { registry }: Pick<Metrics, 'registry'>,
  isUp: () => boolean,
): ValkeyMetrics {
  const registers = [registry];
  new Gauge({
    name: 'hubbub_valkey_up',
    help: '1 while Valkey answers',
    registers,
    collect() {
      this.set(isUp() ? 1 : 0);
    },
  });
  const commands = new Counter({
    name: 'hubbub_valkey_commands_total',
    help: 'Commands that Valkey was given',
    labelNames: ['command'],
    registers,
  });
  const errors = new Counter({
    name: 'hubbub_valkey_errors_total',
    help: 'Commands that failed or were not answered, and connections that broke or could not be made',
    registers,
  });
  const published = new Counter({
    name: 'hubbub_valkey_published_total',
    help: 'Events that other programs published, by what became of them',
    labelNames: ['outcome'],
    registers,
  });
  return {
    command: (command) => {
      commands.inc({ command });
    },
    failed: () => {
      errors.inc();
    },
    published: (outcome) => {
      published.inc({ outcome });
    },
    tellWaiting: (waiting) => {
      new Gauge({
        name: 'hubbub_valkey_published_waiting',
        help: 'Events that other programs published and that are on their way into their channels',
        registers,
        collect() {
          this.set(waiting());
        },
      });
    },
  };
}
