/** The systemd unit, by what it says, and by systemd's own word where it is installed. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../../src/config/settings.ts';

const ANALYZE = '/usr/bin/systemd-analyze';
/** Of 10, as "systemd-analyze security" counts; a unit without any of it has 9.6. */
const MOST_EXPOSED = 2.5;
const text = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
const unit = text('deploy/hubbub.service');
const all = (key: string) => [...unit.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))].map((match) => match[1]!);

describe('deploy/hubbub.service', () => {
  it('[OPS-72] starts what npm start does, as an ordinary user with a state of its own', () => {
    const { scripts } = JSON.parse(text('package.json')) as { scripts: { start: string } };
    expect(all('ExecStart')).toEqual([`/usr/bin/${scripts.start}`]);
    expect([...all('User'), ...all('Group')]).toEqual(['hubbub', 'hubbub']);
    expect(all('StateDirectory')).toEqual(['hubbub']);
    expect(all('Environment')).toEqual(['NODE_ENV=production', 'DATA_DIR=/var/lib/hubbub']);
    expect(Object.keys(SETTINGS)).toContain('DATA_DIR');
    // The embedded PostgreSQL is in the same group of processes, and is Hubbub's to stop.
    expect(all('KillMode')).toEqual(['mixed']);
    // Longer than draining may take.
    expect(Number(all('TimeoutStopSec')[0])).toBeGreaterThan(20);
  });

  it('[OPS-72] can write nothing else, and become nobody else', () => {
    for (const [key, value] of [
      ['ProtectSystem', 'strict'],
      ['ProtectHome', 'yes'],
      ['NoNewPrivileges', 'yes'],
      ['CapabilityBoundingSet', ''],
      ['SystemCallFilter', '@system-service'],
    ] as const) {
      expect([key, all(key)]).toEqual([key, [value]]);
    }
    expect(unit).not.toContain('ReadWritePaths');
  });

  it('[OPS-72] is a unit in systemd’s eyes too, and little exposed', async () => {
    const lines = unit.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    for (const line of lines) expect(line).toMatch(/^(\[(Unit|Service|Install)\]|[A-Z][A-Za-z]+=.*)$/);
    if (!existsSync(ANALYZE)) return;
    const folder = await mkdtemp(path.join(tmpdir(), 'hubbub-unit-'));
    const file = path.join(folder, 'hubbub.service');
    try {
      // It looks for the program.
      await writeFile(file, unit.replace('/usr/bin/node', process.execPath));
      const analyze = (...args: string[]) => promisify(execFile)(ANALYZE, [...args, file]);
      const verified = await analyze('--man=no', '--recursive-errors=no', 'verify');
      expect(verified.stderr).toBe('');
      const { stdout } = await analyze('--no-pager', '--offline=true', 'security');
      expect(Number(/exposure level for hubbub\.service: ([\d.]+)/i.exec(stdout)?.[1])).toBeLessThan(
        MOST_EXPOSED,
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
