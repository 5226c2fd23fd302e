/**
 * Builds the client, or the folder given as an argument, `dist/client`: `client.js`, its source map, `client.d.ts`, and a
 * package.json, so that the folder is a package of its own, without any dependency (`npm pack ./dist/client`).
 */
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './client/bundle.mjs';
import { declarations } from './client/declarations.mjs';
import { clientManifest } from './client/manifest.mjs';
import { compressedForms } from './compressed-forms.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = resolve(process.argv[2] ?? join(root, 'dist', 'client'));
// The bundler names sources by their paths from here.
process.chdir(root);
const entry = join(root, 'src', 'client', 'index.ts');
const SCRIPT = 'client.js';

const started = new Date();
const whole = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const banner = `/*! Hubbub client ${whole.version}, ${whole.license} licence */`;
const { code, map } = await bundle({ root, entry, folder, file: SCRIPT, banner });
const types = `${banner}\n\n${declarations(entry)}`;

mkdirSync(folder, { recursive: true });
put(`${SCRIPT}.map`, map);
put('client.d.ts', types);
put('package.json', `${JSON.stringify(clientManifest(whole), null, 2)}\n`);
copy('LICENSE', 'LICENSE');
copy(join('docs', 'client.md'), 'README.md');
// Last: the script's time tells whether the build is newer than its sources.
put(SCRIPT, code);
console.log(`${relative(process.cwd(), join(folder, SCRIPT))}: ${(code.length / 1024).toFixed(0)} KiB`);

/** Writes a file, and what of it is served compressed. */
function put(name, text) {
  const bytes = Buffer.from(text);
  for (const [end, form] of Object.entries(compressedForms(name, bytes))) replace(`${name}${end}`, form);
  replace(name, bytes);
}

/** A server, or another build, may read or write the file at this moment: it is there whole or not at all. */
function replace(name, bytes) {
  const path = join(folder, name);
  const own = `${path}.${process.pid}`;
  writeFileSync(own, bytes);
  // A source that changed while we built is newer than what came of it.
  utimesSync(own, started, started);
  renameSync(own, path);
}

/** Where only the sources are (in the Docker build), what is for people is left out. */
function copy(from, to) {
  if (existsSync(join(root, from))) copyFileSync(join(root, from), join(folder, to));
}
