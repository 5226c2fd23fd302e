/** What administrators do to the server's name: each change is kept with who made it, and holds when it is answered. */
import { actBy, type AuditActor } from '../protocol/audit-act.ts';
import { ok } from '../protocol/result.ts';
import type { Result } from '../protocol/result.ts';
import type { ServerNameStore } from './ports/server-name.ts';

/** What {@link ServerNameAdmin} needs. `now` gives ms since the epoch. */
export interface ServerNameAdminDeps {
  readonly store: ServerNameStore;
  /** That of the settings. */
  readonly initial: string;
  /** Resolves when what was stored holds on all threads of this process; other servers follow within a second. */
  readonly applied: () => Promise<void>;
  readonly now: () => number;
}

/** How the server is called, and how it is where nobody gave it a name. */
export interface ServerNames {
  readonly name: string;
  readonly initial: string;
}

/** See the head of the file. */
export class ServerNameAdmin {
  readonly #deps: ServerNameAdminDeps;

  constructor(deps: ServerNameAdminDeps) {
    this.#deps = deps;
  }

  /** As it stands in the database. */
  async read(): Promise<Result<ServerNames>> {
    const { store, initial } = this.#deps;
    const given = await store.load();
    return given.ok ? ok({ name: given.value ?? initial, initial }) : given;
  }

  /** Gives the server a name; null: that of the settings holds again. */
  async change(name: string | null, by: AuditActor): Promise<Result<ServerNames>> {
    const { store, now, applied } = this.#deps;
    const target = { kind: 'settings', id: 'server' } as const;
    const act = actBy(by, now(), { action: 'server:updated', target, after: { name } });
    const changed = await store.change(name, act);
    if (!changed.ok) return changed;
    await applied();
    return this.read();
  }
}
