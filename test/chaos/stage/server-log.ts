/** What a server writes to its log while a fault happens: the soonest sign of what it has noticed. */
import type { ChaosServer } from './chaos-server.ts';
import { eventually } from './eventually.ts';

/** A line of the log. */
export interface LogLine {
  /** Ms since the epoch, by the server's clock. */
  readonly at: number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** The newest lines, oldest first; what is no line of the log is left out. */
export function logLines(server: Pick<ChaosServer, 'output'>): readonly LogLine[] {
  return server
    .output()
    .split('\n')
    .flatMap((text) => {
      try {
        const line = JSON.parse(text) as { readonly time: string; readonly msg: string };
        return [{ ...line, at: Date.parse(line.time) }];
      } catch {
        return [];
      }
    });
}

/** Resolves with the first line since `from` (ms since the epoch) that fits; rejects after `patienceMs`. */
export async function untilLogged(
  server: Pick<ChaosServer, 'output'>,
  from: number,
  fits: (line: LogLine) => boolean,
  patienceMs: number,
): Promise<LogLine> {
  let found: LogLine | undefined;
  await eventually('the server has logged it', patienceMs, () => {
    found = logLines(server).find((line) => line.at >= from && fits(line));
    return found !== undefined;
  });
  if (found === undefined) throw new Error('it was logged and is not there');
  return found;
}
