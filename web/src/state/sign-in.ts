/** The ways in: as a guest, with an account of this server, or with an issuer that it knows. */
import type { AccountApi, LoginTokens } from './account-api.ts';
import type { IssuerApi, IssuerOffer } from './issuer-api.ts';
import type { IssuerRedirect, Return } from './issuer-redirect.ts';
import type { LoginOrigin, LoginSession } from './login-session.ts';
import { UNKNOWN_OFFERS, type IdentityKind, type PageState, type SignInOffers } from './page-state.ts';
import { fieldsOf, type Answer, type ServerRequests } from './server-requests.ts';

/** What the ways in need. */
export interface SignInOptions {
  readonly requests: ServerRequests;
  readonly accounts: AccountApi;
  readonly issuers: IssuerApi;
  readonly redirect: IssuerRedirect;
  readonly session: LoginSession;
  readonly update: (change: (state: PageState) => PageState) => void;
  /** Goes into the chat as a guest who asks for `name`; empty: the server gives one. */
  readonly enterAsGuest: (name: string) => void;
  /** Goes into the chat with the login that the session keeps. */
  readonly enterWithLogin: (identity: IdentityKind) => void;
  /** The channel that the page's address names. */
  readonly wantedChannel: () => string | null;
}

const ACCOUNT: IdentityKind = { kind: 'account', issuerName: '' };

/** See the head of the file. Nothing here rejects: what fails is told on the card. */
export class SignIn {
  readonly #options: SignInOptions;
  #offers: SignInOffers = UNKNOWN_OFFERS;

  constructor(options: SignInOptions) {
    this.#options = options;
  }

  /** The card, with a sentence on top. */
  card(notice: string | null, busy: string | null = null): PageState {
    return { screen: 'signed-out', notice, busy, offers: this.#offers };
  }

  /** Asks which ways in there are. What can't be learnt now stays as it was. */
  async loadOffers(): Promise<void> {
    const { requests, issuers } = this.#options;
    const [discovery, offers] = await Promise.all([requests.send('GET', 'discovery'), issuers.offers()]);
    if (discovery.ok) {
      const { server_name: name, registration, guests } = fieldsOf(discovery.value);
      this.#offer({
        serverName: typeof name === 'string' ? name : null,
        // Said only by servers that say it; a refusal tells the same later.
        registration: registration === 'off' ? false : this.#offers.registration,
        guests: guests !== 'off',
      });
    }
    if (offers.ok) this.#offer({ issuers: offers.value });
  }

  /** Begins as a guest; without a name the server gives one. */
  asGuest(name: string): void {
    this.#options.enterAsGuest(name.trim());
  }

  /** Signs in with a user name, or an e-mail address, and a password. */
  async logIn(name: string, password: string): Promise<void> {
    const { accounts } = this.#options;
    await this.#whileBusy('Logging in…', async () => accounts.logIn(name.trim(), password));
  }

  /** Makes an account and signs in with it. */
  async register(username: string, password: string, email: string): Promise<void> {
    await this.#whileBusy('Making the account…', async () => {
      const { accounts } = this.#options;
      const made = await accounts.register(username.trim(), password, email.trim());
      if (made.ok) return accounts.logIn(username.trim(), password);
      if (made.status === 403) this.#offer({ registration: false });
      return made;
    });
  }

  /** Leaves for an issuer; the way back ends in {@link finish}. */
  async withIssuer(offer: IssuerOffer): Promise<void> {
    const { redirect, update, wantedChannel } = this.#options;
    update(() => this.card(null, `Going to ${offer.name}…`));
    const problem = await redirect.begin(offer, wantedChannel());
    if (problem !== null) update(() => this.card(problem));
  }

  /** Comes back from an issuer with a code. */
  async finish({ exchange, issuerName }: Extract<Return, { readonly kind: 'code' }>): Promise<void> {
    const { issuers } = this.#options;
    const origin: LoginOrigin = { kind: 'issuer', issuer: exchange.issuer, issuerName };
    await this.#whileBusy(`Signing in with ${issuerName}…`, async () => issuers.exchange(exchange), origin);
  }

  #offer(news: Partial<SignInOffers>): void {
    this.#offers = { ...this.#offers, ...news };
    this.#options.update((state) =>
      state.screen === 'signed-out' ? { ...state, offers: this.#offers } : state,
    );
  }

  async #whileBusy(
    busy: string,
    signIn: () => Promise<Answer<LoginTokens>>,
    origin?: LoginOrigin,
  ): Promise<void> {
    const { update, session, enterWithLogin } = this.#options;
    update(() => this.card(null, busy));
    const answer = await signIn();
    if (!answer.ok) {
      update(() => this.card(answer.problem));
      return;
    }
    await session.begin(answer.value, origin);
    enterWithLogin(origin ?? ACCOUNT);
  }
}
