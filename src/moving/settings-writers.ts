/** What the server was called, and how many messages everybody might send: taken over once, before anybody changes it here. */
import type { RateLimit } from '../cache/rate-limiter.ts';
import { actBy, TERMINAL } from '../protocol/audit-act.ts';
import { parseServerName } from '../protocol/server-name.ts';
import { PostgresRateLimitSettings } from '../storage/postgres-rate-limit-settings.ts';
import { PostgresServerName } from '../storage/postgres-server-name.ts';
import type { MovedLimit, MovedOutcome, MovedServer } from './items.ts';
import { ADDED, KNOWN, leftOut, type MoveTarget, type MoveWriter } from './move-target.ts';
import { ownId } from './derived-id.ts';

const NO_VERSION = -1;
const MOST_MESSAGES = 100_000;
const LONGEST_WINDOW_MS = 86_400_000;
// What was signed names the server, so an id is only taken over before it ever ran.
const TAKE_ID = 'update server_instance set id = $1 where id <> $1 and not exists (select from signing_keys)';

/** The name, and the id where this server never ran. */
export class ServerWriter implements MoveWriter<MovedServer> {
  readonly #target: MoveTarget;
  readonly #names: PostgresServerName;
  #isFirst = true;

  constructor(target: MoveTarget) {
    this.#target = target;
    this.#names = new PostgresServerName(target.database);
  }

  async write(servers: readonly MovedServer[]): Promise<readonly MovedOutcome[]> {
    const outcomes: MovedOutcome[] = [];
    for (const server of servers) {
      outcomes.push(
        this.#isFirst ? await this.#take(server) : leftOut('is another server’s, and one has one name'),
      );
      this.#isFirst = false;
    }
    return outcomes;
  }

  async #take({ id, name, from }: MovedServer): Promise<MovedOutcome> {
    const { dry, now, client, remark } = this.#target;
    const parsed = parseServerName(
      Array.from((name ?? '').toWellFormed())
        .slice(0, 100)
        .join(''),
    );
    const changed = await changedBefore(this.#target, 'server:updated');
    if (!parsed.ok) return leftOut('has no name that a server can have');
    if (changed) return KNOWN;
    if (dry) return ADDED;
    if (id !== null && ownId(id) !== null) {
      const taken = await client.query(TAKE_ID, [id]);
      if (taken.rowCount !== 1) remark('server', 'keeps the id that it has here: its tokens name it', from);
    }
    const target = { kind: 'settings', id: 'server' } as const;
    const act = actBy(TERMINAL, now(), { action: 'server:updated', target, after: { name: parsed.value } });
    const given = await this.#names.change(parsed.value, act);
    if (!given.ok) throw new Error(given.failure.message);
    return ADDED;
  }
}

/** Everybody's limit. */
export class LimitWriter implements MoveWriter<MovedLimit> {
  readonly #target: MoveTarget;
  readonly #settings: PostgresRateLimitSettings;
  readonly #initial: RateLimit;

  constructor(target: MoveTarget, initial: RateLimit) {
    this.#target = target;
    this.#settings = new PostgresRateLimitSettings(target.database);
    this.#initial = initial;
  }

  async write(limits: readonly MovedLimit[]): Promise<readonly MovedOutcome[]> {
    const outcomes: MovedOutcome[] = [];
    for (const limit of limits) outcomes.push(await this.#take(limit));
    return outcomes;
  }

  async #take({ limit, windowMs }: MovedLimit): Promise<MovedOutcome> {
    const { dry, now } = this.#target;
    if (limit > MOST_MESSAGES || windowMs > LONGEST_WINDOW_MS) return leftOut('is more than a limit may be');
    if (await changedBefore(this.#target, 'ratelimit:updated')) return KNOWN;
    if (dry) return ADDED;
    // So that there is one to be changed.
    const there = await this.#settings.load(this.#initial, NO_VERSION);
    if (!there.ok) throw new Error(there.failure.message);
    const target = { kind: 'settings', id: 'ratelimits' } as const;
    const after = { message_limit: limit, window_seconds: windowMs / 1_000 };
    const act = actBy(TERMINAL, now(), { action: 'ratelimit:updated', target, after });
    const changed = await this.#settings.change({ kind: 'everybody' }, { limit, windowMs }, act);
    if (!changed.ok) throw new Error(changed.failure.message);
    return ADDED;
  }
}

async function changedBefore({ client }: MoveTarget, action: string): Promise<boolean> {
  const { rows } = await client.query<{ found: boolean }>(
    'select exists (select from audit_log where action = $1) as found',
    [action],
  );
  return rows[0]?.found === true;
}
