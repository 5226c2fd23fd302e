/**
 * Keys by which other programs use the server API: made, proved and taken back. What was looked up holds for half a second, so that
 * a program that asks often costs the database little, and a key that was taken back is good for no longer than that
 * on any server.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { actBy, type AuditActor } from '../protocol/audit-act.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { ApiKey, ApiKeyChange, ApiKeyScope, ApiKeyStore, HashedApiKey } from './api-key-store.ts';

/** How often a key may be used, where whoever made it said nothing. */
export const DEFAULT_REQUESTS_PER_SECOND = 100;
/** Most that can be said. */
export const MAX_REQUESTS_PER_SECOND = 10_000;
/** Most keys of a server. */
export const MAX_API_KEYS = 200;
/** What was looked up holds for so long: well within the second in which a key ends everywhere. */
const HOLDS_MS = 500;
/** Looked-up keys that are held; there are never more good ones. */
const MAX_HELD = MAX_API_KEYS;
/** How often a use is written down. */
const USE_EVERY_MS = 60_000;
const ID_BYTES = 8;
const SECRET_BYTES = 32;
const FORM = /^hub_([0-9a-f]{16})_([0-9a-f]{64})$/;

const NO_KEY = failure('not_found', 'There is no such key.');

/** What {@link ApiKeys} needs. */
export interface ApiKeysDeps {
  readonly store: ApiKeyStore;
  /** ms since the epoch. */
  readonly now: () => number;
  /** Monotonic ms. */
  readonly mono: () => number;
  readonly random: (bytes: number) => Buffer;
}

interface Held {
  readonly at: number;
  readonly found: Promise<Result<HashedApiKey | null>>;
}

/** See the head of the file. */
export class ApiKeys {
  readonly #deps: ApiKeysDeps;
  /** By id; the promise is shared by all who ask meanwhile. */
  readonly #held = new Map<string, Held>();
  /** When a use was last handed to the store, monotonic ms. */
  readonly #used = new Map<string, number>();

  constructor(deps: ApiKeysDeps) {
    this.#deps = deps;
  }

  /** Makes a key; `key` is the only place where its secret ever stands. `conflict` where there are too many. */
  async create(
    name: string,
    scopes: readonly ApiKeyScope[],
    by: AuditActor,
    requestsPerSecond = DEFAULT_REQUESTS_PER_SECOND,
  ): Promise<Result<{ readonly record: ApiKey; readonly key: string }>> {
    const { store, now, random } = this.#deps;
    const [id, secret] = [random(ID_BYTES).toString('hex'), random(SECRET_BYTES).toString('hex')];
    const record: ApiKey = {
      ...{ id, name, scopes: [...new Set(scopes)], requestsPerSecond, createdAt: now() },
      createdBy: { id: by.id, name: by.name ?? by.id },
      lastUsedAt: null,
    };
    const act = actBy(by, now(), {
      ...{ action: 'apikey:created', target: { kind: 'key', id, name } },
      after: { scopes: record.scopes, requests_per_second: requestsPerSecond },
    });
    const created = await store.create({ ...record, hash: hashOf(secret) }, MAX_API_KEYS, act);
    if (!created.ok) return created;
    if (!created.value) return fail(failure('conflict', `There are ${MAX_API_KEYS} keys already.`));
    return ok({ record, key: `hub_${id}_${secret}` });
  }

  /** All keys, the oldest first. */
  async list(): Promise<Result<readonly ApiKey[]>> {
    return this.#deps.store.list();
  }

  /** Changes a key: here at once, on other servers within a second; `not_found`. */
  async change(id: string, change: ApiKeyChange, by: AuditActor): Promise<Result<ApiKey>> {
    const { store, now } = this.#deps;
    const { name, scopes, requestsPerSecond } = change;
    const wanted = { ...change, ...(scopes === undefined ? {} : { scopes: [...new Set(scopes)] }) };
    const act = actBy(by, now(), {
      ...{ action: 'apikey:updated', target: { kind: 'key', id } },
      after: { name, scopes: wanted.scopes, requests_per_second: requestsPerSecond },
    });
    const changed = await store.change(id, wanted, act);
    this.#held.delete(id);
    if (!changed.ok) return changed;
    return changed.value === null ? fail(NO_KEY) : ok(changed.value);
  }

  /** Takes a key back: here at once, on other servers within a second; `not_found`. */
  async revoke(id: string, by: AuditActor): Promise<Result<void>> {
    const { store, now } = this.#deps;
    const act = actBy(by, now(), { action: 'apikey:deleted', target: { kind: 'key', id } });
    const removed = await store.remove(id, act);
    this.#held.delete(id);
    this.#used.delete(id);
    if (!removed.ok) return removed;
    return removed.value ? ok(undefined) : fail(NO_KEY);
  }

  /** The key that `credential` is; `unauthorized` for anything else, `unavailable` when that can't be told. */
  async prove(credential: string): Promise<Result<ApiKey>> {
    const [, id, secret] = FORM.exec(credential) ?? [];
    if (id === undefined || secret === undefined) return refused();
    const found = await this.#find(id);
    if (!found.ok) return found;
    if (found.value === null) return refused();
    const { hash, ...key } = found.value;
    if (!timingSafeEqual(Buffer.from(hash, 'hex'), Buffer.from(hashOf(secret), 'hex'))) return refused();
    this.#noteUse(id);
    return ok(key);
  }

  async #find(id: string): Promise<Result<HashedApiKey | null>> {
    const { store, mono } = this.#deps;
    const now = mono();
    const held = this.#held.get(id);
    if (held !== undefined && now - held.at < HOLDS_MS) return held.found;
    const found = store.find(id);
    this.#held.delete(id);
    this.#held.set(id, { at: now, found });
    for (const oldest of this.#held.keys()) {
      if (this.#held.size <= MAX_HELD) break;
      this.#held.delete(oldest);
    }
    return found;
  }

  #noteUse(id: string): void {
    const { store, now, mono } = this.#deps;
    const last = this.#used.get(id);
    if (last !== undefined && mono() - last < USE_EVERY_MS) return;
    this.#used.set(id, mono());
    // Nobody waits for it, and one that is lost is made up for a minute later.
    void store.used(id, now(), USE_EVERY_MS);
  }
}

function hashOf(secret: string): string {
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

function refused(): Result<never> {
  return fail(failure('unauthorized', 'This is no key of this server.'));
}
