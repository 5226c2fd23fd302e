/** `npm run import -- --from SYSTEM`: what another chat server has, into the database. */
import { randomUUID } from 'node:crypto';
import { PasswordHasher } from '../auth/password-hasher.ts';
import type { Config } from '../config.ts';
import { ChannelWriter } from '../moving/channel-writer.ts';
import { openFolderSource } from '../moving/folder-source.ts';
import { MessageWriter } from '../moving/message-writer.ts';
import { MoveReport } from '../moving/move-report.ts';
import type { MoveTarget } from '../moving/move-target.ts';
import { moveAll, type MoveWriters } from '../moving/move.ts';
import { PlaceKeeper } from '../moving/place-keeper.ts';
import { openPostgresSource } from '../moving/postgres-source.ts';
import { SanctionWriter } from '../moving/sanction-writer.ts';
import { SessionWriter } from '../moving/session-writer.ts';
import { LimitWriter, ServerWriter } from '../moving/settings-writers.ts';
import type { Source } from '../moving/source.ts';
import type { OtherSystem } from '../moving/system.ts';
import { SYSTEMS } from '../moving/systems.ts';
import { type GivenNames, givenNames } from '../moving/table-shape.ts';
import { UserWriter } from '../moving/user-writer.ts';
import { WhisperWriter } from '../moving/whisper-writer.ts';
import { createLogger } from '../observability/logger.ts';
import { IMPORT_RUN } from '../shard/ports/log-heads.ts';
import { actBy, TERMINAL } from '../protocol/audit-act.ts';
import { failure } from '../protocol/errors.ts';
import { fail, ok, type Result } from '../protocol/result.ts';
import { connectDatabase } from '../storage/connect-database.ts';
import { reasonOf } from '../storage/outage.ts';
import { PostgresAuditLog } from '../storage/postgres-audit-log.ts';
import { PostgresLog } from '../storage/postgres-log.ts';
import { openConnection } from './open-postgres.ts';
import { tellOfLife } from './sign-of-life.ts';

/** How far it is is told so often, ms. */
const PROGRESS_MS = 5_000;
const CONNECT_PATIENCE_MS = 30_000;
/** No shard has this number, so no fence touches its connections. */
const IMPORTER = -2;
const DATABASE_URL = /^postgres(?:ql)?(?:\+\w+)?:\/\//i;

/** What the command line asks for. */
export interface SystemImport {
  readonly system: OtherSystem;
  /** URL of a PostgreSQL database, or a folder. */
  readonly place: string;
  readonly issuer: string | undefined;
  readonly map: readonly string[];
  readonly dryRun: boolean;
}

/** A system that may be moved from, by its name. */
export function systemCalled(name: string): OtherSystem | undefined {
  return SYSTEMS.find((system) => system.name === name);
}

/** Brings it over. The text is the table of what came; fails with the same where something was left out. */
export async function importSystem(config: Config, asked: SystemImport): Promise<Result<string>> {
  const { system, place } = asked;
  const issuer = issuerOf(config, asked);
  if (!issuer.ok) return issuer;
  const steps = system.steps({ issuer: issuer.value });
  const shapes = steps.map(({ shape }) => shape);
  const given = givenNames(asked.map, shapes);
  if (typeof given === 'string') return fail(failure('bad_request', `${given}.`));
  const source = await openSource(place, shapes, given);
  if (!source.ok) return source;
  try {
    return await into(config, source.value, asked, steps);
  } finally {
    await source.value.close();
  }
}

async function openSource(
  place: string,
  shapes: Parameters<typeof openFolderSource>[1],
  given: GivenNames,
): Promise<Result<Source>> {
  if (!DATABASE_URL.test(place)) return openFolderSource(place, shapes, given);
  // As SQLAlchemy writes it, with the name of a driver.
  return openPostgresSource(place.replace(DATABASE_URL, 'postgres://'), shapes, given);
}

function issuerOf(config: Config, { system, issuer }: SystemImport): Result<string | null> {
  if (!system.needsIssuer) return ok(null);
  if (issuer !== undefined) return ok(issuer);
  const [only, ...others] = config.oidcIssuers;
  if (only !== undefined && others.length === 0) return ok(only.issuer);
  return fail(
    failure(
      'bad_request',
      `Users of ${system.name} log in elsewhere: say where with --issuer, as OIDC_ISSUERS does (of Keycloak https://HOST/realms/REALM).`,
    ),
  );
}

async function into(
  config: Config,
  source: Source,
  { system, dryRun }: SystemImport,
  steps: ReturnType<OtherSystem['steps']>,
): Promise<Result<string>> {
  const logger = createLogger({ level: 'silent' });
  const opened = await openConnection(config, logger, 'hubbub import');
  if (!opened.ok) return opened;
  const { client, connectionString, close } = opened.value;
  const log = new PostgresLog({
    ...{ connectionString, owner: randomUUID(), shard: IMPORTER, incarnation: 0, logger },
  });
  const report = new MoveReport();
  try {
    // Brings the schema up to date, too.
    const signal = AbortSignal.timeout(CONNECT_PATIENCE_MS);
    const database = await connectDatabase({ connectionString, logger, signal, max: 1 });
    if (!database.ok) return database;
    const target: MoveTarget = {
      ...{ client, database: database.value, log, dry: dryRun },
      now: () => Date.now(),
      remark: (kind, what, id) => {
        report.remark(kind, what, id);
      },
    };
    const life = dryRun ? null : tellOfLife(database.value);
    try {
      await moveAll(source, steps, writersInto(target, config, system), report, progressTeller());
    } finally {
      await life?.end();
      await keepAct(target, system, report);
      await database.value.close();
    }
    return summary(report, dryRun);
  } catch (error) {
    return fail(
      failure(
        'unavailable',
        `The import broke off: ${reasonOf(error)}. Run it again: what came over is known then.\n\n${report.text()}`,
      ),
    );
  } finally {
    await log.close();
    await close();
  }
}

function writersInto(target: MoveTarget, config: Config, system: OtherSystem): MoveWriters {
  const places = new PlaceKeeper(target);
  const sanctions = new SanctionWriter(target, places);
  return {
    server: new ServerWriter(target),
    limits: new LimitWriter(target, config.rateLimit),
    users: new UserWriter(target, new PasswordHasher()),
    channels: new ChannelWriter(places, target),
    ...{ bans: sanctions, mutes: sanctions },
    messages: new MessageWriter(target, places),
    whispers: new WhisperWriter(target),
    sessions: new SessionWriter(target, system.name, IMPORT_RUN),
  };
}

/** For who looks at a terminal. */
function progressTeller(): (kind: string, read: number) => void {
  let next = performance.now() + PROGRESS_MS;
  return (kind, read) => {
    if (!process.stderr.isTTY || performance.now() < next) return;
    next = performance.now() + PROGRESS_MS;
    process.stderr.write(`${kind}: ${read} rows so far\n`);
  };
}

/** One act for all of it; none where nothing came over. */
async function keepAct(
  { database, dry, now }: MoveTarget,
  { name }: OtherSystem,
  { added }: MoveReport,
): Promise<void> {
  if (dry || !Object.values(added).some((count) => count > 0)) return;
  const target = { kind: 'settings', id: `import:${name}` } as const;
  const kept = await new PostgresAuditLog(database).append(
    actBy(TERMINAL, now(), { action: 'system:imported', target, after: added }),
  );
  if (!kept.ok) throw new Error(kept.failure.message);
}

function summary(report: MoveReport, dryRun: boolean): Result<string> {
  const text = `${dryRun ? 'Nothing was written. This would come over:\n\n' : ''}${report.text()}`;
  if (report.leftOut === 0) return ok(text);
  return fail(failure('bad_request', `Not everything could come over.\n\n${text.trimEnd()}`));
}
