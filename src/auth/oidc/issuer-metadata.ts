/** What an issuer tells of itself (OpenID Connect Discovery 1.0, section 4), and the keys that it signs with. */
import { createLocalJWKSet } from 'jose';
import type { JSONWebKeySet } from 'jose';
import { fetchProblem } from './bounded-fetch.ts';
import type { Fetch } from './bounded-fetch.ts';

/** The part of a discovery document that is used here. */
export interface IssuerMetadata {
  readonly jwksUri: string;
  /** Absent: nobody logs in through this server. */
  readonly login?: IssuerEndpoints;
}

/** What a code grant needs. */
export interface IssuerEndpoints {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  /** Algorithms of ID tokens; absent: RS256. */
  readonly idTokenAlgorithms?: readonly string[];
  readonly scopes: readonly string[];
}

/** Finds the key of a header, see jose's `createLocalJWKSet`. */
export type KeySet = ReturnType<typeof createLocalJWKSet>;

/** An issuer's answers, taken at one time; or a sentence for people who run the server. */
export type IssuerState =
  | { readonly ok: true; readonly metadata: IssuerMetadata | null; readonly keys: KeySet }
  | { readonly ok: false; readonly problem: string };

type Answer =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>> }
  /** `absent`: the issuer is there and has no such document. */
  | { readonly ok: false; readonly absent: boolean; readonly problem: string };

/**
 * Asks `issuer` for its discovery document and its keys. A document of another issuer isn't believed (section 4.3); an
 * issuer without one has its keys at `<issuer>/.well-known/jwks.json`.
 */
export async function askIssuer(issuer: string, fetch: Fetch, signal: AbortSignal): Promise<IssuerState> {
  const base = issuer.replace(/\/+$/, '');
  const found = await getJson(`${base}/.well-known/openid-configuration`, fetch, signal);
  if (!found.ok && !found.absent) return found;
  const metadata = found.ok ? readMetadata(found.body, issuer) : null;
  if (typeof metadata === 'string') return { ok: false, problem: metadata };
  const keys = await getJson(metadata?.jwksUri ?? `${base}/.well-known/jwks.json`, fetch, signal);
  if (!keys.ok) return found.ok ? keys : { ok: false, problem: `${found.problem}; ${keys.problem}` };
  const set = keySet(keys.body);
  return set === null
    ? { ok: false, problem: 'what it publishes is no set of keys (RFC 7517)' }
    : { ok: true, metadata, keys: set };
}

async function getJson(url: string, fetch: Fetch, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(url, { headers: { accept: 'application/json' }, signal });
    const { status } = response;
    if (status !== 200) return { ok: false, absent: status < 500, problem: `${url} answered ${status}` };
    const body = objectOf(await response.text());
    return body === null
      ? { ok: false, absent: true, problem: `${url} is no JSON object` }
      : { ok: true, body };
  } catch (error) {
    return { ok: false, absent: false, problem: `${url}: ${fetchProblem(error)}` };
  }
}

function objectOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

function keySet(body: Readonly<Record<string, unknown>>): KeySet | null {
  const { keys } = body;
  if (!Array.isArray(keys)) return null;
  try {
    // Whether its members are keys is what jose looks at.
    return createLocalJWKSet({ keys: keys as JSONWebKeySet['keys'] });
  } catch {
    return null;
  }
}

/** A text is what is wrong with the document. */
function readMetadata(document: Readonly<Record<string, unknown>>, issuer: string): IssuerMetadata | string {
  if (document['issuer'] !== issuer) {
    const named = typeof document['issuer'] === 'string' ? document['issuer'].slice(0, 300) : 'nobody';
    return `its discovery document says that it is ${JSON.stringify(named)}: set exactly that in OIDC_ISSUERS if it is the one you mean`;
  }
  const jwksUri = endpoint(document['jwks_uri'], issuer);
  if (jwksUri === null)
    return 'the jwks_uri of its discovery document is neither https nor of its own origin';
  const login = readEndpoints(document, issuer);
  return { jwksUri, ...(login === null ? {} : { login }) };
}

function readEndpoints(document: Readonly<Record<string, unknown>>, issuer: string): IssuerEndpoints | null {
  const authorizationEndpoint = endpoint(document['authorization_endpoint'], issuer);
  const tokenEndpoint = endpoint(document['token_endpoint'], issuer);
  if (authorizationEndpoint === null || tokenEndpoint === null) return null;
  const algorithms = document['id_token_signing_alg_values_supported'];
  return {
    authorizationEndpoint,
    tokenEndpoint,
    scopes: texts(document['scopes_supported']),
    ...(algorithms === undefined ? {} : { idTokenAlgorithms: texts(algorithms) }),
  };
}

/** An address that a document may send this server, or a browser, to. */
function endpoint(value: unknown, issuer: string): string | null {
  if (typeof value !== 'string' || !URL.canParse(value)) return null;
  const url = new URL(value);
  if (url.username !== '' || url.password !== '') return null;
  return url.protocol === 'https:' || url.origin === new URL(issuer).origin ? url.href : null;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
