/** Fifty rules of automod, as a busy community has them, put into a server over its REST interface. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { AutomodRuleInput, RuleCondition } from '../src/protocol/automod-rules.ts';

/** The administrator whom the server was started with. */
export const ADMIN = { ADMIN_USERNAME: 'admin', ADMIN_PASSWORD: 'bench administrator' } as const;

/** None of them finds anything in what loads write, so that each is tried on every message. */
export const FIFTY_RULES: readonly AutomodRuleInput[] = [
  ...numbered(30, (n) =>
    rule(`words ${n}`, 'refuse', { kind: 'words', words: numbered(40, (k) => `forbidden${n}x${k}`) }),
  ),
  ...numbered(14, (n) =>
    rule(`pattern ${n}`, 'hold', {
      kind: 'pattern',
      pattern: `(?i)\\bfree[ _-]*(coins|gems|skins)${n}[^ ]{0,20}\\.(ru|cn|xyz)\\b`,
    }),
  ),
  rule('links', 'hold', { kind: 'links', limit: 2 }),
  rule('more links', 'refuse', { kind: 'links', limit: 10 }),
  rule('mentions', 'hold', { kind: 'mentions', limit: 10 }),
  rule('more mentions', 'refuse', { kind: 'mentions', limit: 40 }),
  rule('repeats', 'refuse', { kind: 'repeat', times: 5, seconds: 30 }),
  rule('capitals', 'refuse', { kind: 'caps', percent: 90, letters: 20 }),
];

/** Makes `rules` on the server at `port`. Rejects where it refuses one for anything but too many at once. */
export async function makeRules(
  port: number,
  rules: readonly AutomodRuleInput[],
  token: string,
): Promise<void> {
  for (const rule of rules) {
    for (;;) {
      const answer = await post(port, '/automod/rules', rule, token);
      if (answer.status === 201) break;
      if (answer.status !== 429) throw new Error(`${rule.name}: ${answer.status} ${await answer.text()}`);
      await sleep(Number(answer.headers.get('retry-after') ?? 1) * 1_000);
    }
  }
}

/** Logs {@link ADMIN} in. */
export async function adminToken(port: number): Promise<string> {
  const credentials = { username: ADMIN.ADMIN_USERNAME, password: ADMIN.ADMIN_PASSWORD };
  const answer = await post(port, '/login', credentials);
  if (answer.status !== 200) throw new Error(`the administrator can't log in: ${await answer.text()}`);
  return ((await answer.json()) as { readonly token: string }).token;
}

function post(port: number, path: string, body: object, token?: string): Promise<Response> {
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization },
    body: JSON.stringify(body),
  });
}

function numbered<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: count }, (_, n) => make(n + 1));
}

function rule(name: string, action: 'refuse' | 'hold', when: RuleCondition): AutomodRuleInput {
  return { name, enabled: true, action: { kind: action }, when };
}
