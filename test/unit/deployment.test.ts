import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SETTINGS } from '../../src/config/settings.ts';
import type { Setting } from '../../src/config/settings.ts';
import { loadConfig } from '../../src/config.ts';

const text = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
interface Service {
  readonly image?: string;
  readonly environment: Readonly<Record<string, string | number>>;
  readonly depends_on: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck: { readonly test: readonly string[] };
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
}

const compose: { services: Record<string, Service>; volumes: Record<string, null> } = parse(
  text('docker-compose.yml'),
);
const hubbub = compose.services['hubbub']!;
const caddy = compose.services['caddy']!;
const settings = Object.entries<Setting<unknown>>(SETTINGS);
const names = settings.map(([name]) => name);

/** What compose itself takes from `.env`, besides settings that it passes on. */
const composeVariables = [
  ...new Set([...text('docker-compose.yml').matchAll(/\$\{(\w+)/g)].map((match) => match[1]!)),
].filter((name) => !names.includes(name));

describe('documented settings', () => {
  it('[OPS-26] .env.example has each with its default, and what compose needs', () => {
    const lines = [...text('.env.example').matchAll(/^#?([A-Z_]+)=(.*)$/gm)].map(([, name, value]) => [
      name,
      value,
    ]);
    expect(lines).toEqual([
      ...settings.map(([name, setting]) => [name, setting.default ?? '']),
      ...composeVariables.map((name) => [name, '']),
    ]);
  });

  it('[OPS-26] .env.example without its # is what an empty environment is', () => {
    const env = Object.fromEntries(
      [...text('.env.example').matchAll(/^#([A-Z_]+)=(.*)$/gm)].map((match) => [match[1], match[2]]),
    );
    const options = { baseDir: '/', cores: 4 };
    expect(loadConfig(env, options)).toEqual(loadConfig({}, options));
  });

  it('[OPS-26] the README’s table has each with its default and meaning', () => {
    const rows = [...text('README.md').matchAll(/^\| `([A-Z_]+)` *\| (.*?) *\| (.*?) *\|$/gm)];
    expect(rows.map(([, name, standard, what]) => [name, standard, what])).toEqual(
      settings.map(([name, setting]) => [
        name,
        setting.default === undefined ? setting.unset : `\`${setting.default}\``,
        setting.what,
      ]),
    );
  });

  it('[OPS-26] docker-compose.yml passes each on and no other', () => {
    expect(Object.keys(hubbub.environment)).toEqual(names);
    for (const [name, value] of Object.entries(hubbub.environment)) {
      const passed = /^\$\{(\w+):-\}$/.exec(String(value));
      if (passed !== null) expect(passed[1]).toBe(name);
    }
  });

  it('[OPS-26] the values that docker-compose.yml sets are good ones', () => {
    const filled = Object.entries(hubbub.environment).map(([name, value]) => [
      name,
      String(value)
        .replace(/\$\{\w+:-\}/g, '')
        .replace(/\$\{DOMAIN[^}]*\}/g, 'chat.example')
        .replace(/\$\{POSTGRES_PASSWORD[^}]*\}/g, 'secret'),
    ]);
    const config = loadConfig(Object.fromEntries(filled), { baseDir: '/', cores: 4 });
    expect(config).toMatchObject({
      ok: true,
      value: { host: '0.0.0.0', publicUrl: 'https://chat.example', dataDir: '/data', warnings: [] },
    });
  });
});

describe('docker-compose.yml', () => {
  const lasting = Object.entries(compose.services).filter(([name]) => name !== 'keycloak-database');

  it('[OPS-28] starts nothing before what it depends on is healthy', () => {
    expect(Object.keys(compose.services)).toEqual([
      ...['hubbub', 'postgres', 'valkey', 'keycloak-database', 'keycloak', 'jaeger', 'caddy'],
    ]);
    expect(hubbub.depends_on['postgres']!.condition).toBe('service_healthy');
    expect(caddy.depends_on['hubbub']!.condition).toBe('service_healthy');
    for (const [, service] of lasting) expect(service.healthcheck.test[0]).toBe('CMD');
    const always = Object.entries(compose.services).filter(([, { profiles }]) => profiles === undefined);
    expect(always.map(([name]) => name)).toEqual(['hubbub', 'postgres', 'valkey', 'caddy']);
  });

  it('[OPS-28] keeps data in volumes that it declares and publishes the proxy’s ports alone', () => {
    for (const [name, service] of lasting) {
      const mounted = (service.volumes ?? []).filter((mount) => !mount.startsWith('./'));
      // Keycloak's data is in PostgreSQL, and Jaeger keeps none.
      if (!['keycloak', 'jaeger'].includes(name)) expect(mounted.length).toBeGreaterThan(0);
      for (const mount of mounted) expect(Object.keys(compose.volumes)).toContain(mount.split(':')[0]);
      const published = (service.ports ?? []).filter((port) => !port.startsWith('127.0.0.1:'));
      expect(published.length > 0).toBe(name === 'caddy');
    }
    expect(compose.services['postgres']!.image).toBe('postgres:18');
  });

  it('[OPS-28] sets what Caddyfile.prod asks for and mounts it', () => {
    const asked = [...text('Caddyfile.prod').matchAll(/\{\$(\w+)(:?)/g)];
    const needed = asked.filter(([, , standard]) => standard === '').map(([, name]) => name!);
    expect(Object.keys(caddy.environment)).toEqual(expect.arrayContaining(needed));
    expect(asked.map(([, name]) => name)).toEqual(expect.arrayContaining(Object.keys(caddy.environment)));
    expect(caddy.environment['UPSTREAM']).toBe(`hubbub:${hubbub.environment['PORT']!}`);
    expect(caddy.volumes).toContain('./Caddyfile.prod:/etc/caddy/Caddyfile:ro');
  });
});

describe('docs/tuning.md', () => {
  const docs = text('docs/tuning.md');

  it('[OPS-73] names settings that there are, and all that bound or divide the work', () => {
    const named = new Set([...docs.matchAll(/`([A-Z][A-Z0-9_]{3,})`/g)].map((match) => match[1]!));
    const ours = new Set(names.filter((name) => named.has(name)));
    // Node's and systemd's.
    expect([...named].filter((name) => !ours.has(name))).toEqual(['UV_THREADPOOL_SIZE']);
    expect(text('deploy/hubbub.service')).toContain('LimitNOFILE=1048576');
    const wanted = names.filter((name) =>
      /^(SHARDS|GATEWAYS|RATE_|MAX_|WHISPERS_MAX|TRUST_PROXY)/.test(name),
    );
    expect(wanted.filter((name) => !ours.has(name))).toEqual([]);
  });

  it.runIf(process.platform === 'linux')('[OPS-73] names settings of the kernel that there are', () => {
    const named = [...docs.matchAll(/`(net\.[a-z0-9_.]+)`/g)].map((match) => match[1]!);
    expect(named.length).toBeGreaterThan(1);
    for (const name of named) expect(existsSync(`/proc/sys/${name.replaceAll('.', '/')}`), name).toBe(true);
  });

  it('[OPS-73] tells of the embedded PostgreSQL what it is started with', () => {
    const cluster = text('src/storage/embedded/cluster.ts');
    for (const line of ['shared_buffers = 128MB', 'max_wal_size = 2GB', 'checkpoint_timeout = 10min']) {
      expect(cluster).toContain(line);
    }
    expect(docs).toMatch(/`shared_buffers`\*\*: the embedded one takes 128 MB/);
    expect(docs).toContain('`max_wal_size`** (embedded: 2 GB) and **`checkpoint_timeout`** (10 min)');
  });
});

describe('Dockerfile', () => {
  const stages = text('Dockerfile')
    .split(/^FROM /m)
    .slice(1);
  const image = stages.at(-1)!;

  it('[OPS-28] runs src/main.ts as an ordinary user without development packages', () => {
    expect(stages.every((stage) => stage.startsWith('node:26-slim'))).toBe(true);
    expect(image).toMatch(/^USER node$/m);
    expect(image).toMatch(/^CMD \["node", .*"src\/main\.ts"\]$/m);
    expect(image).toMatch(/^HEALTHCHECK [^]*\/health/m);
    const packages = /COPY --from=(\w+) \/app\/node_modules/.exec(image)![1];
    expect(stages.find((stage) => stage.includes(` AS ${packages}`))).toContain('npm ci --omit=dev');
  });

  it('[OPS-28] copies only what .dockerignore lets through', () => {
    const allowed = [...text('.dockerignore').matchAll(/^!(.+)$/gm)].map((match) => match[1]);
    const copied = [...text('Dockerfile').matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap((match) =>
      match[1]!.split(' '),
    );
    expect([...new Set(copied)].sort()).toEqual(allowed.sort());
  });

  it('[OPS-28] sets only settings that exist', () => {
    const set = [...(/^ENV (.*)$/m.exec(image)?.[1] ?? '').matchAll(/(\w+)=/g)].map((match) => match[1]!);
    expect(set.filter((name) => name !== 'NODE_ENV' && !names.includes(name))).toEqual([]);
  });
});
