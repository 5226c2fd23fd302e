/** For states that nobody tells of: they are looked at until they are there. */
import { setTimeout as pause } from 'node:timers/promises';

const LOOK_AGAIN_MS = 20;

/** Resolves when `condition` holds; rejects, naming `what`, when it doesn't within `patienceMs`. */
export async function eventually(
  what: string,
  patienceMs: number,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`waited ${patienceMs / 1_000} s in vain until ${what}`);
    await pause(LOOK_AGAIN_MS);
  }
}
