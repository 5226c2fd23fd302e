/** What the bench measures: a kind of load, whom it is put on, what is told of it, and what is promised. */
import type { Column } from '../report/detail-table.ts';
import type { Line } from '../report/results.ts';
import type { Target } from '../report/verdict-table.ts';

/** One server's turn in a round. */
export interface Turn {
  /** One of the scenario's servers. */
  readonly server: string;
  /** A fifth of everything: to see that it works, not to measure. */
  readonly quick: boolean;
}

/** See the head of the file. */
export interface Scenario {
  /** As the command line names it: several lines of the table may share a name, and one have several. */
  readonly names: readonly string[];
  /** Only measured when it is named: `npm run bench` without names stays under twenty minutes. */
  readonly onlyByName?: true;
  /** Where an error has no line of its own to be told in. */
  readonly title: string;
  /** Servers that take turns in every round: ours, and those that a promise refers to. */
  readonly servers: readonly string[];
  /** Servers that no promise refers to: measured when `--server` asks for them. */
  readonly otherServers?: readonly string[];
  /** About how long a round of all `servers` takes, s: what "under twenty minutes" is reckoned from. */
  readonly roundSeconds: number;
  /** In one round, however many are asked for: what it prepares takes minutes. */
  readonly isOnce?: true;
  /** Scenarios that share their columns share a table. */
  readonly columns: readonly Column[];
  readonly targets: readonly Target[];
  /** Null when it can be run on this machine, else what is in the way. */
  readonly obstacle?: () => string | null;
  /** Starts the server, puts the load on it, and stops it. Rejects when a process fails. */
  measure(turn: Turn): Promise<readonly Line[]>;
}

/** A load busier than this share of its core may have been the limit itself: the round is void. */
export const VOID_LOAD_SHARE = 0.9;

/** What others than the server used in a round: CPU seconds of the load and, where it could be read, of PostgreSQL. */
export interface BesideServer {
  readonly elapsedMs: number;
  readonly loadCpu: number;
  readonly postgresCpu: number | null;
}

/** The share of its core that the load used. */
export function loadShare({ elapsedMs, loadCpu }: Pick<BesideServer, 'elapsedMs' | 'loadCpu'>): number {
  return (loadCpu * 1_000) / elapsedMs;
}

/** The figures of it. */
export function figuresBeside(used: BesideServer): Line['figures'] {
  const { postgresCpu } = used;
  return { ...(postgresCpu === null ? {} : { postgresCpu }), loadShare: loadShare(used) };
}

/** Why the round is void, if it is. */
export function voidByLoad(used: BesideServer): Pick<Line, 'void'> {
  return loadShare(used) > VOID_LOAD_SHARE ? { void: 'the load was the limit' } : {};
}

/** A fifth where the turn is quick. */
export function sized({ quick }: Turn, full: number): number {
  return quick ? full / 5 : full;
}
