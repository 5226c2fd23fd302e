/** What containers would read, read here: each file by its schema, and everything that it names exists. */
import { existsSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { SETTINGS } from '../../src/config/settings.ts';

const at = (path: string) => new URL(`../../${path}`, import.meta.url);
const text = (path: string) => readFileSync(at(path), 'utf8');
const json = <T>(path: string): T => JSON.parse(text(path)) as T;

interface Service {
  readonly environment?: Readonly<Record<string, string | number>>;
  readonly depends_on?: Readonly<Record<string, object>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

const FILES = ['docker-compose.yml', 'docker-compose.dev.yml', '.devcontainer/compose.yml'];
const files = new Map(FILES.map((path) => [path, parse(text(path)) as Compose]));
const production = files.get('docker-compose.yml')!;
const development = files.get('docker-compose.dev.yml')!;
/** Where each image listens, as its documentation says; ours as the compose file says. */
const PORTS: Readonly<Record<string, readonly number[]>> = {
  hubbub: [Number(production.services['hubbub']!.environment!['PORT'])],
  postgres: [5432],
  valkey: [6379],
  keycloak: [8080, 9000],
  jaeger: [16686, 4318],
  caddy: [80, 443],
  'redis-commander': [8081],
  pgweb: [8081],
};
/** The devcontainer's file is read on top of that of the services. */
const neighbours = (path: string) =>
  path.startsWith('.devcontainer/')
    ? { ...development.services, ...files.get(path)!.services }
    : files.get(path)!.services;

describe.each(FILES)('%s', (path) => {
  const compose = files.get(path)!;
  const services = neighbours(path);

  it('[OPS-67] fits the schema of the compose specification', () => {
    const schema = json<Record<string, unknown>>('test/fixtures/compose-spec/compose-spec.json');
    // Draft 7 by another address than Ajv knows it.
    delete schema['$schema'];
    const ajv = new Ajv({ strict: false, allErrors: true });
    formats.default(ajv);
    const validate = ajv.compile(schema);
    expect(validate(compose), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ services: { x: { image: 1 } } })).toBe(false);
  });

  it('[OPS-67] mounts files that are there, and volumes that it declares', () => {
    for (const { volumes = [] } of Object.values(compose.services)) {
      for (const source of volumes.map((mount) => mount.split(':')[0]!)) {
        if (source.startsWith('.')) expect(existsSync(at(source)), source).toBe(true);
        else expect(Object.keys(compose.volumes ?? {})).toContain(source);
      }
    }
  });

  it('[OPS-67] names services that there are, at ports where they listen', () => {
    for (const [name, service] of Object.entries(compose.services)) {
      for (const other of Object.keys(service.depends_on ?? {}))
        expect(Object.keys(services)).toContain(other);
      for (const value of Object.values(service.environment ?? {})) {
        for (const [, host, port] of String(value).matchAll(/(?<![\w.-])([a-z][a-z-]*):(\d{2,5})(?!\d)/g)) {
          if (host === 'localhost') continue;
          expect(Object.keys(services), `${name}: ${host!}`).toContain(host);
          expect(PORTS[host!], `${name}: ${host!}`).toContain(Number(port));
        }
      }
      for (const published of service.ports ?? []) {
        const inside = /:(\d+)(\/udp)?$/.exec(published)?.[1];
        expect(PORTS[name], name).toContain(Number(inside));
      }
    }
  });

  it('[OPS-67] publishes no port twice, and none that a browser’s page could be mistaken for', () => {
    const outside = Object.values(compose.services).flatMap(({ ports = [] }) =>
      ports.map((port) => port.replace(/:\d+(?=$|\/)/, '').replace('127.0.0.1:', '')),
    );
    expect(new Set(outside).size).toBe(outside.length);
    // Where "npm run dev" listens.
    expect(outside).not.toContain(SETTINGS.PORT.default);
  });
});

describe('docker-compose.dev.yml', () => {
  it('[OPS-67] has services alone, on the loopback interface', () => {
    expect(Object.keys(development.services)).toEqual([
      ...['postgres', 'valkey', 'keycloak', 'redis-commander', 'pgweb'],
    ]);
    for (const { ports = [] } of Object.values(development.services)) {
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
    expect(text('docker-compose.dev.yml')).not.toMatch(/\$\{/);
  });
});

describe('the realm for Keycloak', () => {
  interface Client {
    readonly clientId: string;
    readonly publicClient: boolean;
    readonly implicitFlowEnabled: boolean;
    readonly directAccessGrantsEnabled: boolean;
    readonly redirectUris: readonly string[];
    readonly attributes: Readonly<Record<string, string>>;
    readonly protocolMappers: readonly { readonly config: Readonly<Record<string, string>> }[];
  }
  interface Realm {
    readonly realm: string;
    readonly roles: { readonly realm: readonly { readonly name: string }[] };
    readonly clients: readonly Client[];
    readonly users: readonly { readonly username: string; readonly realmRoles: readonly string[] }[];
  }
  const realm = json<Realm>('deploy/keycloak/realm.json');

  it('[OPS-69] has two public clients with PKCE and no other flow, whose tokens are for the chat', () => {
    expect(realm.clients.map(({ clientId }) => clientId)).toEqual(['hubbub-chat', 'hubbub-dashboard']);
    for (const client of realm.clients) {
      expect(client).toMatchObject({
        ...{ publicClient: true, implicitFlowEnabled: false, directAccessGrantsEnabled: false },
        attributes: { 'pkce.code.challenge.method': 'S256' },
        protocolMappers: [{ config: { 'included.client.audience': 'hubbub-chat' } }],
      });
      for (const address of client.redirectUris) expect(address).toMatch(/^\$\{HUBBUB_URL\}\//);
    }
  });

  it('[OPS-69] has the roles that Hubbub knows, and a test user without rights', () => {
    const roles = realm.roles.realm.map(({ name }) => name);
    expect(roles).toEqual(['user', 'moderator', 'admin']);
    expect(realm.users).toMatchObject([
      { username: 'test', realmRoles: [`default-roles-${realm.realm}`, 'user'] },
    ]);
  });

  it('[OPS-69] is mounted where Keycloak imports it, with every variable that it names', () => {
    const named = [...text('deploy/keycloak/realm.json').matchAll(/\$\{(\w+)\}/g)].map((match) => match[1]!);
    for (const { services } of [production, development]) {
      const keycloak = services['keycloak']!;
      expect(Object.keys(keycloak.environment!)).toEqual(expect.arrayContaining([...new Set(named)]));
      expect(keycloak.volumes).toContain(
        './deploy/keycloak/realm.json:/opt/keycloak/data/import/realm.json:ro',
      );
    }
    // Nobody knows the test user's password in production.
    expect(production.services['keycloak']!.environment!['KEYCLOAK_TEST_PASSWORD']).toBe(
      '${KEYCLOAK_TEST_PASSWORD:-${KEYCLOAK_ADMIN_PASSWORD:-}}',
    );
  });

  it('[OPS-69] is what docs/deployment.md tells Hubbub of', () => {
    const docs = text('docs/deployment.md');
    expect(docs).toContain(`OIDC_ISSUERS=https://chat.example.org/auth/realms/${realm.realm}\n`);
    expect(docs).toContain(`OIDC_ISSUERS=http://localhost:8081/realms/${realm.realm} `);
    for (const [setting, { clientId }] of [
      ['OIDC_CLIENT_ID', realm.clients[0]!],
      ['DASHBOARD_CLIENT_IDS', realm.clients[1]!],
    ] as const) {
      expect([...docs.matchAll(new RegExp(`${setting}=(\\S+)`, 'g'))].map((match) => match[1])).toEqual([
        ...[clientId, clientId],
      ]);
    }
  });
});

describe('what developers start', () => {
  interface DevContainer {
    readonly dockerComposeFile: readonly string[];
    readonly service: string;
    readonly workspaceFolder: string;
    readonly forwardPorts: readonly (number | string)[];
    readonly portsAttributes: Readonly<Record<string, object>>;
  }
  const { scripts } = json<{ scripts: Readonly<Record<string, string>> }>('package.json');

  it('[OPS-67] the devcontainer names files, a service and ports that there are', () => {
    const container = json<DevContainer>('.devcontainer/devcontainer.json');
    for (const file of container.dockerComposeFile) {
      expect(existsSync(new URL(file, at('.devcontainer/devcontainer.json'))), file).toBe(true);
    }
    const services = neighbours('.devcontainer/compose.yml');
    const own = services[container.service]!;
    expect(own.volumes).toContain(`.:${container.workspaceFolder}`);
    for (const port of container.forwardPorts) {
      if (typeof port === 'number') expect(String(port)).toBe(SETTINGS.PORT.default);
      else {
        const [host = '', number] = port.split(':');
        expect(Object.keys(services)).toContain(host);
        expect(PORTS[host]).toContain(Number(number));
      }
    }
    expect(Object.keys(container.portsAttributes)).toEqual(container.forwardPorts.map(String));
    for (const name of Object.keys(own.environment ?? {})) expect(Object.keys(SETTINGS)).toContain(name);
  });

  it('[OPS-67] the Makefile calls scripts and files that there are', () => {
    const rules = [...text('Makefile').matchAll(/^([a-z]+):\n((?:\t.*\n)+)/gm)];
    const targets = rules.map((match) => match[1]!);
    expect(targets).toEqual(expect.arrayContaining(['dev', 'run', 'test']));
    expect(/^\.PHONY: (.*)$/m.exec(text('Makefile'))![1]!.split(' ')).toEqual(targets);
    for (const [, , recipe = ''] of rules) {
      for (const [, script] of recipe.matchAll(/npm (?:run )?(\w+)/g))
        expect(Object.keys(scripts)).toContain(script);
      for (const [, file] of recipe.matchAll(/--(?:file|config) (\S+)/g))
        expect(existsSync(at(file!))).toBe(true);
    }
  });

  it('[OPS-67] docs/deployment.md names files that there are, and Makefile’s targets', () => {
    const rows = [...text('docs/deployment.md').matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1]!);
    expect(rows.length).toBeGreaterThan(5);
    for (const file of rows) expect(existsSync(at(file)), file).toBe(true);
    for (const [, target] of text('docs/deployment.md').matchAll(/`?make (\w+)/g)) {
      expect(text('Makefile')).toMatch(new RegExp(`^${target!}:`, 'm'));
    }
  });
});
