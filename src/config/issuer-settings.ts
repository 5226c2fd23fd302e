/** What the settings about issuers of tokens come to together: what one of them alone can't tell. */
import { isIP } from 'node:net';
import { addressSet, canonicalAddress, parseAddressRange } from '../auth/address-range.ts';

/** An OIDC issuer whose tokens are taken. */
export interface OidcIssuerSetting {
  /** As its tokens name it, to the letter. */
  readonly issuer: string;
  /** This server's client id there. */
  readonly clientId?: string;
}

/** The settings that it is about, as their kinds read them. */
export interface IssuerValues {
  readonly OIDC_ISSUERS: readonly string[] | undefined;
  readonly KINDE_ISSUER_URL: string | undefined;
  readonly OIDC_CLIENT_ID: readonly (string | undefined)[] | undefined;
  readonly OIDC_AUDIENCE: readonly string[] | undefined;
  readonly JWT_SECRET: string | undefined;
  readonly JWT_ISSUER: string | undefined;
}

/** The issuers, and sentences for the log; or the setting that doesn't go with the others and what it must be. */
export type IssuerSettings =
  | {
      readonly ok: true;
      readonly oidcIssuers: readonly OidcIssuerSetting[];
      readonly warnings: readonly string[];
    }
  | {
      readonly ok: false;
      readonly name: 'KINDE_ISSUER_URL' | 'OIDC_CLIENT_ID' | 'JWT_ISSUER';
      readonly must: string;
    };

const PRIVATE = addressSet(
  [
    '127.0.0.0/8',
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '169.254.0.0/16',
    '::1',
    'fc00::/7',
  ].flatMap((text) => parseAddressRange(text) ?? []),
);
// RFC 6761 (localhost), RFC 6762 (local), RFC 8375 (home.arpa), and the one that ICANN reserved for private use.
const PRIVATE_NAME = /(^|\.)(localhost|local|internal|home\.arpa)$/;

/** See the head of the file. */
export function issuerSettings(values: IssuerValues): IssuerSettings {
  const { OIDC_ISSUERS: listed = [], KINDE_ISSUER_URL: kinde, OIDC_CLIENT_ID: clientIds = [] } = values;
  if (kinde !== undefined && listed.includes(kinde)) {
    return { ok: false, name: 'KINDE_ISSUER_URL', must: 'another issuer than those of OIDC_ISSUERS' };
  }
  const issuers = kinde === undefined ? listed : [...listed, kinde];
  const [forAll] = clientIds;
  if (issuers.length > 0 && clientIds.length > 1 && clientIds.length !== issuers.length) {
    const must = `one client id for all issuers, or ${issuers.length}, one for each issuer (KINDE_ISSUER_URL is the last)`;
    return { ok: false, name: 'OIDC_CLIENT_ID', must };
  }
  if (values.JWT_ISSUER !== undefined && issuers.includes(values.JWT_ISSUER)) {
    return { ok: false, name: 'JWT_ISSUER', must: 'another issuer than those of OIDC_ISSUERS' };
  }
  const oidcIssuers = issuers.map((issuer, index) => {
    const clientId = clientIds.length > 1 ? clientIds[index] : forAll;
    return Object.freeze({ issuer, ...(clientId === undefined ? {} : { clientId }) });
  });
  return {
    ok: true,
    oidcIssuers,
    warnings: [...warnings(oidcIssuers, values), ...leftOver(values, issuers)],
  };
}

function warnings(
  issuers: readonly OidcIssuerSetting[],
  { OIDC_AUDIENCE: audience }: IssuerValues,
): string[] {
  return issuers.flatMap(({ issuer, clientId }) => [
    ...(travelsInTheOpen(issuer)
      ? [`The keys of ${issuer} travel unprotected: whoever is in between can let anyone in; use https`]
      : []),
    ...(audience === undefined && clientId === undefined
      ? [
          `Every token of ${issuer}, whatever program it was given to, is let in: set OIDC_AUDIENCE or OIDC_CLIENT_ID`,
        ]
      : []),
  ]);
}

function leftOver(values: IssuerValues, issuers: readonly string[]): string[] {
  const idle = issuers.length > 0 ? [] : (['OIDC_AUDIENCE', 'OIDC_CLIENT_ID'] as const);
  return [
    ...idle
      .filter((name) => values[name] !== undefined)
      .map((name) => `${name} is set, but does nothing without OIDC_ISSUERS`),
    ...(values.JWT_ISSUER !== undefined && values.JWT_SECRET === undefined
      ? ['JWT_ISSUER is set, but does nothing without JWT_SECRET']
      : []),
  ];
}

/** Names without a dot are those of a container's or a company's own network. */
function travelsInTheOpen(issuer: string): boolean {
  const { protocol, hostname } = new URL(issuer);
  if (protocol === 'https:') return false;
  const host = hostname.replace(/^\[|\]$/g, '');
  if (isIP(host) !== 0) return !PRIVATE.has(canonicalAddress(host) ?? host);
  return host.includes('.') && !PRIVATE_NAME.test(host);
}
