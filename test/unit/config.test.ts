import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadConfig, readConfig, readEnvironment } from '../../src/config.ts';
import type { Config, Environment } from '../../src/config.ts';
import { SETTINGS } from '../../src/config/settings.ts';
import { anyText } from '../support/any-text.ts';

const options = { baseDir: resolve('/srv/hubbub'), cores: 8 };

function good(env: Environment): Config {
  const config = loadConfig(env, options);
  if (!config.ok) throw new Error(config.failure.message);
  return config.value;
}

function complaint(env: Environment): string {
  const config = loadConfig(env, options);
  if (config.ok) throw new Error('it was taken');
  return config.failure.message;
}

describe('settings', () => {
  it('[OPS-20] an empty environment gives the defaults', () => {
    expect(good({})).toEqual({
      port: 8080,
      host: '127.0.0.1',
      dataDir: resolve('/srv/hubbub/data'),
      shards: 7,
      gateways: 0,
      oidcIssuers: [],
      oidcAudience: [],
      dashboardClientIds: [],
      guests: 'chat',
      registration: 'open',
      channelCreation: 'anyone',
      guestWhispers: 'on',
      serverName: 'Hubbub',
      adminUsername: 'admin',
      rateLimit: { limit: 20, windowMs: 10_000 },
      reportRetentionMs: 90 * 86_400_000,
      activityRetentionMs: 400 * 86_400_000,
      retention: {},
      webhookPrivateAddresses: false,
      maxConnectionsPerAddress: 1_000,
      maxFramesPerSecond: 50,
      maxBacklogBytes: 1_048_576,
      trustProxy: [],
      allowedOrigins: [],
      logLevel: 'info',
      warnings: [],
    });
  });

  it('[OPS-20] an empty or blank variable counts as unset', () => {
    const blank = Object.fromEntries(Object.keys(SETTINGS).map((name) => [name, ' ']));
    expect(good(blank)).toEqual(good({}));
  });

  it('[OPS-20] every setting reaches the configuration', () => {
    const config = good({
      PORT: '0',
      HOST: '::',
      PUBLIC_URL: 'https://chat.example/talk/',
      DATA_DIR: '/var/lib/hubbub',
      DATABASE_URL: 'postgres://user:secret@db:5432/chat',
      VALKEY_URL: 'valkey://cache:6379',
      REDIS_URL: 'redis://other:6379',
      SHARDS: '3',
      GATEWAYS: '2',
      OIDC_ISSUERS: 'https://id.example/realms/chat, https://login.example/',
      KINDE_ISSUER_URL: 'https://us.kinde.example',
      OIDC_CLIENT_ID: 'one,,three',
      OIDC_AUDIENCE: 'https://chat.example, chat',
      JWT_SECRET: 'x'.repeat(32),
      JWT_ISSUER: 'shop',
      DASHBOARD_CLIENT_IDS: 'board, other-board',
      GUESTS: 'read',
      REGISTRATION: 'off',
      CHANNEL_CREATION: 'moderators',
      GUEST_WHISPERS: 'off',
      WHISPERS_MAX_UNREAD: '500',
      SERVER_NAME: 'The Pub',
      ADMIN_USERNAME: 'Root',
      ADMIN_PASSWORD: 'correct horse',
      RATE_LIMIT_MESSAGES: '5',
      RATE_LIMIT_WINDOW_SECONDS: '3',
      MAX_CONNECTIONS_PER_ADDRESS: '7',
      MAX_FRAMES_PER_SECOND: '9',
      MAX_BACKLOG_BYTES: '200000',
      REPORT_RETENTION_DAYS: '7',
      ACTIVITY_RETENTION_DAYS: '30',
      RETENTION_DAYS: '365',
      RETENTION_MESSAGES: '100000',
      WEBHOOK_PRIVATE_ADDRESSES: 'on',
      DECISION_HOOK_URL: 'http://shop:3000/decide/',
      DECISION_HOOK_SECRET: 'd'.repeat(32),
      DECISION_HOOKS: 'may-publish, may-join',
      DECISION_HOOK_TIMEOUT_MS: '500',
      DECISION_HOOK_AWAY: 'allow',
      TRUST_PROXY: '10.0.0.0/8, ::1',
      ALLOWED_ORIGINS: 'https://a.example, http://b.example:80',
      LOG_LEVEL: 'debug',
    });
    expect(config).toEqual({
      port: 0,
      host: '::',
      publicUrl: 'https://chat.example/talk',
      dataDir: resolve('/var/lib/hubbub'),
      databaseUrl: 'postgres://user:secret@db:5432/chat',
      valkeyUrl: 'redis://cache:6379',
      shards: 3,
      gateways: 2,
      oidcIssuers: [
        { issuer: 'https://id.example/realms/chat', clientId: 'one' },
        { issuer: 'https://login.example/' },
        { issuer: 'https://us.kinde.example', clientId: 'three' },
      ],
      oidcAudience: ['https://chat.example', 'chat'],
      jwtSecret: 'x'.repeat(32),
      jwtIssuer: 'shop',
      dashboardClientIds: ['board', 'other-board'],
      guests: 'read',
      registration: 'off',
      channelCreation: 'moderators',
      guestWhispers: 'off',
      whispersMaxUnread: 500,
      serverName: 'The Pub',
      adminUsername: 'Root',
      adminPassword: 'correct horse',
      rateLimit: { limit: 5, windowMs: 3_000 },
      maxConnectionsPerAddress: 7,
      maxFramesPerSecond: 9,
      maxBacklogBytes: 200_000,
      reportRetentionMs: 7 * 86_400_000,
      activityRetentionMs: 30 * 86_400_000,
      retention: { days: 365, messages: 100_000 },
      webhookPrivateAddresses: true,
      decisionHook: {
        ...{ url: 'http://shop:3000/decide', secret: 'd'.repeat(32) },
        ...{ decisions: ['may-join', 'may-publish'], timeoutMs: 500, whenAway: 'allow' },
      },
      trustProxy: [
        { address: '10.0.0.0', prefix: 8, family: 'ipv4' },
        { address: '::1', prefix: 128, family: 'ipv6' },
      ],
      allowedOrigins: ['https://a.example', 'http://b.example', 'https://chat.example'],
      logLevel: 'debug',
      warnings: [],
    });
  });

  it('[OPS-20] nothing in it can be changed', () => {
    const config = good({ TRUST_PROXY: 'private', OIDC_ISSUERS: 'https://id.example' });
    const parts = [config, config.rateLimit, config.trustProxy, config.trustProxy[0], config.warnings];
    for (const part of [...parts, config.oidcIssuers, config.oidcIssuers[0], config.oidcAudience]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it('[OPS-21] SHARDS is cores − 1 when unset, and at least 1', () => {
    const shards = (cores: number) => {
      const config = loadConfig({}, { ...options, cores });
      return config.ok ? config.value.shards : null;
    };
    expect([1, 2, 8, 1_000].map(shards)).toEqual([1, 1, 7, 128]);
  });

  it.each([
    ['PORT', 'abc', 'a whole number from 0 to 65535'],
    ['PORT', '65536', 'a whole number from 0 to 65535'],
    ['PORT', '-1', 'a whole number'],
    ['PORT', '1e3', 'a whole number'],
    ['HOST', '[::1]', 'without brackets'],
    ['HOST', 'a b', 'an address'],
    ['PUBLIC_URL', 'chat.example', 'http or https'],
    ['PUBLIC_URL', 'ftp://chat.example', 'http or https'],
    ['PUBLIC_URL', 'https://chat.example/?a', 'http or https'],
    ['DATABASE_URL', 'mysql://db/chat', 'postgres://'],
    ['SHARDS', '0', 'from 1 to 128'],
    ['SHARDS', '129', 'from 1 to 128'],
    ['SHARDS', '1.5', 'a whole number'],
    ['GATEWAYS', '65', 'from 0 to 64'],
    ['GATEWAYS', '-1', 'from 0 to 64'],
    ['GUESTS', 'yes', 'one of chat, read, off'],
    ['REGISTRATION', 'closed', 'one of open, off'],
    ['CHANNEL_CREATION', 'all', 'one of anyone, users, moderators'],
    ['GUEST_WHISPERS', 'yes', 'one of on, off'],
    ['WHISPERS_MAX_UNREAD', '0', 'from 1'],
    ['WHISPERS_MAX_UNREAD', 'none', 'a whole number'],
    ['SERVER_NAME', 'x'.repeat(101), '1 to 100 characters'],
    ['SERVER_NAME', 'a\u0007b', 'control characters'],
    ['RATE_LIMIT_MESSAGES', '0', 'from 1'],
    ['RATE_LIMIT_WINDOW_SECONDS', '86401', 'to 86400'],
    ['MAX_CONNECTIONS_PER_ADDRESS', 'many', 'a whole number'],
    ['MAX_FRAMES_PER_SECOND', '0', 'from 1'],
    ['MAX_BACKLOG_BYTES', '1000', 'from 131072'],
    ['REPORT_RETENTION_DAYS', '0', 'from 1'],
    ['RETENTION_DAYS', '36501', 'from 1 to 36500'],
    ['RETENTION_MESSAGES', '0', 'from 1'],
    ['TRUST_PROXY', 'caddy', 'addresses or blocks'],
    ['TRUST_PROXY', '10.0.0.0/40', 'addresses or blocks'],
    ['ALLOWED_ORIGINS', 'https://a.example/path', 'no path'],
    ['LOG_LEVEL', 'loud', 'one of trace'],
    ['OIDC_ISSUERS', 'id.example', 'http or https'],
    ['OIDC_ISSUERS', ',', 'http or https'],
    ['OIDC_ISSUERS', 'https://id.example/?a', 'query'],
    ['OIDC_ISSUERS', 'https://id.example/#', 'fragment'],
    ['OIDC_ISSUERS', 'https://id.ex\nample/', 'http or https'],
    ['OIDC_ISSUERS', 'https://a.example,https://a.example', 'twice'],
    ['KINDE_ISSUER_URL', 'https://a.example,https://b.example', 'http or https'],
    ['OIDC_CLIENT_ID', 'a b', 'without spaces'],
    ['OIDC_AUDIENCE', 'a b', 'without spaces'],
    ['JWT_SECRET', 'x'.repeat(31), 'at least 32 bytes'],
    ['DECISION_HOOKS', 'may-dance', 'may-connect, may-join, may-publish'],
    ['DECISION_HOOK_AWAY', 'perhaps', 'allow'],
    ['DECISION_HOOK_TIMEOUT_MS', '49', 'from 50'],
    ['DECISION_HOOK_URL', 'ftp://shop.test', 'http'],
    ['JWT_ISSUER', 'urn:hubbub:mine', 'urn:hubbub:'],
    ['DASHBOARD_CLIENT_IDS', ',', 'separated by commas'],
    ['ADMIN_USERNAME', 'guest-x', 'guest-'],
    ['ADMIN_PASSWORD', 'short', '8 to 128'],
  ])('[OPS-22] %s=%j is refused in one line that names it and what it must be', (name, text, must) => {
    const line = complaint({ [name]: text });
    expect(line).toContain(name);
    expect(line).toContain(must);
    expect(line).toMatch(/leave it unset/);
    expect(line).not.toMatch(/[\n\r]/);
  });

  const twoIssuers = 'https://a.example,https://b.example/';
  it.each([
    [
      { KINDE_ISSUER_URL: 'https://a.example' },
      'KINDE_ISSUER_URL',
      'another issuer than those of OIDC_ISSUERS',
    ],
    [{ JWT_ISSUER: 'https://b.example/' }, 'JWT_ISSUER', 'another issuer than those of OIDC_ISSUERS'],
    [{ OIDC_CLIENT_ID: 'a,b,c' }, 'OIDC_CLIENT_ID', 'or 2, one for each'],
    [
      { OIDC_CLIENT_ID: 'a,b', KINDE_ISSUER_URL: 'https://c.example' },
      'OIDC_CLIENT_ID',
      'or 3, one for each',
    ],
  ])('[OPS-50] beside two issuers %j is refused in one line', (env, name, must) => {
    const line = complaint({ OIDC_ISSUERS: twoIssuers, ...env });
    expect(line).toContain(`bad setting ${name}`);
    expect(line).toContain(must);
    expect(line).not.toMatch(/[\n\r]/);
  });

  it('[OPS-50] an issuer is kept as it is written, and one client id is that of all', () => {
    const { oidcIssuers } = good({ OIDC_ISSUERS: twoIssuers, OIDC_CLIENT_ID: 'chat' });
    expect(oidcIssuers).toEqual([
      { issuer: 'https://a.example', clientId: 'chat' },
      { issuer: 'https://b.example/', clientId: 'chat' },
    ]);
  });

  it('[OPS-51] an issuer without audience and client id brings a warning that names what to set', () => {
    const { warnings } = good({ OIDC_ISSUERS: twoIssuers, OIDC_CLIENT_ID: ',chat' });
    expect(warnings).toEqual([
      expect.stringMatching(/^Every token of https:\/\/a\.example, .*OIDC_AUDIENCE/),
    ]);
    expect(good({ OIDC_ISSUERS: twoIssuers, OIDC_AUDIENCE: 'chat' }).warnings).toEqual([]);
  });

  it('[OPS-51] an issuer that is asked over http through foreign networks brings a warning', () => {
    const warned = (issuer: string) =>
      good({ OIDC_ISSUERS: issuer, OIDC_AUDIENCE: 'chat' }).warnings.some((line) =>
        line.includes('unprotected'),
      );
    const own = [
      'localhost:8081',
      '127.0.0.1',
      '[::1]:9',
      '10.1.2.3',
      '192.168.0.9',
      'keycloak:8080',
      'id.local',
    ];
    expect(own.filter((host) => warned(`http://${host}/`))).toEqual([]);
    const foreign = ['id.example', '203.0.113.7', '[2001:db8::1]', 'localhost.example'];
    expect(foreign.filter((host) => !warned(`http://${host}/`))).toEqual([]);
    expect(warned('https://id.example')).toBe(false);
  });

  it('[OPS-51] settings that do nothing without another bring a warning', () => {
    expect(good({ OIDC_CLIENT_ID: 'a,b', OIDC_AUDIENCE: 'c', JWT_ISSUER: 'shop' }).warnings).toEqual([
      'OIDC_AUDIENCE is set, but does nothing without OIDC_ISSUERS',
      'OIDC_CLIENT_ID is set, but does nothing without OIDC_ISSUERS',
      'JWT_ISSUER is set, but does nothing without JWT_SECRET',
    ]);
  });

  it('[OPS-22] no value makes it throw or write more than one line', () => {
    const names = Object.keys(SETTINGS);
    const url = fc
      .tuple(fc.constantFrom('http://', 'postgres://', 'x:'), anyText)
      .map((parts) => parts.join(''));
    const value = fc.oneof(anyText, url, fc.ipV4(), fc.integer().map(String));
    fc.assert(
      fc.property(fc.constantFrom(...names), value, (name, text) => {
        const config = loadConfig({ [name]: text }, options);
        if (!config.ok) expect(config.failure.message).not.toMatch(/[\n\r]/);
      }),
    );
  });

  it('[OPS-23] a refusal never shows a database address or anything else with a password in it', () => {
    expect(complaint({ DATABASE_URL: 'mysql://user:hunter2@db/chat' })).not.toContain('hunter2');
    expect(complaint({ PUBLIC_URL: 'https://user:hunter2@chat.example' })).not.toContain('hunter2');
    expect(complaint({ ALLOWED_ORIGINS: 'https://user:hunter2@chat.example' })).not.toContain('hunter2');
    expect(complaint({ OIDC_ISSUERS: 'https://user:hunter2@id.example' })).not.toContain('hunter2');
    expect(complaint({ JWT_SECRET: 'hunter2' })).not.toContain('hunter2');
    expect(complaint({ VALKEY_URL: 'http://user:hunter2@db' })).not.toContain('hunter2');
    expect(complaint({ ADMIN_PASSWORD: 'hunter2' })).not.toContain('hunter2');
  });

  it('[VALKEY-1] VALKEY_URL goes before REDIS_URL, by either scheme', () => {
    const one = 'redis://user:pw@one:6379/2';
    expect(good({ VALKEY_URL: 'valkeys://two', REDIS_URL: one })).toMatchObject({
      valkeyUrl: 'rediss://two',
    });
    expect(good({ REDIS_URL: one })).toMatchObject({ valkeyUrl: one });
    expect(good({ VALKEY_URL: 'valkey://two:7000' })).toMatchObject({ valkeyUrl: 'redis://two:7000' });
    for (const bad of ['two:6379', 'http://two', 'redis:// two']) {
      expect(complaint({ VALKEY_URL: bad })).toContain('redis://');
    }
  });

  it('[OPS-25] TRUST_PROXY knows the names off, loopback and private', () => {
    const ranges = (text: string) =>
      good({ TRUST_PROXY: text }).trustProxy.map(({ address, prefix }) => `${address}/${prefix}`);
    expect(ranges('off')).toEqual([]);
    expect(ranges('loopback')).toEqual(['127.0.0.0/8', '::1/128']);
    expect(ranges('private')).toEqual(['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']);
    expect(ranges('loopback,192.0.2.1')).toEqual(['127.0.0.0/8', '::1/128', '192.0.2.1/32']);
  });

  it('[OPS-30] the origin of PUBLIC_URL may connect, and * stands for every origin', () => {
    expect(good({ PUBLIC_URL: 'https://chat.example/talk' }).allowedOrigins).toEqual([
      'https://chat.example',
    ]);
    expect(good({ ALLOWED_ORIGINS: '*', PUBLIC_URL: 'https://chat.example' }).allowedOrigins).toBe('*');
  });
});

describe('the environment', () => {
  function inFolder(prepare: (folder: string) => void, check: (folder: string) => void): void {
    const folder = mkdtempSync(join(tmpdir(), 'hubbub-env-'));
    try {
      prepare(folder);
      check(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it('[OPS-20] is what the process has, then what .env has', () => {
    inFolder(
      (folder) =>
        writeFileSync(
          join(folder, '.env'),
          '# ours\nPORT=9000\nSERVER_NAME="The Pub" # quoted\nGUESTS=off\n',
        ),
      (folder) => {
        const env = readEnvironment(folder, { PORT: '9001', HOST: '::1', GUESTS: '' });
        expect(env).toEqual({
          ok: true,
          value: { PORT: '9001', HOST: '::1', SERVER_NAME: 'The Pub', GUESTS: '' },
        });
      },
    );
  });

  it('[OPS-20] needs no .env', () => {
    inFolder(
      () => undefined,
      (folder) => expect(readEnvironment(folder, { PORT: '1' })).toEqual({ ok: true, value: { PORT: '1' } }),
    );
  });

  it('[OPS-22] a .env that can’t be read is told in one line', () => {
    inFolder(
      (folder) => mkdirSync(join(folder, '.env')),
      (folder) => {
        const env = readEnvironment(folder, {});
        expect(env.ok ? '' : env.failure.message).toMatch(/^\S+\.env can't be read \(EISDIR\): .*$/);
      },
    );
  });

  it('[OPS-20] of this process makes a configuration', () => {
    expect(readConfig()).toMatchObject({ ok: true });
  });
});
