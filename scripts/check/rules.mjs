import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { filesUnder, textOf } from './files.mjs';

const SPEC = 'docs/SPEC.md';
const RULE = /^\*\*([A-Z]+-\d+)\*\*/gm;
/** `[LOG-3]`, `[LOG-3, LOG-4]`. */
const CITATION = /\[([A-Z]+-\d+(?:, ?[A-Z]+-\d+)*)\]/g;
const COMMENT = /^\s*(?:\/\/|\/?\*)/;

/** Rules of docs/SPEC.md that no test names, and names in tests that no rule has. */
export async function checkRules(root) {
  if (!existsSync(join(root, SPEC))) return [`${SPEC} is missing`];
  const rules = [...textOf(root, SPEC).matchAll(RULE)].map((match) => match[1]);
  const cited = citations(root);
  const known = new Set(rules);
  return [
    ...rules
      .filter((rule, index) => rules.indexOf(rule) !== index)
      .map((rule) => `${rule} stands twice in ${SPEC}`),
    ...[...known].filter((rule) => !cited.has(rule)).map((rule) => `${rule} is named by no test`),
    ...[...cited]
      .filter(([rule]) => !known.has(rule))
      .map(([rule, path]) => `${path} names ${rule}, which ${SPEC} lacks`),
  ];
}

/** Rule → a test file that names it, outside of comments. */
function citations(root) {
  const cited = new Map();
  for (const path of filesUnder(root, 'test', (name) => /\.tsx?$/.test(name))) {
    for (const line of textOf(root, path).split('\n')) {
      if (COMMENT.test(line)) continue;
      for (const match of line.matchAll(CITATION)) {
        for (const rule of match[1].split(/, ?/)) if (!cited.has(rule)) cited.set(rule, path);
      }
    }
  }
  return cited;
}
