/** package.json of the client alone: the same name and version as the whole, and none of its dependencies. */
export function clientManifest({ name, version, license }) {
  return {
    name,
    version,
    description: 'The client of Hubbub, a self-hosted real-time chat server, for browsers and Node.',
    license,
    type: 'module',
    sideEffects: false,
    engines: { node: '>=22' },
    exports: {
      './client': { types: './client.d.ts', default: './client.js' },
      './package.json': './package.json',
    },
    files: ['client.js', 'client.js.map', 'client.d.ts'],
  };
}
