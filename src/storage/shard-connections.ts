/** How a shard's connections to the database are called: a replacement ends those of earlier incarnations by name. */

/** Whose connections they are. */
export interface ShardIncarnation {
  /** The shard's process: unique among the servers on this database, at most 36 ASCII characters without `/`. */
  readonly owner: string;
  readonly shard: number;
  /** Which life of that shard. */
  readonly incarnation: number;
}

/** With what the names of all incarnations begin. */
export function familyName({ owner, shard }: ShardIncarnation): string {
  return `hubbub/${owner}/${shard}/`;
}

/** The connection that commits batches. */
export function writerName(incarnation: ShardIncarnation): string {
  return `${familyName(incarnation)}${incarnation.incarnation}`;
}

/** Connections for marks, blocks and policies of inboxes. */
export function inboxesName(incarnation: ShardIncarnation): string {
  return `${writerName(incarnation)} inboxes`;
}
