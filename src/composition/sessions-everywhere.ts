/** Open connections to all servers of the database: this one's, and what the others answer over Valkey. */
import Type from 'typebox';
import { Check } from 'typebox/value';
import type { FoundSessions, LiveSessions, SessionOfServer } from '../admin/ports/live-sessions.ts';
import { ServerQuestions } from '../cache/server-questions.ts';
import type { WordsTransport } from '../cache/server-words.ts';
import type { LiveSession } from '../protocol/live-session.ts';
import type { Result } from '../protocol/result.ts';
import { IMPORT_RUN } from '../shard/ports/log-heads.ts';
import { runtimeTimers } from '../threads/runtime-timers.ts';

/** Connections to this server. Neither rejects. */
export interface SessionsHere {
  /** Those of a user, the oldest first. */
  of(userId: string): Promise<readonly LiveSession[]>;
  /** Ends those of a user with these ids, with 4004; how many there were. */
  end(userId: string, ids: readonly string[]): Promise<number>;
}

/** What {@link sessionsEverywhere} needs. */
export interface SessionsSurroundings {
  readonly here: SessionsHere;
  /** This server, as it tells of its sessions. */
  readonly self: string;
  /** Names of the servers beside this one. */
  readonly others: () => Promise<Result<readonly string[]>>;
  /** Null: there is no way to them. */
  readonly transport: WordsTransport | null;
  readonly newId: () => string;
}

const Question = Type.Union([
  Type.Object({ user: Type.String(), of: Type.Literal(true) }),
  Type.Object({ user: Type.String(), end: Type.Record(Type.String(), Type.Array(Type.String())) }),
]);
const Sessions = Type.Array(
  Type.Object({
    id: Type.String(),
    user: Type.Object({ id: Type.String(), name: Type.String() }),
    roles: Type.Array(Type.Enum(['guest', 'user', 'moderator', 'admin'])),
    guest: Type.Boolean(),
    dashboard: Type.Boolean(),
    clientId: Type.Optional(Type.String()),
    address: Type.String(),
    startedAt: Type.Integer(),
  }),
);

/** Answers others from now on, until closed. */
export function sessionsEverywhere(around: SessionsSurroundings): LiveSessions & { close(): void } {
  const { here, self, others, transport, newId } = around;
  const questions =
    transport === null
      ? null
      : new ServerQuestions({
          ...{ transport, self, newId },
          timers: runtimeTimers(),
          answer: async (question) => {
            if (!Check(Question, question)) return undefined;
            if ('of' in question) return here.of(question.user);
            const ids = question.end[self];
            return ids === undefined ? 0 : here.end(question.user, ids);
          },
        });
  const ask = async (question: object, servers: readonly string[]) =>
    (await questions?.ask(question, servers)) ?? { answers: new Map<string, unknown>(), missing: servers };
  return {
    of: async (userId): Promise<FoundSessions> => {
      const known = await others();
      const servers = known.ok ? known.value.filter((name) => name !== IMPORT_RUN) : [];
      const [mine, told] = await Promise.all([here.of(userId), ask({ user: userId, of: true }, servers)]);
      const sessions: SessionOfServer[] = mine.map((session) => ({ ...session, server: self }));
      for (const [server, answer] of told.answers) {
        if (!Check(Sessions, answer)) continue;
        // Of somebody else nothing is believed.
        const theirs = answer.filter(({ user }) => user.id === userId) as readonly LiveSession[];
        sessions.push(...theirs.map((session) => ({ ...session, server })));
      }
      sessions.sort((one, other) => one.startedAt - other.startedAt);
      return { sessions, missing: known.ok ? told.missing.length : 1 };
    },
    end: async (userId, sessions) => {
      const byServer = Map.groupBy(sessions, ({ server }) => server);
      const mine = byServer.get(self) ?? [];
      byServer.delete(self);
      const end = Object.fromEntries([...byServer].map(([server, ids]) => [server, ids.map(({ id }) => id)]));
      const [ended, told] = await Promise.all([
        mine.length === 0
          ? 0
          : here.end(
              userId,
              mine.map(({ id }) => id),
            ),
        byServer.size === 0
          ? { answers: new Map<string, unknown>(), missing: [] }
          : ask({ user: userId, end }, [...byServer.keys()]),
      ]);
      let total = ended;
      for (const count of told.answers.values()) if (typeof count === 'number') total += count;
      return { ended: total, missing: told.missing.length };
    },
    close: () => {
      questions?.close();
    },
  };
}
