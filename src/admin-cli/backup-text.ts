/** What a backup holds, for people. */

/** Counts of what people know, from the rows of each table. */
export function backupText(rows: ReadonlyMap<string, number>): string {
  const count = (table: string, one: string) => {
    const number = rows.get(table) ?? 0;
    return `${number} ${one}${number === 1 ? '' : 's'}`;
  };
  return `${count('events', 'event')} in ${count('logs', 'channel')} and inboxes, ${count('accounts', 'account')}`;
}
