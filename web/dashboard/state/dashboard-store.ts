/**
 * Who is at the dashboard. Signed out → checking (who is it, by the login that is kept or was just made) → in, or
 * refused where their role doesn't do. Only what the server says of a token counts: roles of others change meanwhile.
 */
import type { AccountApi, LoginTokens } from '../../src/state/account-api.ts';
import type { IssuerApi, IssuerOffer } from '../../src/state/issuer-api.ts';
import type { IssuerRedirect, Return } from '../../src/state/issuer-redirect.ts';
import type { LoginOrigin, LoginSession } from '../../src/state/login-session.ts';
import type { SavedSession } from '../../src/state/saved-session.ts';
import { fieldsOf, type Answer, type ServerRequests } from '../../src/state/server-requests.ts';
import { Store, type Schedule } from '../../src/state/store.ts';
import { LiveFigures } from './live-figures.ts';
import { ServerApi } from './server-api.ts';

/** Whoever is in. */
export interface Staff {
  readonly id: string;
  readonly name: string;
  readonly isAdmin: boolean;
}

export type DashboardState =
  | { readonly screen: 'signed-out'; readonly notice: string | null; readonly busy: string | null }
  | { readonly screen: 'checking'; readonly problem: string | null }
  | { readonly screen: 'refused'; readonly name: string }
  | { readonly screen: 'in'; readonly staff: Staff };

/** What the store needs. */
export interface DashboardStoreOptions {
  readonly requests: ServerRequests;
  readonly accounts: AccountApi;
  readonly issuers: IssuerApi;
  readonly redirect: IssuerRedirect;
  readonly session: LoginSession;
  readonly saved: SavedSession;
  /** The address of the page. */
  readonly base: string;
  /** Where the server takes WebSockets. */
  readonly socketUrl: string;
  readonly schedule: Schedule;
}

const OVER = 'Your login has ended. Please log in again.';
const STAFF_ROLES = ['moderator', 'admin'];

/** See the head of the file. Nothing here rejects. */
export class DashboardStore {
  readonly state: Store<DashboardState>;
  /** Issuers to log in with, and how the server is called. */
  readonly offers: Store<{ readonly serverName: string | null; readonly issuers: readonly IssuerOffer[] }>;
  readonly api: ServerApi;
  readonly live: LiveFigures;
  readonly #options: DashboardStoreOptions;

  constructor(options: DashboardStoreOptions) {
    this.#options = options;
    this.state = new Store<DashboardState>({ screen: 'checking', problem: null }, options.schedule);
    this.offers = new Store({ serverName: null, issuers: [] as readonly IssuerOffer[] }, options.schedule);
    this.live = new LiveFigures({
      ...{ url: options.socketUrl, schedule: options.schedule },
      token: () => options.session.token(),
    });
    this.api = new ServerApi({
      ...{ requests: options.requests, session: options.session, base: options.base },
      onEnded: () => void this.logOut(OVER),
    });
  }

  /** With what an issuer sent the browser back with, or the login that is kept. */
  begin(back: Return): void {
    void this.loadOffers();
    if (back.kind === 'code') {
      const { exchange, issuerName } = back;
      const origin: LoginOrigin = { kind: 'issuer', issuer: exchange.issuer, issuerName };
      void this.#logInBy(
        `Signing in with ${issuerName}…`,
        () => this.#options.issuers.exchange(exchange),
        origin,
      );
    } else if (back.kind === 'refused') this.#signedOut(back.problem);
    else if (this.#options.saved.identity() === null) this.#signedOut(null);
    else void this.check();
  }

  async logIn(name: string, password: string): Promise<void> {
    await this.#logInBy('Logging in…', () => this.#options.accounts.logIn(name.trim(), password));
  }

  /** Leaves for an issuer. */
  async withIssuer(offer: IssuerOffer): Promise<void> {
    this.#signedOut(null, `Going to ${offer.name}…`);
    const problem = await this.#options.redirect.begin(offer, null);
    if (problem !== null) this.#signedOut(problem);
  }

  /** Asks the server who this is. */
  async check(): Promise<void> {
    this.state.update(() => ({ screen: 'checking', problem: null }));
    const answer = await this.api.get<unknown>('me');
    // Without a login that holds one is signed out by now.
    if (this.state.value.screen !== 'checking') return;
    if (!answer.ok) {
      if (answer.status !== 401) this.state.update(() => ({ screen: 'checking', problem: answer.problem }));
      return;
    }
    const { id, name, roles } = fieldsOf(fieldsOf(answer.value)['user']);
    const [known, called] = [typeof id === 'string' ? id : '', typeof name === 'string' ? name : ''];
    const has = (role: string): boolean => Array.isArray(roles) && roles.includes(role);
    this.state.update(() =>
      STAFF_ROLES.some(has)
        ? { screen: 'in', staff: { id: known, name: called, isAdmin: has('admin') } }
        : { screen: 'refused', name: called },
    );
  }

  /** Ends the login, here and on the server. */
  async logOut(notice: string | null = null): Promise<void> {
    this.#signedOut(notice);
    await this.#options.session.end();
  }

  /** Another tab has logged in or out. */
  identityChanged(): void {
    const { screen } = this.state.value;
    const isKept = this.#options.saved.identity() !== null;
    if (!isKept && screen !== 'signed-out') this.#signedOut(null);
    if (isKept && screen === 'signed-out') void this.check();
  }

  /** How the server is called, and whom one can log in with, as it is now. */
  async loadOffers(): Promise<void> {
    const { requests, issuers } = this.#options;
    const [discovery, offers] = await Promise.all([requests.send('GET', 'discovery'), issuers.offers()]);
    const name = discovery.ok ? fieldsOf(discovery.value)['server_name'] : null;
    this.offers.update(() => ({
      serverName: typeof name === 'string' ? name : null,
      issuers: offers.ok ? offers.value : [],
    }));
  }

  async #logInBy(
    busy: string,
    logIn: () => Promise<Answer<LoginTokens>>,
    origin?: LoginOrigin,
  ): Promise<void> {
    this.#signedOut(null, busy);
    const answer = await logIn();
    if (!answer.ok) {
      this.#signedOut(answer.problem);
      return;
    }
    await this.#options.session.begin(answer.value, origin);
    await this.check();
  }

  #signedOut(notice: string | null, busy: string | null = null): void {
    this.state.update(() => ({ screen: 'signed-out', notice, busy }));
  }
}
