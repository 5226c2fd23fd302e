/** A client that is generated from /openapi.json: it compiles, and its types know the routes. */
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { testHttp } from '../support/http.ts';

const folder = fileURLToPath(new URL('.', import.meta.url));
const TYPES = `${folder}generated-types.ts`;
const PROGRAM = `${folder}generated-program.ts`;

const OPTIONS: ts.CompilerOptions = {
  ...{ strict: true, noEmit: true, skipLibCheck: true, types: [], lib: ['lib.es2023.d.ts', 'lib.dom.d.ts'] },
  ...{ target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.NodeNext, allowImportingTsExtensions: true },
};

const CALLS = `
import createClient from 'openapi-fetch';
import type { paths } from './generated-types.ts';

const client = createClient<paths>({ baseUrl: 'http://localhost', headers: { authorization: 'Bearer x' } });

export async function calls(): Promise<readonly [number, string | undefined, readonly string[]]> {
  const login = await client.POST('/login', { body: { username: 'ada', password: 'correct horse' } });
  const token: string | undefined = login.data?.token;
  const users = await client.GET('/users', { params: { query: { username: 'ad', limit: 5 } } });
  const names = (users.data?.items ?? []).map(({ name }): string => name);
  const user = await client.GET('/users/{id}', { params: { path: { id: 'x' } } });
  const avatar: string | undefined = user.data?.user.avatar;
  const gone = await client.DELETE('/messages', { body: { ids: ['m1'] } });
  const deleted: readonly string[] = gone.data?.deleted ?? [];
  return [deleted.length, token ?? avatar, names];
}
`;

/** What the compiler says of a program in memory, beside generated types. */
function problemsOf(types: string, program: string): string[] {
  const sources: Readonly<Record<string, string>> = { [TYPES]: types, [PROGRAM]: program };
  const host = ts.createCompilerHost(OPTIONS);
  const disk = ts.createCompilerHost(OPTIONS);
  host.fileExists = (name) => name in sources || disk.fileExists(name);
  host.readFile = (name) => sources[name] ?? disk.readFile(name);
  host.getSourceFile = (name, version) => {
    const text = host.readFile(name);
    return text === undefined ? undefined : ts.createSourceFile(name, text, version);
  };
  const compiled = ts.createProgram([PROGRAM], OPTIONS, host);
  return ts
    .getPreEmitDiagnostics(compiled)
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' ').slice(0, 300));
}

describe('a client generated from the description', () => {
  it('[HTTP-39] compiles, with what it asks and what it is answered', async () => {
    const { app } = await testHttp();
    const description = (await app.inject('/openapi.json')).body;
    await app.close();
    const types = astToString(await openapiTS(description));
    expect(problemsOf(types, CALLS)).toEqual([]);
    const wrong = CALLS.replace("{ ids: ['m1'] }", "{ ids: 'm1' }").replace(
      'token: string |',
      'token: number |',
    );
    expect(problemsOf(types, wrong).length).toBeGreaterThanOrEqual(2);
  }, 60_000);
});
