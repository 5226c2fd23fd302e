/** What documented examples run against: the server, a Valkey, an issuer of tokens like Keycloak's and Kinde's, and people. */
import { randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';
import { logIn, rest, type RestAnswer } from '../support/account-client.ts';
import { IssuerServer } from '../support/issuer-server.ts';
import { signedToken, type TokenKey, tokenKey } from '../support/token-signer.ts';
import { type RunningValkey, startValkey } from '../support/valkey.ts';
import { closeWireClients, WireClient } from '../support/wire-client.ts';

const PASSWORD = '12345678';
const SECRET = 'a secret that is long enough for it';

/** The server that they run against, and its end. */
export interface ExampleServer {
  readonly url: string;
  end(): Promise<void>;
}

/** Starts it with these settings. */
export type StartExampleServer = (env: Readonly<Record<string, string>>) => Promise<ExampleServer>;

/** See the head of the file. */
export class World {
  readonly server: ExampleServer;
  readonly valkey: RunningValkey;
  /** A moderator's token, and an administrator's. */
  readonly staff: string;
  readonly admin: string;
  readonly #issuer: IssuerServer;
  readonly #key: TokenKey;

  private constructor(
    server: ExampleServer,
    valkey: RunningValkey,
    tokens: { readonly staff: string; readonly admin: string },
    [issuer, key]: readonly [IssuerServer, TokenKey],
  ) {
    this.server = server;
    this.valkey = valkey;
    this.staff = tokens.staff;
    this.admin = tokens.admin;
    this.#issuer = issuer;
    this.#key = key;
  }

  static async open(start: StartExampleServer): Promise<World> {
    const key = await tokenKey('k1', 'RS256');
    const issuer = await IssuerServer.start(key);
    const valkey = await startValkey();
    // By the names of settings that the documents use, where they have one.
    const server = await start({
      ...{ SHARDS: '1', KINDE_ISSUER_URL: issuer.issuer, REDIS_URL: valkey.url, JWT_SECRET: SECRET },
    });
    const [staff, admin] = [await signed('Mod', 'moderator'), await signed('Root', 'admin')];
    return new World(server, valkey, { staff, admin }, [issuer, key]);
  }

  async close(): Promise<void> {
    await closeWireClients();
    await this.server.end();
    await this.valkey.stop();
    await this.#issuer.stop();
  }

  /** A token as Keycloak or Kinde gives them. */
  readonly issued = async (name: string): Promise<string> => {
    const claims = { sub: randomUUID(), preferred_username: name, given_name: name, azp: 'chat-client' };
    return signedToken(this.#issuer.issuer, this.#key, Date.now(), { claims });
  };

  /** Somebody new with an account. */
  readonly account = async (): Promise<{
    readonly id: string;
    readonly name: string;
    readonly token: string;
  }> => {
    const name = `n${randomUUID().slice(0, 8)}`;
    const payload = { username: name, password: PASSWORD };
    const made = await rest<{ user: { id: string } }>(this.server.url, 'POST', '/register', { payload });
    const { token } = await logIn(this.server.url, name, PASSWORD);
    return { id: made.body.user.id, name, token };
  };

  /** Asks REST, as a moderator unless told otherwise. */
  readonly ask = async (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    payload?: object,
    token = this.staff,
  ): Promise<RestAnswer<unknown>> =>
    rest(this.server.url, method, path, { token, ...(payload === undefined ? {} : { payload }) });

  /** Connects to a documented address: `ws://…`, with what stands in it for tokens filled in. */
  readonly wscat = async (
    address: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<WireClient> => {
    const { pathname, searchParams } = new URL(address);
    const query = Object.fromEntries(searchParams);
    return WireClient.connect(this.server.url, { path: pathname, query, headers });
  };

  /** Runs `redis-cli PUBLISH channel message`. */
  async publish(channel: string, message: string): Promise<void> {
    await this.valkey.client.publish(channel, message);
  }
}

async function signed(name: string, role: string): Promise<string> {
  return new SignJWT({ roles: [role], preferred_username: name })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(randomUUID())
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(SECRET));
}
