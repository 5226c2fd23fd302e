/** What `GET /ready` says while something is away, and when it is back. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Check } from '../fault.ts';
import type { ChaosServer } from './chaos-server.ts';

const ASK_EVERY_MS = 50;
/** Main looks once a second; a connection that PostgreSQL doesn't answer is given up after five (src/storage/pool.ts). */
const WITHIN_MS = 7_000;

/** It says 503 and why. */
export function tellsUnready(server: Pick<ChaosServer, 'missing'>): Promise<Check> {
  return untilAnswer(server, '/ready says 503 and why', (reasons) => reasons.length > 0);
}

/** It says 200. */
export function readyAgain(server: Pick<ChaosServer, 'missing'>): Promise<Check> {
  return untilAnswer(server, '/ready says 200 again', (reasons) => reasons.length === 0);
}

async function untilAnswer(
  server: Pick<ChaosServer, 'missing'>,
  what: string,
  isAwaited: (reasons: readonly string[]) => boolean,
): Promise<Check> {
  const begun = performance.now();
  for (;;) {
    const reasons = await server.missing();
    const ms = performance.now() - begun;
    const held = reasons !== null && isAwaited(reasons);
    if (held || ms > WITHIN_MS) {
      const told = reasons === null ? ['no answer'] : reasons;
      const measured = `after ${(ms / 1_000).toFixed(1)} s${told.map((reason) => `, “${reason}”`).join('')}`;
      return { what: `${what} within ${WITHIN_MS / 1_000} s`, measured, held };
    }
    await pause(ASK_EVERY_MS);
  }
}
