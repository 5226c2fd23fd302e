/**
 * Runs all tests and every check and ends with the line `N passed, N failed`, which counts both. Exit code 1 when
 * anything failed. The checks run in the time that tests spend waiting, and are told behind them. Plain JavaScript for
 * Node 20, since npm test installs what is newer.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'hubbub-ci-'));
const report = join(scratch, 'tests.json');

/** Vitest's first word: what npm test installs and builds is there. */
const TESTS_RUN = / RUN /;

/** Runs npm, gives its output to `show` as it comes, and resolves with its exit code and what it printed. */
function npm(args, { show, priority = constants.priority.PRIORITY_NORMAL }) {
  return new Promise((resolve, reject) => {
    const child = spawn('npm', args, {
      cwd: root,
      env: { ...process.env, CI: 'true' },
      stdio: ['ignore', 'pipe', 'inherit'],
      shell: process.platform === 'win32',
    });
    const output = [];
    child.stdout.on('data', (bytes) => {
      output.push(bytes);
      show(bytes);
    });
    child.once('error', reject);
    // Whatever it starts inherits that.
    child.once('spawn', () => setPriority(child.pid, priority));
    child.once('close', (code) => resolve({ code: code ?? 1, text: Buffer.concat(output).toString() }));
  });
}

/** Calls `running` when they run, or are over. */
async function tests(running) {
  const { code } = await npm(
    ['test', '--', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    {
      show: (bytes) => {
        process.stdout.write(bytes);
        if (TESTS_RUN.test(bytes.toString())) running();
      },
    },
  );
  running();
  if (!existsSync(report)) return { passed: 0, failed: 1 };
  const { numPassedTests, numFailedTests, testResults, numTotalTests } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  // A file that fails to load, or fails after its tests, has no failing test of its own.
  const files = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  const skipped = numTotalTests - numPassedTests - numFailedTests;
  const failed = numFailedTests + files + skipped;
  return { passed: numPassedTests, failed: code !== 0 && failed === 0 ? 1 : failed };
}

async function checks() {
  const { code, text } = await npm(['run', 'check'], {
    show: () => undefined,
    priority: constants.priority.PRIORITY_LOW,
  });
  const passed = (text.match(/^ok /gm) ?? []).length;
  const failed = (text.match(/^FAILED /gm) ?? []).length;
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, text };
}

let startChecks = () => undefined;
const testsRun = new Promise((resolve) => {
  startChecks = resolve;
});
const results = await Promise.all([tests(startChecks), testsRun.then(checks)]);
process.stdout.write(results[1].text);
rmSync(scratch, { recursive: true, force: true });
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
