import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // Relative, so that the page also works behind a path of a proxy.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: 'dist',
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
    },
  },
});
