/** Memory as Linux counts it (proc(5), /proc/[pid]/status). */
import { readFileSync } from 'node:fs';

/** Resident size of the process, bytes. Throws when there is no such process. */
export function residentBytes(pid: number): number {
  return parseResidentBytes(readFileSync(`/proc/${pid}/status`, 'latin1'));
}

/** The same, out of such a file's text. */
export function parseResidentBytes(status: string): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
  if (kilobytes === undefined) throw new Error('no VmRSS in the process status');
  return Number(kilobytes) * 1_024;
}
