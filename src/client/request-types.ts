/** What each request carries, taken from the server's registries. Types only: nothing of the server is bundled. */
import type { ChannelRequests } from '../channel/registry.ts';
import type { GatewayRequests } from '../gateway/registry.ts';
import type { InboxRequests } from '../inbox/registry.ts';

/** `data` by type, of every request that this version of the server handles. */
export type KnownRequests = ChannelRequests & GatewayRequests & InboxRequests;

/** `data` of a request: exact for a type that is known, any JSON for others. */
export type RequestData<Type extends string> = Type extends keyof KnownRequests
  ? KnownRequests[Type]
  : unknown;
