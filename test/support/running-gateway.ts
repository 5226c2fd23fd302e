/** A gateway without sockets and threads; what its stores and issuers answer, the test decides. */
import { Standings } from '../../src/auth/standings.ts';
import type { SanctionActs } from '../../src/gateway/sanction-acts.ts';
import type { SessionsOptions } from '../../src/gateway/sessions.ts';
import type { Identity } from '../../src/auth/identity.ts';
import { AddressLimiter } from '../../src/cache/address-limiter.ts';
import type { RateLimiter } from '../../src/cache/rate-limiter.ts';
import { SpecialLimits } from '../../src/cache/special-limits.ts';
import { CHANNEL_COMMANDS } from '../../src/channel/registry.ts';
import { INBOX_COMMANDS } from '../../src/inbox/registry.ts';
import type { GatewayCommand } from '../../src/gateway/command.ts';
import type { Connection } from '../../src/gateway/connection.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { GATEWAY_COMMANDS } from '../../src/gateway/registry.ts';
import type { RecordedSession } from '../../src/gateway/ports/session-store.ts';
import { buildRequestTable } from '../../src/gateway/request-table.ts';
import type { Admitted } from '../../src/gateway/sessions.ts';
import type { DirectoryPage, DirectoryQuery } from '../../src/protocol/channel-directory.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail, ok, type Result } from '../../src/protocol/result.ts';
import { bannedFailure } from '../../src/protocol/sanctions.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { MemorySearch } from '../../src/storage/memory/memory-search.ts';
import { MemoryDirectory } from '../../src/storage/memory/memory-directory.ts';
import { SimClock } from '../sim/sim-clock.ts';
import { simPorts } from '../sim/sim-ports.ts';
import { identityFor } from './identified.ts';
import { userOf } from './channel-machine.ts';
import { FakeShard } from './fake-shard.ts';
import type { DecisionHooks } from '../../src/gateway/decision-hooks.ts';
import { GatewaySocket } from './gateway-socket.ts';

/** A client's end. */
export interface TestClient {
  readonly socket: GatewaySocket;
  readonly connection: Connection;
  readonly say: (frame: unknown) => void;
  readonly sayBytes: (bytes: string | Buffer, isBinary?: boolean) => void;
}

interface Setting {
  readonly shards?: number;
  readonly more?: readonly GatewayCommand[];
  readonly framesPerSecond?: number;
  /** What the directory answers; the default is at once and empty. */
  readonly list?: (query: DirectoryQuery) => Promise<Result<DirectoryPage>>;
  readonly take?: RateLimiter['take'];
  readonly special?: SpecialLimits;
  readonly decisions?: DecisionHooks;
}

export function identityOf(name: string, expiresAt?: number): Identity {
  return identityFor(userOf(name), expiresAt === undefined ? {} : { expiresAt });
}

export function runningGateway({
  shards = 1,
  more = [],
  framesPerSecond = 10_000,
  list,
  take = () => 0,
  special = new SpecialLimits(),
  decisions,
}: Setting = {}) {
  const clock = new SimClock();
  const logged: string[] = [];
  const recorded: RecordedSession[] = [];
  /** Codes that ended connections count by. */
  const closes: number[] = [];
  /** What each token is worth; any other is `unauthorized`. */
  const tokens = new Map<string, Result<Identity>>();
  /** Awaited before anyone is let in. */
  const gate = { open: Promise.resolve() };
  const verify = async (token: string) => {
    await gate.open;
    return tokens.get(token) ?? fail(failure('unauthorized', 'no'));
  };
  const standings = new Standings(() => clock.now());
  const authenticator: SessionsOptions['authenticator'] = {
    fromToken: verify,
    guest: async ({ name = 'guest-x' }) => {
      await gate.open;
      if (name === 'bad name') return fail(failure('bad_request', 'name'));
      return ok({ identity: identityOf(name), guestToken: `token of ${name}` });
    },
    refresh: async (current, token) => {
      const next = await verify(token);
      if (!next.ok || next.value.subject === current.subject) return next;
      return fail(failure('forbidden', 'someone else'));
    },
    current: (identity, address) => {
      const ban = standings.banOf(identity, address);
      if (ban !== null) return fail(bannedFailure(ban, clock.now()));
      const current = standings.current(identity);
      return current === null ? fail(failure('unauthorized', 'no')) : ok(current);
    },
  };
  /** What moderators asked for, and the answers. */
  const acts: unknown[][] = [];
  const imposed = { id: 's-1', user: { id: 'u-bob', name: 'bob' }, until: null, replaced: false };
  const sanctions: SanctionActs = {
    impose: async (by, request) => {
      acts.push(['impose', by.id, request]);
      return ok({
        ...imposed,
        until: request.seconds === undefined ? null : 5_000,
        replaced: acts.length > 1,
      });
    },
    pardon: async (by, kind, whom) => {
      acts.push(['pardon', by.id, kind, whom]);
      return fail(failure('not_found', 'nobody'));
    },
  };
  const directory = new MemoryDirectory();
  if (list !== undefined) directory.list = list;
  const gateway = new Gateway({
    index: 0,
    shards,
    server: { id: 's', name: 'Test' },
    authenticator,
    directory,
    sanctions,
    reports: { list: async () => ok({ items: [], hasMore: false }), problem: async () => null },
    search: new MemorySearch(new MemoryLogStore(), { now: () => clock.now(), findPerson: async () => null }),
    table: buildRequestTable([...CHANNEL_COMMANDS, ...INBOX_COMMANDS], [...GATEWAY_COMMANDS, ...more]),
    limiter: { take, configure: () => undefined },
    special,
    ...(decisions === undefined ? {} : { decisions }),
    addresses: new AddressLimiter(1_000),
    framesPerSecond,
    maxBacklogBytes: 1024 * 1024,
    timers: clock,
    defer: (task) => {
      clock.after(0, task);
    },
    utilization: () => 1,
    sessionRecorder: { note: (session) => recorded.push(session) },
    recorder: {
      frame: () => undefined,
      sent: () => undefined,
      closed: (code) => closes.push(code),
      watching: () => undefined,
    },
    logger: { info: () => undefined, error: (_fields, message) => logged.push(message) },
  });
  const connectShard = (index: number): FakeShard => {
    const [here, there] = simPorts<ArrayBuffer>(clock, () => 1);
    gateway.connectShard(index, here);
    return new FakeShard(there);
  };
  const client = (admitted: Admitted | null = null, channelId: string | null = null): TestClient => {
    const socket = new GatewaySocket();
    const connection = gateway.accept(socket, socket, 'address', admitted, channelId);
    const sayBytes = (bytes: string | Buffer, isBinary = false): void => {
      gateway.receive(connection, Buffer.from(bytes), isBinary);
    };
    const say = (frame: unknown): void => {
      sayBytes(JSON.stringify(frame));
    };
    return { socket, connection, say, sayBytes };
  };
  return { acts, clock, gateway, standings, tokens, gate, logged, recorded, closes, connectShard, client };
}
