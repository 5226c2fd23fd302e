/** Builds the issuers of others whose tokens are taken. */
import { OidcIssuer } from '../auth/oidc/oidc-issuer.ts';
import { IssuerLogins } from '../auth/oidc/issuer-logins.ts';
import type { TokenIssuer } from '../auth/identity.ts';
import { SharedSecretIssuer } from '../auth/shared-secret-issuer.ts';
import type { Config } from '../config.ts';
import type { Logger } from '../observability/logger.ts';
import { processClock } from '../threads/process-clock.ts';
import { runtimeTimers } from '../threads/runtime-timers.ts';

/** They are asked for their keys from the moment on when this exists. */
export interface Issuers {
  /** By exact `iss`. */
  readonly listed: readonly TokenIssuer[];
  /** For tokens that name none of those. */
  readonly fallback?: TokenIssuer;
  readonly logins: IssuerLogins;
  /** What people who run the server should know of them. */
  warnings(): readonly string[];
  stop(): Promise<void>;
}

/** Builds and starts them; none is waited for. */
export function buildIssuers(config: Config, logger: Logger): Issuers {
  const now = (): number => Date.now();
  const timers = runtimeTimers();
  const oidc = config.oidcIssuers.map(
    (setting) => new OidcIssuer({ ...setting, audience: config.oidcAudience, fetch, timers, logger, now }),
  );
  const { jwtSecret: secret, jwtIssuer } = config;
  const [dashboardClient] = config.dashboardClientIds;
  const issuer = jwtIssuer === undefined ? {} : { issuer: jwtIssuer };
  const shared = secret === undefined ? null : new SharedSecretIssuer({ secret, now, ...issuer });
  for (const { keys } of oidc) keys.start();
  return {
    listed: shared === null || jwtIssuer === undefined ? oidc : [...oidc, shared],
    ...(shared === null || jwtIssuer !== undefined ? {} : { fallback: shared }),
    logins: new IssuerLogins({
      ...{ issuers: oidc, fetch, logger, now, mono: processClock },
      ...(dashboardClient === undefined ? {} : { dashboardClient }),
    }),
    warnings: () => oidc.flatMap(({ keys }) => keys.warning ?? []),
    stop: async () => {
      await Promise.all(oidc.map(({ keys }) => keys.stop()));
    },
  };
}
