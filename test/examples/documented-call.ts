/** Calls of curl as documents write them, sent to the server under test. */

/** What came back; `body` is JSON where it is some. */
export interface CallAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Runs `curl …`: -X, -H, -d and the address, whose host is the server's; `more` are headers that the document leaves out. */
export async function curl(
  server: string,
  command: string,
  more: Readonly<Record<string, string>> = {},
): Promise<CallAnswer> {
  const words = [...command.matchAll(/'([^']*)'|"([^"]*)"|([^\s'"\\]+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
  const headers: Record<string, string> = { ...more };
  let method = 'GET';
  let body: string | undefined;
  let target = '';
  for (let at = 1; at < words.length; at += 1) {
    const word = words[at] ?? '';
    if (word.startsWith('http')) target = word;
    if (!word.startsWith('-')) continue;
    at += 1;
    const value = words[at] ?? '';
    if (word === '-X') method = value;
    if (word === '-d') body = value;
    if (word === '-H')
      headers[value.slice(0, value.indexOf(':'))] = value.slice(value.indexOf(':') + 1).trim();
  }
  const { pathname, search } = new URL(target);
  const answer = await fetch(server + pathname + search, {
    ...{ method, headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await answer.text();
  const isJson = /json/.test(answer.headers.get('content-type') ?? '');
  return { status: answer.status, body: isJson ? JSON.parse(text) : text };
}
