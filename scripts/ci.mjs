/**
 * Runs all tests and every check and ends with the line `N passed, N failed`, which counts both. Exit code 1 when
 * anything failed. Plain JavaScript for Node 20, since npm test installs what is newer.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'hubbub-ci-'));
const report = join(scratch, 'tests.json');

/** Runs npm, shows its output as it comes, and gives its exit code and what it printed. */
function npm(args) {
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
      process.stdout.write(bytes);
    });
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, text: Buffer.concat(output).toString() }));
  });
}

async function tests() {
  const { code } = await npm([
    'test',
    '--',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
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
  const { code, text } = await npm(['run', 'check']);
  const passed = (text.match(/^ok /gm) ?? []).length;
  const failed = (text.match(/^FAILED /gm) ?? []).length;
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed };
}

const results = [await tests(), await checks()];
rmSync(scratch, { recursive: true, force: true });
const passed = results.reduce((sum, result) => sum + result.passed, 0);
const failed = results.reduce((sum, result) => sum + result.failed, 0);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
