import { committedFiles, textOf } from './files.mjs';

/** Text that means something only on the machine where it was written. Spelt in parts: this file is checked as well. */
const FOREIGN = [
  { pattern: new RegExp(`\\.\\./${'shared'}\\b`), what: 'names a folder beside the repository' },
  { pattern: new RegExp(`(?<![\\w.~-])/(?:${'work'}|${'root'})/`), what: 'names a path of one machine' },
  { pattern: /(?<![\w.~/-])\/(?:home|Users)\/[a-z]/, what: 'names a path of one machine' },
];
const BINARY = /\.(?:png|jpe?g|gif|ico|webp|woff2?|gz|br|zip)$/;
/** Other people's text. */
const QUOTED = /^test\/fixtures\//;

/** Committed files that refer to something which a clone doesn't have. */
export async function checkDocs(root) {
  const paths = committedFiles(root) ?? [];
  return paths
    .filter((path) => !BINARY.test(path) && !QUOTED.test(path))
    .flatMap((path) =>
      textOf(root, path)
        .split('\n')
        .flatMap((line, index) =>
          FOREIGN.filter(({ pattern }) => pattern.test(line)).map(
            ({ what }) => `${path}:${index + 1} ${what}: ${line.trim().slice(0, 120)}`,
          ),
        ),
    );
}
