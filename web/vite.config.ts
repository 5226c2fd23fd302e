import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'vite';
import { compressedForms } from '../scripts/compressed-forms.mjs';

const OUTPUT = 'dist';

/** Puts the compressed forms of what was built beside it. */
const compressed: Plugin = {
  name: 'compressed-forms',
  apply: 'build',
  async closeBundle() {
    const folder = join(import.meta.dirname, OUTPUT);
    for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      for (const [end, bytes] of Object.entries(compressedForms(path, await readFile(path)))) {
        await writeFile(`${path}${end}`, bytes);
      }
    }
  },
};

export default defineConfig({
  root: import.meta.dirname,
  // Relative, so that the page also works behind a path of a proxy.
  base: './',
  plugins: [compressed],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    rolldownOptions: {
      input: {
        index: join(import.meta.dirname, 'index.html'),
        dashboard: join(import.meta.dirname, 'dashboard.html'),
      },
    },
    outDir: OUTPUT,
    emptyOutDir: true,
    // The page's content security policy allows no data: URLs.
    assetsInlineLimit: 0,
  },
  // `vite --config web/vite.config.ts` against a server on its default port.
  server: {
    proxy: {
      '/ws': { target: 'ws://127.0.0.1:8080', ws: true },
      '/login': 'http://127.0.0.1:8080',
      '/register': 'http://127.0.0.1:8080',
      '/refresh': 'http://127.0.0.1:8080',
      '/logout': 'http://127.0.0.1:8080',
      '/me': 'http://127.0.0.1:8080',
      '/change-password': 'http://127.0.0.1:8080',
      '/channels': 'http://127.0.0.1:8080',
      '/discovery': 'http://127.0.0.1:8080',
      '/oidc': 'http://127.0.0.1:8080',
      '/users': 'http://127.0.0.1:8080',
      '/reports': 'http://127.0.0.1:8080',
      '/automod': 'http://127.0.0.1:8080',
      '/audit': 'http://127.0.0.1:8080',
      '/ratelimits': 'http://127.0.0.1:8080',
      '/activity': 'http://127.0.0.1:8080',
      '/api-keys': 'http://127.0.0.1:8080',
      '/webhooks': 'http://127.0.0.1:8080',
      '/exports': 'http://127.0.0.1:8080',
    },
  },
});
