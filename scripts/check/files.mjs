import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Paths of the committed files, or null where this is no git checkout. */
export function committedFiles(root) {
  if (!existsSync(join(root, '.git'))) return null;
  return execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((path) => path !== '' && existsSync(join(root, path)));
}

/** Paths of all files under `folder` that `wanted` says yes to; none when there is no such folder. */
export function filesUnder(root, folder, wanted) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && wanted(entry.name))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}

export function textOf(root, path) {
  return readFileSync(join(root, path), 'utf8');
}
