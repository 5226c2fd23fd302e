/** Log files as sources of a replay. */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { readIrcLog } from './irc-log.ts';
import type { ReplaySource } from './replay.ts';

/** Longest channel id of the contract. */
const MAX_CHANNEL_ID = 64;

/** Reads the files; channels are `prefix` and the file's name. Rejects when a file can't be read. */
export async function loadSources(files: readonly string[], prefix: string): Promise<ReplaySource[]> {
  const used = new Set<string>();
  const sources: ReplaySource[] = [];
  for (const file of files) {
    const title = basename(file);
    const channelId = freeId(channelIdOf(prefix, title), used);
    used.add(channelId);
    sources.push({ title, channelId, log: readIrcLog(await readFile(file)) });
  }
  return sources;
}

function channelIdOf(prefix: string, title: string): string {
  const plain = title.replace(/\.txt$/, '').replaceAll(/[^A-Za-z0-9_.:-]/g, '_');
  return `${prefix}${plain}`.slice(0, MAX_CHANNEL_ID);
}

function freeId(wanted: string, used: ReadonlySet<string>): string {
  for (let number = 2, id = wanted; ; number += 1) {
    if (!used.has(id)) return id;
    const suffix = `-${number}`;
    id = `${wanted.slice(0, MAX_CHANNEL_ID - suffix.length)}${suffix}`;
  }
}
