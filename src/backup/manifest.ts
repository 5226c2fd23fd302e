/** What a backup says of itself: its head, which stands first, and its manifest, which stands last. */
import { createHash } from 'node:crypto';
import Type from 'typebox';
import type { Static } from 'typebox';
import { Check } from 'typebox/value';

/** The form of the file that this program writes and reads. */
export const FORMAT = 1;
export const HEAD_NAME = 'backup.json';
export const MANIFEST_NAME = 'manifest.json';

const Count = Type.Integer({ minimum: 0 });
const Head = Type.Object({
  format: Type.Literal(FORMAT),
  /** Of the program that wrote it. */
  program: Type.String(),
  /** When it was begun, ms since the epoch. */
  made_at: Count,
  /** As `server_version` tells it. */
  postgres: Type.String(),
  /** Names of the migrations that ran, in their order. */
  schema: Type.Array(Type.String(), { minItems: 1 }),
  server: Type.Object({ id: Type.String(), epoch: Type.String() }),
});
const Part = Type.Object({ name: Type.String(), bytes: Count, sha256: Type.String() });
const Manifest = Type.Object({
  head_sha256: Type.String(),
  tables: Type.Array(
    Type.Object({
      name: Type.String(),
      columns: Type.Array(Type.String()),
      rows: Count,
      parts: Type.Array(Part),
    }),
  ),
  sequences: Type.Array(Type.Object({ name: Type.String(), value: Type.String({ pattern: '^\\d{1,19}$' }) })),
});

/** See the fields above. */
export type BackupHead = Static<typeof Head>;
/** Tables in the order in which they can be filled. */
export type BackupManifest = Static<typeof Manifest>;
/** A table of a manifest. */
export type BackedUpTable = BackupManifest['tables'][number];

/** The format of a head's text, whatever its other fields; null: it is no head. */
export function formatOf(text: Buffer): unknown {
  const value = parse(text);
  return typeof value === 'object' && value !== null && 'format' in value ? value.format : null;
}

/** Reads a head; null: it is none. */
export function readHead(text: Buffer): BackupHead | null {
  const value = parse(text);
  return Check(Head, value) ? value : null;
}

/** Reads a manifest; null: it is none. */
export function readManifest(text: Buffer): BackupManifest | null {
  const value = parse(text);
  return Check(Manifest, value) ? value : null;
}

/** SHA-256 in hex. */
export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Name of a table's part, from 1. */
export function partName(table: string, nth: number): string {
  return `${table}/${String(nth).padStart(6, '0')}.copy`;
}

function parse(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'));
  } catch {
    return null;
  }
}
