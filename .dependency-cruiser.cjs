/**
 * Who may import whom. The folders and the reasons are in docs/adr/0001-layout-and-import-rules.md.
 * A type-only import is erased before anything runs; rules that let one through say so.
 */
const only = (from, allowed, extra = {}) => ({
  name: `${from.replace('src/', '')}-imports`,
  severity: 'error',
  from: { path: `^${from}/` },
  to: {
    path: '^(src|workers|web|bench|test)/',
    pathNot: [`^${from}/`, ...allowed.map((folder) => `^${folder}/`)],
    ...extra,
  },
});
const pure = (folder) => ({
  name: `${folder.replace('src/', '')}-is-pure`,
  comment: 'No node builtins: the clock, ids and I/O come in by argument.',
  severity: 'error',
  from: { path: `^${folder}/` },
  to: { dependencyTypes: ['core'] },
});

module.exports = {
  forbidden: [
    {
      name: 'no-circular',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    only('src/protocol', []),
    pure('src/protocol'),
    only('src/log', ['src/protocol']),
    pure('src/log'),
    only('src/automod', ['src/protocol']),
    pure('src/automod'),
    only('src/channel', ['src/protocol', 'src/log', 'src/automod']),
    pure('src/channel'),
    only('src/inbox', ['src/protocol', 'src/log']),
    pure('src/inbox'),
    only('src/shard', ['src/protocol', 'src/log', 'src/automod', 'src/channel', 'src/inbox', 'src/threads']),
    only('src/threads', ['src/protocol']),
    only('src/gateway', ['src/protocol', 'src/auth', 'src/cache', 'src/threads', 'src/observability']),
    only('src/admin', [
      'src/protocol',
      'src/automod',
      'src/auth',
      'src/cache',
      'src/threads',
      'src/observability',
    ]),
    only('src/auth', ['src/protocol']),
    only('src/observability', ['src/protocol']),
    only('src/search', ['src/protocol']),
    pure('src/search'),
    only('src/storage', ['src/protocol', 'src/search'], { dependencyTypesNot: ['type-only'] }),
    only('src/cache', ['src/protocol'], { dependencyTypesNot: ['type-only'] }),
    only('src/backup', ['src/protocol', 'src/storage']),
    only('src/exports', ['src/protocol']),
    only('src/moving', ['src/protocol', 'src/auth', 'src/inbox', 'src/log', 'src/storage'], {
      dependencyTypesNot: ['type-only'],
    }),
    only('src/client', ['src/protocol'], { dependencyTypesNot: ['type-only'] }),
    only('web', ['src/protocol', 'src/client'], { dependencyTypesNot: ['type-only'] }),
    pure('src/client'),
    {
      name: 'opentelemetry-in-one-file',
      comment: 'A server without traces loads nothing of it (docs/adr/0034-traces.md).',
      severity: 'error',
      from: { path: '^(src|workers|web)/', pathNot: '^src/observability/otlp-sink\\.ts$' },
      to: { path: '(^|/)node_modules/@opentelemetry/' },
    },
    {
      name: 'opentelemetry-only-when-wanted',
      severity: 'error',
      from: {},
      to: { path: '^src/observability/otlp-sink\\.ts$', dynamic: false },
    },
    {
      name: 'server-never-imports-test-or-bench',
      severity: 'error',
      from: { path: '^(src|workers|web)/' },
      to: { path: '^(test|bench)/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(web/dist|data)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
