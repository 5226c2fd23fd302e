/** What the server answers of what it administers, as `GET /openapi.json` describes it. Times are ms since the epoch. */

/** A page of a list. `next` is what the parameter for going on takes. */
export interface Listed<Item> {
  readonly items: readonly Item[];
  readonly has_more?: boolean;
  readonly next?: string | number;
}

export interface Person {
  readonly id: string;
  readonly name?: string;
}

export interface ChannelRow {
  readonly id: string;
  readonly name: string;
  readonly private: boolean;
  readonly topic?: string;
  readonly description?: string;
  readonly position?: number;
  readonly archived?: boolean;
  /** Null: as the server says; 0: for ever. */
  readonly retention_days?: number | null;
  readonly retention_messages?: number | null;
  /** How many people are in it; where that was asked for. */
  readonly present?: number;
}

/** How the server is called. */
export interface ServerRow {
  readonly id: string;
  readonly name: string;
  readonly default_name: string;
}

export interface SanctionRow {
  readonly ban_id?: string;
  readonly mute_id?: string;
  readonly user: Person;
  readonly by: Person;
  readonly reason?: string;
  readonly address?: string;
  readonly created_at: number;
  /** Null: it has no end. */
  readonly until: number | null;
  readonly active: boolean;
  readonly pardoned: boolean;
}

export interface SessionRow {
  readonly id: string;
  readonly user: Person;
  readonly guest: boolean;
  readonly dashboard: boolean;
  readonly client_id?: string;
  readonly address: string;
  readonly started_at: number;
  /** To which of several servers it is. */
  readonly server: string;
}

export interface ReportedMessage {
  readonly id: string;
  readonly author: Person;
  readonly content: string;
  readonly timestamp: number;
}

export interface ReportRow {
  readonly id: string;
  readonly channel_id: string;
  readonly state: 'open' | 'claimed' | 'resolved';
  readonly reporter: Person;
  readonly reason: string;
  readonly created_at: number;
  readonly message: ReportedMessage;
  readonly context: readonly ReportedMessage[];
  readonly claimed_by?: Person;
  readonly resolved_by?: Person;
  readonly outcome?: 'actioned' | 'dismissed';
  readonly note?: string;
}

export interface AuditRow {
  readonly seq: number;
  readonly at: number;
  readonly actor: Person;
  readonly action: string;
  readonly target?: Person & { readonly kind: string };
  readonly channel_id?: string;
  readonly reason?: string;
  readonly before?: object;
  readonly after?: object;
}

export interface Limit {
  readonly message_limit: number;
  readonly window_seconds: number;
}

export interface RateLimits extends Limit {
  readonly roles: readonly (Limit & { readonly role: string })[];
  readonly channels: readonly (Limit & { readonly channel_id: string })[];
}

export interface DryRun {
  readonly scanned: number;
  readonly matched: number;
  readonly samples: readonly {
    readonly id: string;
    readonly channel_id: string;
    readonly author: Person;
    readonly content: string;
    readonly timestamp: number;
  }[];
}

export interface UserRow {
  readonly id: string;
  readonly name: string;
  readonly guest: boolean;
  readonly roles: readonly string[];
  readonly kind?: 'account' | 'guest' | 'issuer';
  readonly issuer?: string;
  readonly since?: number;
  readonly banned?: boolean;
}

export interface TimeseriesAnswer {
  readonly items: readonly { readonly start: number; readonly value: number }[];
}

export interface BusyChannel {
  readonly channel_id: string;
  readonly name?: string;
  readonly messages: number;
}

export interface BusyUser {
  readonly user_id: string;
  readonly name?: string;
  readonly messages: number;
  readonly sessions: number;
  readonly total_duration_seconds: number;
}

export interface ApiKeyRow {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly requests_per_second: number;
  readonly created_at: number;
  readonly created_by: Person;
  readonly last_used_at: number | null;
}

export interface ExportRow {
  readonly id: string;
  readonly kind: 'messages' | 'user';
  readonly format: 'ndjson' | 'csv';
  readonly channel_ids?: readonly string[];
  readonly from?: number;
  readonly to?: number;
  readonly user_id?: string;
  readonly by: Person;
  readonly state: 'queued' | 'running' | 'done' | 'failed' | 'interrupted';
  readonly created_at: number;
  readonly rows: number;
  readonly bytes: number;
  readonly problem?: string;
}

export interface MemberRow {
  readonly user: Person;
  readonly role: 'owner' | 'moderator' | 'member';
  readonly joined_at: number;
}

export interface MessageRow {
  readonly channel_id: string;
  readonly timestamp: number;
  readonly data: { readonly id: string; readonly content?: string };
}

export interface ErasureRow {
  readonly id: string;
  readonly user_id: string;
  /** Id of who asked for it. */
  readonly by: string;
  readonly done: boolean;
  readonly step: 'find' | 'delete' | 'rewrite' | 'tables' | 'done';
  readonly counts: Readonly<Record<string, number>>;
  readonly digest: string;
  readonly requested_at: number;
  readonly finished_at?: number;
}

export interface DecisionHookAnswer {
  readonly configured: boolean;
  readonly url?: string;
  readonly decisions?: readonly string[];
  readonly timeout_ms?: number;
  readonly when_away?: 'allow' | 'deny';
}

export interface DecisionTrialAnswer {
  readonly answered: boolean;
  readonly took_ms: number;
  readonly allow?: boolean;
  readonly reason?: string;
  readonly problem?: string;
}

export interface WebhookRow {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly enabled: boolean;
  readonly created_at: number;
  readonly created_by: Person;
}

export interface DeliveryRow {
  readonly id: number;
  readonly type: string;
  readonly state: 'waiting' | 'delivered' | 'dead';
  readonly attempts: number;
  readonly created_at: number;
  readonly next_at: number;
  readonly status: number | null;
  readonly problem: string | null;
}
