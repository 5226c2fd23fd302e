/**
 * Every setting, in one table: what it is called, what it is when unset, what it may be. The parser, .env.example, the
 * README's table and the container's environment all follow it (docs/SPEC.md, OPS rules).
 */
import { MAX_SERVER_NAME_LENGTH } from '../protocol/server-name.ts';
import {
  accountName,
  addressRanges,
  clientIds,
  databaseUrl,
  folder,
  headers,
  integer,
  issuerUrl,
  issuerUrls,
  listenAddress,
  name,
  oneOf,
  origins,
  password,
  positionalClientIds,
  publicUrl,
  ratio,
  secret,
  someOf,
  tokenIssuer,
  valkeyUrl,
  words,
} from './setting-kinds.ts';
import type { Kind } from './setting-kinds.ts';
import { SAMPLERS } from '../protocol/tracing.ts';

/** One setting. */
export interface Setting<T> {
  readonly kind: Kind<T>;
  /** Text that an unset one stands for; absent: computed, or none. */
  readonly default?: string;
  /** What the documentation shows where there is no `default`. */
  readonly unset?: string;
  /** For people who set it. */
  readonly what: string;
  /** Its value is never shown. */
  readonly secret?: boolean;
}

/** The settings that this version acts on. */
export const SETTINGS = {
  PORT: { kind: integer(0, 65_535), default: '8080', what: 'Port to listen on; 0 takes a free one' },
  HOST: { kind: listenAddress, default: '127.0.0.1', what: 'Address to listen on; 0.0.0.0 or :: for all' },
  PUBLIC_URL: {
    kind: publicUrl,
    unset: 'from HOST and PORT',
    what: 'Where browsers find the server, such as https://chat.example.org',
  },
  DATA_DIR: {
    kind: folder,
    default: './data',
    what: 'Folder for the embedded PostgreSQL and what else must persist',
  },
  DATABASE_URL: {
    kind: databaseUrl,
    unset: 'embedded',
    what: 'PostgreSQL 15 or newer, as postgres://user:password@host:5432/database',
    secret: true,
  },
  VALKEY_URL: {
    kind: valkeyUrl,
    unset: 'none',
    what: 'Valkey or Redis that servers share and other programs publish through, as redis://user:password@host:6379',
    secret: true,
  },
  REDIS_URL: {
    kind: valkeyUrl,
    unset: 'none',
    what: 'The same by its older name; VALKEY_URL goes before it',
    secret: true,
  },
  SHARDS: {
    kind: integer(1, 128),
    unset: 'cores − 1, at least 1',
    what: 'Worker threads that own the channels',
  },
  GATEWAYS: {
    kind: integer(0, 64),
    default: '0',
    what: 'Threads that own the sockets, all on the same port (Linux); 0: the main thread does',
  },
  OIDC_ISSUERS: {
    kind: issuerUrls,
    unset: 'none',
    what: 'Identity providers whose users may log in: their issuer URLs exactly as they write them, comma-separated',
  },
  KINDE_ISSUER_URL: { kind: issuerUrl, unset: 'none', what: 'One more of them, by the name that Kinde uses' },
  OIDC_CLIENT_ID: {
    kind: positionalClientIds,
    unset: 'none',
    what: 'Client id of this server at its issuers: one for all, or one each, in the order of OIDC_ISSUERS',
  },
  OIDC_AUDIENCE: {
    kind: words,
    unset: 'the client id',
    what: 'What a token of an issuer must name as its audience, one of these, comma-separated',
  },
  JWT_SECRET: {
    kind: secret(32),
    unset: 'none',
    what: 'Secret of at least 32 bytes that another program signs tokens with (HS256)',
    secret: true,
  },
  JWT_ISSUER: { kind: tokenIssuer, unset: 'any', what: 'What such tokens must name as their issuer' },
  DASHBOARD_CLIENT_IDS: {
    kind: clientIds,
    unset: 'none',
    what: 'Client ids of dashboards, comma-separated: who comes by one is never shown as a member',
  },
  GUESTS: {
    kind: oneOf('chat', 'read', 'off'),
    default: 'chat',
    what: 'Whether people without an account may `chat`, `read`, or are kept out (`off`)',
  },
  REGISTRATION: {
    kind: oneOf('open', 'off'),
    default: 'open',
    what: 'Whether anyone may create an account: `open` or `off`',
  },
  CHANNEL_CREATION: {
    kind: oneOf('anyone', 'users', 'moderators'),
    default: 'anyone',
    what: 'Who may create channels: `anyone`, `users` or `moderators`',
  },
  GUEST_WHISPERS: {
    kind: oneOf('on', 'off'),
    default: 'on',
    what: 'Whether guests may send private messages: `on` or `off`; they receive and read them either way',
  },
  WHISPERS_MAX_UNREAD: {
    kind: integer(1, 1_000_000),
    unset: 'any number',
    what: 'Unread private messages that one inbox takes before further ones are refused',
  },
  SERVER_NAME: {
    kind: name(MAX_SERVER_NAME_LENGTH),
    default: 'Hubbub',
    what: 'Name that people see; what an administrator gives instead is in the database',
  },
  ADMIN_USERNAME: { kind: accountName, default: 'admin', what: 'Name of the first administrator' },
  ADMIN_PASSWORD: {
    kind: password,
    unset: 'generated, printed once',
    what: 'Password of the first administrator, 8 to 128 characters',
    secret: true,
  },
  RATE_LIMIT_MESSAGES: {
    kind: integer(1, 100_000),
    default: '20',
    what: 'Messages, and apart from those whispers, that one user may send in a window; the database has the live one',
  },
  RATE_LIMIT_WINDOW_SECONDS: {
    kind: integer(1, 86_400),
    default: '10',
    what: 'That window, in seconds; a starting value too',
  },
  MAX_CONNECTIONS_PER_ADDRESS: {
    kind: integer(1, 1_000_000),
    default: '1000',
    what: 'Open sockets from one client address (IPv6: one /64)',
  },
  MAX_FRAMES_PER_SECOND: {
    kind: integer(1, 100_000),
    default: '50',
    what: 'Frames a second that one socket may send; bursts of twice that',
  },
  MAX_BACKLOG_BYTES: {
    kind: integer(131_072, 67_108_864),
    default: '1048576',
    what: 'Bytes that one socket may leave unread; it is closed then, and resumes',
  },
  REPORT_RETENTION_DAYS: {
    kind: integer(1, 3_650),
    default: '90',
    what: 'Days that reports of messages are kept, with what they report, open or not',
  },
  ACTIVITY_RETENTION_DAYS: {
    kind: integer(2, 3_650),
    default: '400',
    what: 'Days that sessions and what each user wrote when are kept; sums of everybody and of channels stay',
  },
  RETENTION_DAYS: {
    kind: integer(1, 36_500),
    unset: 'for ever',
    what: 'Days after which messages of channels are removed, where a channel says nothing else',
  },
  RETENTION_MESSAGES: {
    kind: integer(1, 1_000_000_000),
    unset: 'all',
    what: 'How many of the newest messages a channel keeps, where it says nothing else',
  },
  WEBHOOK_PRIVATE_ADDRESSES: {
    kind: oneOf('on', 'off'),
    default: 'off',
    what: 'Whether webhooks may lead to this machine and private networks: `on` or `off`',
  },
  DECISION_HOOK_URL: {
    kind: publicUrl,
    unset: 'none',
    what: 'Another program that is asked who may connect, join and write; takes DECISION_HOOK_SECRET',
  },
  DECISION_HOOK_SECRET: {
    kind: secret(32),
    unset: 'none',
    what: 'Secret of at least 32 bytes that signs those questions',
    secret: true,
  },
  DECISION_HOOKS: {
    kind: someOf('may-connect', 'may-join', 'may-publish'),
    default: 'may-connect,may-join',
    what: 'What it is asked, comma-separated: `may-connect`, `may-join`, `may-publish`',
  },
  DECISION_HOOK_TIMEOUT_MS: {
    kind: integer(50, 5_000),
    default: '1000',
    what: 'Milliseconds within which it has to answer',
  },
  DECISION_HOOK_AWAY: {
    kind: oneOf('allow', 'deny'),
    default: 'deny',
    what: 'What holds when it doesn’t: `allow` or `deny`',
  },
  TRUST_PROXY: {
    kind: addressRanges,
    default: 'off',
    what: 'Addresses of proxies whose X-Forwarded-* headers are believed: 10.0.0.0/8, …, or `loopback`, `private`',
  },
  ALLOWED_ORIGINS: {
    kind: origins,
    unset: 'same origin',
    what: 'Origins of other web pages that may connect, comma-separated; `*` for all',
  },
  LOG_LEVEL: {
    kind: oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    default: 'info',
    what: 'Least level that is logged: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `silent`',
  },
  OTEL_TRACES_EXPORTER: {
    kind: oneOf('otlp', 'none'),
    unset: 'by the endpoint',
    what: 'Whether traces are sent: `otlp` or `none`; unset: `otlp` where OTEL_EXPORTER_OTLP_ENDPOINT is set',
  },
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    kind: publicUrl,
    unset: 'http://localhost:4318',
    what: 'Where traces are sent, as OTLP over HTTP: `/v1/traces` is put behind it',
  },
  OTEL_EXPORTER_OTLP_HEADERS: {
    kind: headers,
    unset: 'none',
    what: 'Headers that they are sent with: name=value, comma-separated, values percent-encoded',
    secret: true,
  },
  OTEL_SERVICE_NAME: { kind: name(64), default: 'hubbub', what: 'As what the server appears in traces' },
  OTEL_TRACES_SAMPLER: {
    kind: oneOf(...SAMPLERS),
    default: 'traceidratio',
    what: 'Which traces are recorded; `parentbased_…` goes by what a client says of its own first',
  },
  OTEL_TRACES_SAMPLER_ARG: {
    kind: ratio,
    default: '0.01',
    what: 'Share of traces that are recorded where it goes by ratio, from 0 to 1',
  },
} as const satisfies Record<string, Setting<unknown>>;

/** Every setting, unset: what a server that a test or a bench starts is given, so that no `.env` reaches it. */
export const UNSET_SETTINGS: Readonly<Record<string, string>> = Object.fromEntries(
  Object.keys(SETTINGS).map((name) => [name, '']),
);
