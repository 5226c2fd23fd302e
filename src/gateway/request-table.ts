/** What the gateway knows of each message type: where it goes, how it is limited, and its own handlers. */
import type { RateClass } from '../cache/rate-limiter.ts';
import { compileDataReader, type ReadData } from '../protocol/request-data.ts';
import type { GatewayCommand } from './command.ts';

/** A type that a shard handles: that of the channel which the request names, or that of its sender's inbox. */
export interface ShardRoute {
  readonly type: string;
  readonly route: 'channel' | 'inbox';
  readonly rate: RateClass;
}

/** A gateway command with its schema compiled. */
export interface RunnableGatewayCommand {
  readonly anonymous: boolean;
  readonly withoutChannel: boolean;
  readonly requires: GatewayCommand['requires'];
  readonly may: GatewayCommand['may'];
  readonly handle: GatewayCommand['handle'];
  readonly readData: ReadData;
}

/** Where a type goes that the gateway answers. */
export interface MainRoute {
  readonly to: 'main';
  readonly type: string;
  readonly rate: RateClass;
  readonly command: RunnableGatewayCommand;
}

/** Where a type goes. */
export type Route =
  | { readonly to: 'inbox'; readonly type: string; readonly rate: RateClass }
  | {
      readonly to: 'channel';
      readonly type: string;
      readonly rate: RateClass;
      /** Where requests go that name no channel; absent: every request of the type has to name one. */
      readonly elsewhere?: MainRoute;
    }
  | MainRoute;

/** By type. A Map, so that a type like `__proto__` finds nothing. */
export type RequestTable = ReadonlyMap<string, Route>;

/**
 * Joins what shards handle with what the gateway answers. Throws when a type is registered twice, unless it is a channel's
 * and a gateway command answers those of its requests that name no channel.
 */
export function buildRequestTable(
  shardRoutes: readonly ShardRoute[],
  commands: readonly GatewayCommand[],
): RequestTable {
  const table = new Map<string, Route>();
  const add = (route: Route): void => {
    if (table.has(route.type)) throw new Error(`the type ${route.type} is registered twice`);
    table.set(route.type, route);
  };
  for (const { type, route, rate } of shardRoutes) add({ to: route, type, rate });
  for (const { type, rate, anonymous, requires, may, handle, data, withoutChannel = false } of commands) {
    const command = { anonymous, withoutChannel, requires, may, handle, readData: compileDataReader(data) };
    const route: MainRoute = { to: 'main', type, rate, command };
    const known = table.get(type);
    if (!withoutChannel || known?.to !== 'channel') add(route);
    else table.set(type, { ...known, elsewhere: route });
  }
  return table;
}
