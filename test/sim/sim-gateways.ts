/** Two gateways with everything real but sockets, identity and clocks. */
import type { SessionsOptions } from '../../src/gateway/sessions.ts';
import type { Identity } from '../../src/auth/identity.ts';
import { AddressLimiter } from '../../src/cache/address-limiter.ts';
import { SpecialLimits } from '../../src/cache/special-limits.ts';
import { CHANNEL_COMMANDS } from '../../src/channel/registry.ts';
import { INBOX_COMMANDS } from '../../src/inbox/registry.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import type { ChannelDirectory } from '../../src/protocol/channel-directory.ts';
import { failure } from '../../src/protocol/errors.ts';
import { fail, ok } from '../../src/protocol/result.ts';
import { GATEWAY_COMMANDS } from '../../src/gateway/registry.ts';
import { buildRequestTable } from '../../src/gateway/request-table.ts';
import { MemoryLogStore } from '../../src/storage/memory-log-store.ts';
import { MemorySearch } from '../../src/storage/memory/memory-search.ts';
import { MemoryDirectory } from '../../src/storage/memory/memory-directory.ts';
import { identityFor } from '../support/identified.ts';
import { SHARDS } from './sim-shards.ts';
import type { SimWorld } from './sim-world.ts';

const table = buildRequestTable([...CHANNEL_COMMANDS, ...INBOX_COMMANDS], GATEWAY_COMMANDS);

/** Whoever names themselves in the token is believed. */
export function identityOf(name: string): Identity {
  return identityFor({ id: `id-of-${name}`, name, guest: false, roles: ['user'] });
}

const nobodyActs = async () => fail(failure('forbidden', 'nobody moderates here'));

/** A gateway of the simulation. */
export function simGateway(
  world: SimWorld,
  index: number,
  directory: ChannelDirectory = new MemoryDirectory(),
): Gateway {
  const { clock } = world;
  const authenticator: SessionsOptions['authenticator'] = {
    fromToken: async (token) => ({ ok: true, value: identityOf(token) }),
    guest: async () => ({ ok: true, value: { identity: identityOf('guest'), guestToken: 'guest' } }),
    refresh: async (current) => ({ ok: true, value: current }),
    current: (identity) => ({ ok: true, value: identity }),
  };
  return new Gateway({
    index,
    shards: SHARDS,
    server: { id: 'sim', name: 'Simulation' },
    authenticator,
    directory,
    reports: { list: async () => ok({ items: [], hasMore: false }), problem: async () => null },
    search: new MemorySearch(new MemoryLogStore(), { now: () => clock.now(), findPerson: async () => null }),
    table,
    sanctions: { impose: nobodyActs, pardon: nobodyActs },
    special: new SpecialLimits(),
    limiter: { take: () => 0, configure: () => undefined },
    addresses: new AddressLimiter(1_000_000),
    framesPerSecond: 100_000,
    maxBacklogBytes: 1024 * 1024,
    timers: clock,
    defer: (task) => {
      clock.after(0, task);
    },
    utilization: () => 1,
    sessionRecorder: { note: () => undefined },
    recorder: {
      frame: () => undefined,
      sent: () => undefined,
      closed: () => undefined,
      watching: () => undefined,
    },
    logger: {
      info: () => undefined,
      error: (fields, message) => {
        world.broken(`gateway ${index}: ${message} ${JSON.stringify(fields)}`);
      },
    },
  });
}
