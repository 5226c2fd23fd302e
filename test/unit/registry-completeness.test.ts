import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CHANNEL_COMMANDS } from '../../src/channel/registry.ts';
import { GATEWAY_COMMANDS } from '../../src/gateway/registry.ts';
import { INBOX_COMMANDS } from '../../src/inbox/registry.ts';
import { buildRequestTable } from '../../src/gateway/request-table.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const spec = readFileSync(`${ROOT}docs/SPEC.md`, 'utf8');
const rules = spec.split('\n').filter((line) => /^\*\*[A-Z]+-\d+\*\*/.test(line));
const tests = globSync('test/**/*.test.ts', { cwd: ROOT })
  .filter((file) => !file.includes('registry-completeness'))
  .map((file) => readFileSync(`${ROOT}${file}`, 'utf8'))
  .join('\n');
const SHARD_COMMANDS = [...CHANNEL_COMMANDS, ...INBOX_COMMANDS];
const types = [...SHARD_COMMANDS, ...GATEWAY_COMMANDS].map(({ type }) => type);

describe('registries', () => {
  it.each(types)('[REQ-10] %s has a rule in SPEC.md', (type) => {
    expect(rules.some((rule) => rule.includes(`\`${type}\``))).toBe(true);
  });

  it.each(types)('[REQ-10] %s is named by a test', (type) => {
    expect(tests).toContain(`'${type}'`);
  });

  it('[PERM-2] what requires nothing says what it decides before it looks at what was sent', () => {
    const silent = CHANNEL_COMMANDS.filter(({ requires, may }) => requires === 'none' && may === undefined);
    expect(silent.map(({ type }) => type)).toEqual([]);
  });

  it('[REQ-5] a type of the prototype is an unknown type', () => {
    const table = buildRequestTable(SHARD_COMMANDS, GATEWAY_COMMANDS);
    for (const type of ['__proto__', 'constructor', 'toString']) expect(table.get(type)).toBeUndefined();
  });

  it('[REQ-10] no type is registered twice', () => {
    expect(() => buildRequestTable([...CHANNEL_COMMANDS, ...CHANNEL_COMMANDS], [])).toThrow(/twice/);
  });
});
