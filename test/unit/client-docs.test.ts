import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ChatClient } from '../../src/client/chat-client.ts';

const docs = readFileSync(new URL('../../docs/client.md', import.meta.url), 'utf8');

/** Names in the first column of the table under `heading`, without what stands in parentheses. */
function listed(heading: string): string[] {
  return firstColumn(sectionOf(heading));
}

function sectionOf(heading: string): string {
  return docs.split(`## ${heading}\n`)[1]!.split('\n## ')[0]!;
}

function firstColumn(rows: string): string[] {
  const cells = [...rows.matchAll(/^\| (`[^|]*`) +\|/gm)].map(([, cell]) => cell!);
  return cells.flatMap((cell) => [...cell.matchAll(/`([\w:]+)/g)].map(([, name]) => name!)).sort();
}

/** Names in the first column of that table under `heading` whose first column is called `column`. */
function listedIn(heading: string, column: string): string[] {
  const table = sectionOf(heading)
    .split(new RegExp(`^\\| ${column} +\\|.*\\n`, 'm'))[1]!
    .split('\n\n')[0]!;
  return firstColumn(table);
}

/** Members of the interface `name` in a file of the client. */
function members(file: string, name: string): string[] {
  const source = readFileSync(new URL(`../../src/client/${file}`, import.meta.url), 'utf8');
  const body = source.split(`export interface ${name} {\n`)[1]!.split('\n}')[0]!;
  return [...body.matchAll(/^ {2}(?:readonly )?('[\w:]+'|\w+)\??(?:<.*>)?[:(]/gm)]
    .map(([, member]) => member!.replaceAll("'", ''))
    .sort();
}

describe('docs/client.md', () => {
  it('[SDK-25] names every option', () => {
    expect(listed('Options')).toEqual(members('chat-options.ts', 'ChatOptions'));
  });

  it('[SDK-25] names every event', () => {
    expect(listed('Events')).toEqual(members('client-events.ts', 'ClientEvents'));
  });

  it('[SDK-25] names every member of the inbox, and its news', () => {
    expect(listedIn('Private messages', 'member')).toEqual(members('inbox.ts', 'Inbox'));
    expect(listedIn('Private messages', 'news')).toEqual(members('inbox-news.ts', 'InboxNews'));
  });

  it('[SDK-25] names every method', () => {
    const prototype = Object.getOwnPropertyDescriptors(ChatClient.prototype);
    const methods = Object.entries(prototype).flatMap(([name, { value }]) =>
      typeof value === 'function' && name !== 'constructor' ? [name] : [],
    );
    expect(listed('Methods')).toEqual(methods.sort());
  });
});
