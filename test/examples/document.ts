/** docs/examples.md: what becomes here of each documented example of the systems that this one replaces. */
import { format } from 'prettier';
import { CHATORBIT } from './chatorbit.ts';
import type { Example, Verdict } from './example.ts';
import { GO_WEBSOCKET } from './go-websocket.ts';
import { JUSTCHAT } from './justchat.ts';
import { ONRABBLE } from './onrabble.ts';

/** By system, in the order in which they run: some go on where others stopped. */
export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  'OnRabble (chat server, server package)': ONRABBLE,
  'Go WebSocket server with Redis and Kinde': GO_WEBSOCKET,
  justchat: JUSTCHAT,
  ChatOrbit: CHATORBIT,
};

const VERDICTS: Readonly<Record<Verdict, string>> = {
  'as written': 'as written',
  differently: 'differently',
  not: 'no',
};

/** The whole text, as Prettier writes it. */
export async function examplesDocument(): Promise<string> {
  const parts = Object.entries(EXAMPLES).flatMap(([system, examples]) => [
    `## ${system}`,
    ['| Documented | Works | Why |', '| --- | --- | --- |', ...examples.map(row)].join('\n'),
  ]);
  const all = Object.values(EXAMPLES).flat();
  const count = (verdict: Verdict): number => all.filter((example) => example.verdict === verdict).length;
  const text = [
    '# Documented examples of other systems',
    'Hubbub takes the place of four systems. Their documents give calls of curl, connections of wscat, messages for ' +
      'PUBLISH, and routes. `npm run examples` starts a server, a Valkey and an issuer of tokens, runs each of them as it is written, with ' +
      'the host replaced, and writes this page; a test holds it against a running server. Change test/examples, not this page.',
    `Of ${all.length} examples ${count('as written')} work as they are written, ${count('differently')} work differently, ` +
      `${count('not')} doesn’t. What differs most: everything but what makes one’s way in takes a token.`,
    ...parts,
  ];
  return format(text.join('\n\n'), { parser: 'markdown', printWidth: 120, proseWrap: 'always' });
}

function row({ documented, verdict, why = '' }: Example): string {
  const code = documented.replaceAll('|', '\\|');
  const isCode = /^(?:curl|wscat|redis-cli|new |\{|GET|POST|\/ws\?|http)/.test(documented);
  const shown = isCode && !code.includes('`') ? `\`${code}\`` : isCode ? `\`\` ${code} \`\`` : code;
  return `| ${shown} | ${VERDICTS[verdict]} | ${why} |`;
}
