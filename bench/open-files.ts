/** How many connections a process may hold here (getrlimit(2), RLIMIT_NOFILE). */
import { readFileSync } from 'node:fs';

/** Files that a server has open beside its sockets, and some to spare. */
const OTHER_FILES = 500;

/**
 * Null when a process may have so many connections, else what is in the way. Node raises the soft limit to the hard one
 * by itself, so only the hard one, which children inherit, counts.
 */
export function tooFewFiles(connections: number, limits = ownLimits()): string | null {
  const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
  // `unlimited`, or a system that doesn't tell.
  if (hard === undefined) return null;
  const needed = connections + OTHER_FILES;
  return Number(hard) >= needed
    ? null
    : `a process may have ${hard} open files here and needs ${needed} (ulimit -Hn)`;
}

function ownLimits(): string {
  return readFileSync('/proc/self/limits', 'latin1');
}
