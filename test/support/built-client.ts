/** The client as others get it: built, packed, and installed in a project of theirs. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where the build is. */
export const CLIENT_FOLDER = path.join(root, 'dist', 'client');

/** Builds the client where it is missing or older than its sources, as `npm start` does. */
export async function ensureClient(): Promise<void> {
  await run(process.execPath, [path.join(root, 'scripts', 'bootstrap.mjs'), '--client'], { cwd: root });
}

/** A project that has the client as a package. */
export interface ConsumerProject {
  readonly folder: string;
  remove(): Promise<void>;
}

/** Packs the client and installs it, without a network, in a project of its own. */
export async function consumerProject(): Promise<ConsumerProject> {
  const folder = await mkdtemp(path.join(tmpdir(), 'hubbub-consumer-'));
  await writeFile(path.join(folder, 'package.json'), '{"name":"consumer","private":true,"type":"module"}');
  const { stdout } = await npm(folder, 'pack', CLIENT_FOLDER, '--json', '--ignore-scripts');
  const [packed] = JSON.parse(stdout) as [{ filename: string }];
  await npm(folder, 'install', '--offline', '--no-audit', '--no-fund', `./${packed.filename}`);
  return { folder, remove: () => rm(folder, { recursive: true }) };
}

/** Runs npm in `folder`, without the settings that an npm which runs these tests has put into the environment. */
export async function npm(folder: string, ...args: string[]): Promise<{ readonly stdout: string }> {
  const passed = Object.entries(process.env).filter(([name]) => !/^npm_|^INIT_CWD$/i.test(name));
  return run('npm', args, { cwd: folder, env: Object.fromEntries(passed) });
}

/** The first example of docs/client.md in `language`. */
export async function documentedExample(language: 'html' | 'js'): Promise<string> {
  const docs = await readFile(path.join(root, 'docs', 'client.md'), 'utf8');
  const example = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(docs)?.[1];
  if (example === undefined) throw new Error(`docs/client.md has no ${language} example`);
  return example;
}
