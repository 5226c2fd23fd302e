/** Whether what is built is still good. */
import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Why `output` has to be built out of `sources` (paths below `root`), or null. What is built itself doesn't count. */
export function whyBuild(root, { sources, output, built = output }) {
  const present = lstatSync(join(root, output), { throwIfNoEntry: false });
  if (present === undefined) return 'it was never built';
  const changed = sources.some((source) => newest(root, source, built) > present.mtimeMs);
  return changed ? 'its sources changed' : null;
}

/** When anything in `path`, but not in `built`, was changed last, ms since the epoch. */
function newest(root, path, built) {
  const entry = lstatSync(join(root, path), { throwIfNoEntry: false });
  if (entry === undefined || path === built) return 0;
  if (!entry.isDirectory()) return entry.mtimeMs;
  return Math.max(0, ...readdirSync(join(root, path)).map((name) => newest(root, join(path, name), built)));
}
