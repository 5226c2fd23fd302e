/** The server's settings: the only reader of the environment. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import type { AddressRange } from './auth/address-range.ts';
import type { AllowedOrigins } from './auth/origin.ts';
import { canonicalOrigin } from './auth/origin.ts';
import { issuerSettings } from './config/issuer-settings.ts';
import type { IssuerSettings, OidcIssuerSetting } from './config/issuer-settings.ts';
import { SETTINGS } from './config/settings.ts';
import type { Setting } from './config/settings.ts';
import type { Kind, Surroundings } from './config/setting-kinds.ts';
import { failure } from './protocol/errors.ts';
import type { TraceSampling } from './protocol/tracing.ts';
import type { Failure } from './protocol/errors.ts';
import type { RetentionDefaults } from './protocol/retention.ts';
import { fail, ok } from './protocol/result.ts';
import type { Result } from './protocol/result.ts';

/** Validated and frozen. */
export interface Config {
  /** 0: any free one. */
  readonly port: number;
  readonly host: string;
  /** Without a slash at its end; absent: derived from where the server listens. */
  readonly publicUrl?: string;
  /** Absolute. */
  readonly dataDir: string;
  /** Absent: the embedded PostgreSQL in `dataDir`. */
  readonly databaseUrl?: string;
  /** With `redis:` or `rediss:`; absent: nothing is shared through one. */
  readonly valkeyUrl?: string;
  readonly shards: number;
  /** 0: sockets belong to the main thread. */
  readonly gateways: number;
  /** OIDC issuers whose tokens are taken, no two the same. */
  readonly oidcIssuers: readonly OidcIssuerSetting[];
  /** One of these a token of an OIDC issuer names as its audience; empty: the issuer's client id decides. */
  readonly oidcAudience: readonly string[];
  /** At least 32 bytes (UTF-8); absent: no tokens that are signed with a secret. */
  readonly jwtSecret?: string;
  /** `iss` of those tokens. */
  readonly jwtIssuer?: string;
  /** `azp` of dashboards. */
  readonly dashboardClientIds: readonly string[];
  readonly guests: 'chat' | 'read' | 'off';
  readonly registration: 'open' | 'off';
  readonly channelCreation: 'anyone' | 'users' | 'moderators';
  /** Whether guests may send whispers. */
  readonly guestWhispers: 'on' | 'off';
  /** Unread whispers that an inbox takes; absent: any number. */
  readonly whispersMaxUnread?: number;
  readonly serverName: string;
  /** The first administrator. */
  readonly adminUsername: string;
  /** Absent: one is made up. */
  readonly adminPassword?: string;
  /** Starting values of the message limit. */
  readonly rateLimit: { readonly limit: number; readonly windowMs: number };
  readonly maxConnectionsPerAddress: number;
  readonly maxFramesPerSecond: number;
  /** Bytes that a socket may leave unread. */
  readonly maxBacklogBytes: number;
  /** Reports of messages are kept for so long. */
  readonly reportRetentionMs: number;
  readonly activityRetentionMs: number;
  /** What channels keep that say nothing else. */
  readonly retention: RetentionDefaults;
  /** Whether webhooks may lead to this machine and private networks. */
  readonly webhookPrivateAddresses: boolean;
  /** Another program that decides too; absent: none. */
  readonly decisionHook?: {
    readonly url: string;
    readonly secret: string;
    readonly decisions: readonly ('may-connect' | 'may-join' | 'may-publish')[];
    readonly timeoutMs: number;
    readonly whenAway: 'allow' | 'deny';
  };
  readonly trustProxy: readonly AddressRange[];
  /** Besides the server's own; that of `publicUrl` is in it. */
  readonly allowedOrigins: AllowedOrigins;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** Where traces go, and which; absent: nowhere. */
  readonly tracing?: {
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly serviceName: string;
    readonly sampling: TraceSampling;
  };
  /** Sentences for the log: settings that are not acted on. */
  readonly warnings: readonly string[];
}

const DAY_MS = 86_400_000;

/** Variables by name. An empty one counts as unset. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What {@link loadConfig} needs besides the variables. */
export interface ConfigOptions extends Surroundings {
  /** Cores of this machine. */
  readonly cores: number;
}

type Values = {
  [Name in keyof typeof SETTINGS]:
    | ((typeof SETTINGS)[Name]['kind'] extends Kind<infer T> ? T : never)
    | (undefined extends DefaultOf<Name> ? undefined : never);
};
type DefaultOf<Name extends keyof typeof SETTINGS> = (typeof SETTINGS)[Name] extends {
  readonly default: string;
}
  ? string
  : undefined;

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LONGEST_SHOWN = 80;

/**
 * Reads every setting out of `env`. A bad one fails with `bad_request` and one line that says which, what is wrong with
 * it and how to mend it.
 */
export function loadConfig(env: Environment, options: ConfigOptions): Result<Config> {
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries<Setting<unknown>>(SETTINGS)) {
    const text = env[name]?.trim() || setting.default;
    if (text === undefined) continue;
    const parsed = setting.kind(text, options);
    if (!parsed.ok) return fail(badSetting(name, text, parsed.must, setting));
    values[name] = parsed.value;
  }
  // Each value came from its own setting's kind just now.
  const typed = values as Values;
  const issuers = issuerSettings(typed);
  if (!issuers.ok) {
    const setting: Setting<unknown> = SETTINGS[issuers.name];
    return fail(badSetting(issuers.name, env[issuers.name]?.trim() ?? '', issuers.must, setting));
  }
  // Nothing would be decided by whom it was meant to be.
  if (typed.DECISION_HOOK_URL !== undefined && typed.DECISION_HOOK_SECRET === undefined) {
    const must = 'a secret of at least 32 bytes where DECISION_HOOK_URL is set';
    return fail(badSetting('DECISION_HOOK_SECRET', '', must, SETTINGS.DECISION_HOOK_SECRET));
  }
  return ok(toConfig(typed, issuers, issuers.warnings, options));
}

/**
 * The process's environment, and for what it leaves out a `.env` in `folder` (beside package.json). Fails with one line
 * when that file is there and can't be read.
 */
export function readEnvironment(folder = ROOT, variables: Environment = process.env): Result<Environment> {
  const file = join(folder, '.env');
  try {
    return ok({ ...parseEnv(readFileSync(file, 'utf8')), ...variables });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    if (code === 'ENOENT') return ok({ ...variables });
    return fail(
      failure('bad_request', `${file} can't be read (${code}): let this user read it, or remove it`),
    );
  }
}

/** {@link loadConfig} over {@link readEnvironment} on this machine. */
export function readConfig(): Result<Config> {
  const env = readEnvironment();
  return env.ok ? loadConfig(env.value, { baseDir: ROOT, cores: availableParallelism() }) : env;
}

function toConfig(
  values: Values,
  { oidcIssuers }: IssuerSettings & { readonly ok: true },
  warnings: readonly string[],
  options: ConfigOptions,
): Config {
  const { PUBLIC_URL: publicUrl, DATABASE_URL: databaseUrl } = values;
  const valkeyUrl = values.VALKEY_URL ?? values.REDIS_URL;
  const { WHISPERS_MAX_UNREAD: whispersMaxUnread } = values;
  const { RETENTION_DAYS: days, RETENTION_MESSAGES: messages } = values;
  const { JWT_SECRET: jwtSecret, JWT_ISSUER: jwtIssuer, ADMIN_PASSWORD: adminPassword } = values;
  return Object.freeze({
    port: values.PORT,
    host: values.HOST,
    ...(publicUrl === undefined ? {} : { publicUrl }),
    dataDir: values.DATA_DIR,
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(valkeyUrl === undefined ? {} : { valkeyUrl }),
    shards: values.SHARDS ?? Math.min(128, Math.max(1, options.cores - 1)),
    gateways: values.GATEWAYS,
    oidcIssuers: Object.freeze(oidcIssuers),
    oidcAudience: Object.freeze(values.OIDC_AUDIENCE ?? []),
    ...(jwtSecret === undefined ? {} : { jwtSecret }),
    ...(jwtIssuer === undefined ? {} : { jwtIssuer }),
    dashboardClientIds: Object.freeze(values.DASHBOARD_CLIENT_IDS ?? []),
    guests: values.GUESTS,
    registration: values.REGISTRATION,
    channelCreation: values.CHANNEL_CREATION,
    guestWhispers: values.GUEST_WHISPERS,
    ...(whispersMaxUnread === undefined ? {} : { whispersMaxUnread }),
    serverName: values.SERVER_NAME,
    adminUsername: values.ADMIN_USERNAME,
    ...(adminPassword === undefined ? {} : { adminPassword }),
    rateLimit: Object.freeze({
      limit: values.RATE_LIMIT_MESSAGES,
      windowMs: values.RATE_LIMIT_WINDOW_SECONDS * 1_000,
    }),
    maxConnectionsPerAddress: values.MAX_CONNECTIONS_PER_ADDRESS,
    maxFramesPerSecond: values.MAX_FRAMES_PER_SECOND,
    maxBacklogBytes: values.MAX_BACKLOG_BYTES,
    reportRetentionMs: values.REPORT_RETENTION_DAYS * DAY_MS,
    activityRetentionMs: values.ACTIVITY_RETENTION_DAYS * DAY_MS,
    retention: Object.freeze({
      ...(days === undefined ? {} : { days }),
      ...(messages === undefined ? {} : { messages }),
    }),
    webhookPrivateAddresses: values.WEBHOOK_PRIVATE_ADDRESSES === 'on',
    ...decisionHook(values.DECISION_HOOK_URL, values.DECISION_HOOK_SECRET, {
      decisions: Object.freeze(values.DECISION_HOOKS),
      timeoutMs: values.DECISION_HOOK_TIMEOUT_MS,
      whenAway: values.DECISION_HOOK_AWAY,
    }),
    trustProxy: Object.freeze(values.TRUST_PROXY.map((range) => Object.freeze(range))),
    allowedOrigins: allowedOrigins(values.ALLOWED_ORIGINS ?? [], publicUrl),
    logLevel: values.LOG_LEVEL,
    ...tracing(values),
    warnings: Object.freeze(warnings),
  });
}

function allowedOrigins(listed: AllowedOrigins, publicUrl: string | undefined): AllowedOrigins {
  if (listed === '*') return listed;
  const own = publicUrl === undefined ? null : canonicalOrigin(new URL(publicUrl).origin);
  return Object.freeze(own === null || listed.includes(own) ? [...listed] : [...listed, own]);
}

function badSetting(
  name: string,
  text: string,
  must: string,
  setting: Pick<Setting<unknown>, 'default' | 'secret'>,
): Failure {
  // Addresses may hold a password before the @. JSON keeps a line break in the value from making a second line.
  const shown =
    setting.secret === true || text.includes('@') ? '' : `=${JSON.stringify(text.slice(0, LONGEST_SHOWN))}`;
  const mend = setting.default === undefined ? 'or leave it unset' : `or leave it unset (${setting.default})`;
  return failure('bad_request', `bad setting ${name}${shown}: it must be ${must}, ${mend}`);
}

/** Where OpenTelemetry's settings say that traces are sent; an endpoint alone says so too. */
function tracing(values: Values): Pick<Config, 'tracing'> {
  const { OTEL_TRACES_EXPORTER: exporter, OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = values;
  if (exporter === 'none' || (exporter === undefined && endpoint === undefined)) return {};
  return {
    tracing: Object.freeze({
      url: `${endpoint ?? SETTINGS.OTEL_EXPORTER_OTLP_ENDPOINT.unset}/v1/traces`,
      headers: Object.freeze(values.OTEL_EXPORTER_OTLP_HEADERS ?? {}),
      serviceName: values.OTEL_SERVICE_NAME,
      sampling: Object.freeze({
        sampler: values.OTEL_TRACES_SAMPLER,
        ratio: values.OTEL_TRACES_SAMPLER_ARG,
      }),
    }),
  };
}

/** Set when both its address and its secret are. */
function decisionHook(
  url: string | undefined,
  secret: string | undefined,
  rest: Omit<NonNullable<Config['decisionHook']>, 'url' | 'secret'>,
): Pick<Config, 'decisionHook'> {
  return url === undefined || secret === undefined ? {} : { decisionHook: { url, secret, ...rest } };
}
