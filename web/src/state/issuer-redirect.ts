/**
 * Signing in with an issuer: the authorization code flow with PKCE (RFC 6749, section 4.1; RFC 7636), as the page's
 * part of it. What belongs to one try is kept for this tab under its `state`, until the issuer sends the browser back.
 */
import type { TextStorage } from './browser-storage.ts';
import type { CodeExchange, IssuerOffer } from './issuer-api.ts';
import { fieldsOf } from './server-requests.ts';

/** What the redirect needs of the browser. */
export interface IssuerRedirectOptions {
  /** The tab's own, which lives through the redirect. */
  readonly storage: TextStorage;
  /** Where issuers send the browser back to: the page's address without query and fragment. */
  readonly redirectUri: string;
  /** Missing on pages served over plain http, other than localhost's. */
  readonly subtle: SubtleCrypto | undefined;
  readonly randomBytes: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;
  /** Leaves the page. */
  readonly go: (address: string) => void;
}

/** What an address that an issuer sent the browser to brings. */
export type Return =
  | { readonly kind: 'none' }
  | { readonly kind: 'refused'; readonly problem: string }
  | {
      readonly kind: 'code';
      readonly exchange: CodeExchange;
      readonly issuerName: string;
      /** The channel that was to be opened, or null. */
      readonly channel: string | null;
    };

/** A try under way. */
interface Attempt {
  readonly issuer: string;
  readonly issuerName: string;
  readonly verifier: string;
  readonly nonce: string;
  readonly channel: string | null;
}

/** What an answer of an issuer adds to the address (RFC 6749, RFC 9207, OpenID Connect Session Management). */
const ANSWER_PARAMETERS = [
  'code',
  'state',
  'iss',
  'error',
  'error_description',
  'error_uri',
  'session_state',
];
const PREFIX = 'hubbub:sign-in:';
/** RFC 7636 asks for 32 bytes of randomness in the verifier. */
const RANDOM_BYTES = 32;
const MAX_REASON_LENGTH = 200;

/** See the head of the file. */
export class IssuerRedirect {
  readonly #options: IssuerRedirectOptions;

  constructor(options: IssuerRedirectOptions) {
    this.#options = options;
  }

  /** Goes to the issuer; resolves with why not, in words. `channel` is opened after the way back. */
  async begin(offer: IssuerOffer, channel: string | null): Promise<string | null> {
    const { storage, redirectUri, subtle, go } = this.#options;
    if (subtle === undefined) {
      return `Signing in with ${offer.name} needs https: this page was loaded over plain http.`;
    }
    const [state, nonce, verifier] = [this.#random(), this.#random(), this.#random()];
    const challenge = base64Url(
      new Uint8Array(await subtle.digest('SHA-256', new TextEncoder().encode(verifier))),
    );
    // One try at a time: what an earlier one left is of no use any more.
    for (const key of storage.keys()) if (key.startsWith(PREFIX)) storage.removeItem(key);
    const attempt: Attempt = {
      issuer: offer.issuer,
      issuerName: offer.name,
      verifier,
      nonce,
      channel,
    };
    storage.setItem(PREFIX + state, JSON.stringify(attempt));
    const address = new URL(offer.authorizationEndpoint);
    const query = {
      ...offer.parameters,
      response_type: 'code',
      client_id: offer.clientId,
      scope: offer.scope,
      redirect_uri: redirectUri,
      state,
      nonce,
      code_challenge: challenge,
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(query)) address.searchParams.set(name, value);
    go(address.href);
    return null;
  }

  /** Reads what an issuer's answer in `address` brings. A try is good for one answer. */
  finish(address: URL): Return {
    const { storage, redirectUri } = this.#options;
    if (!isAnswer(address)) return { kind: 'none' };
    const answer = (name: string): string => address.searchParams.get(name) ?? '';
    const key = PREFIX + answer('state');
    const attempt = readAttempt(storage.getItem(key));
    storage.removeItem(key);
    if (attempt === null) {
      return refused('This sign-in was not begun in this tab, or is over already. Please begin again.');
    }
    const { issuer, issuerName, verifier, nonce, channel } = attempt;
    // RFC 9207: an answer that another issuer made up must not be taken to this one.
    if (address.searchParams.has('iss') && answer('iss') !== issuer) {
      return refused(`The answer did not come from ${issuerName}, so it was not used. Please begin again.`);
    }
    if (answer('error') === 'access_denied') return refused(`You did not sign in with ${issuerName}.`);
    if (answer('code') === '') {
      const why = answer('error_description') || answer('error') || 'no reason given';
      return refused(`${issuerName} did not sign you in: ${why.slice(0, MAX_REASON_LENGTH)}`);
    }
    const exchange = { issuer, code: answer('code'), verifier, redirectUri, nonce };
    return { kind: 'code', exchange, issuerName, channel };
  }

  #random(): string {
    return base64Url(this.#options.randomBytes(new Uint8Array(RANDOM_BYTES)));
  }
}

/** Whether an issuer sent the browser to `address`. */
export function isAnswer({ searchParams }: URL): boolean {
  return searchParams.has('state') && (searchParams.has('code') || searchParams.has('error'));
}

/** `address` without what an issuer's answer added. */
export function withoutAnswer(address: URL): URL {
  const bare = new URL(address);
  for (const name of ANSWER_PARAMETERS) bare.searchParams.delete(name);
  return bare;
}

function refused(problem: string): Return {
  return { kind: 'refused', problem };
}

function readAttempt(text: string | null): Attempt | null {
  if (text === null) return null;
  try {
    const { issuer, issuerName, verifier, nonce, channel } = fieldsOf(JSON.parse(text));
    if (typeof issuer !== 'string' || typeof issuerName !== 'string') return null;
    if (typeof verifier !== 'string' || typeof nonce !== 'string') return null;
    return {
      issuer,
      issuerName,
      verifier,
      nonce,
      channel: typeof channel === 'string' ? channel : null,
    };
  } catch {
    return null;
  }
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
