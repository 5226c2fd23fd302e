/** `npm run check`: everything that is wrong without running it. One line a check; output only of what failed. */
import { fileURLToPath } from 'node:url';
import { checkDocs } from './check/docs.mjs';
import { checkRules } from './check/rules.mjs';
import { checkTypeStripping } from './check/type-stripping.mjs';
import { runTool } from './check/tool.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Each gives what is wrong, one line a problem; none: fine. */
const CHECKS = {
  types: () => runTool(root, 'tsc', ['--noEmit']),
  lint: () => runTool(root, 'eslint', ['.', '--max-warnings', '0']),
  format: () => runTool(root, 'prettier', ['--check', '--log-level', 'warn', '.']),
  imports: () =>
    runTool(root, 'depcruise', [
      '--config',
      '.dependency-cruiser.cjs',
      '--output-type',
      'err',
      'src',
      'workers',
      'web',
      'bench',
      'test',
    ]),
  'type stripping': () =>
    checkTypeStripping(root, [
      'src',
      'workers',
      'bench',
      'test/kill',
      'test/verify',
      'test/chaos',
      'test/permissions',
      'test/examples',
    ]),
  'committed text': () => checkDocs(root),
  'rules and tests': () => checkRules(root),
};

// Beside each other: the slowest of them uses one core alone.
const outcomes = await Promise.all(
  Object.entries(CHECKS).map(async ([name, check]) => ({ name, problems: await check() })),
);
let failed = 0;
for (const { name, problems } of outcomes) {
  if (problems.length > 0) failed += 1;
  console.log(`${problems.length === 0 ? 'ok' : 'FAILED'} ${name}`);
  for (const problem of problems) console.log(`  ${problem}`);
}
process.exitCode = failed === 0 ? 0 : 1;
