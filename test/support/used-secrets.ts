/** Every secret that this process's clients send to servers or are given by them, to look for in what servers log. */
import { subscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

/** Shorter ones stand in innocent text by chance. */
const SHORTEST = 12;
const NAMES = '(?:access_|refresh_|guest_?)?token|(?:new_|current_)?password|code|code_verifier';
const MEMBER = new RegExp(`"(?:${NAMES}|guestToken)"\\s*:\\s*"((?:[^"\\\\]|\\\\.)*)"`, 'gi');
const PARAMETER = new RegExp(`[?&](?:${NAMES})=([^&#\\s]+)`, 'gi');
const BEARER = /\bBearer\s+(\S+)/gi;

const secrets = new Set<string>();

/** Keeps what is secret in a text that a client sent or got: JSON, an address, a header. */
export function noteSecrets(text: string): void {
  for (const pattern of [MEMBER, PARAMETER, BEARER]) {
    for (const [, secret = ''] of text.matchAll(pattern)) noteSecret(secret);
  }
}

/** Keeps a secret. */
export function noteSecret(secret: string): void {
  if (secret.length >= SHORTEST) secrets.add(secret);
}

/** Lines of a log that hold a secret. */
export function linesWithSecrets(log: string): string[] {
  if (![...secrets].some((secret) => log.includes(secret))) return [];
  return log.split('\n').filter((line) => [...secrets].some((secret) => line.includes(secret)));
}

// Requests of node:http, which ws makes its upgrades with.
subscribe('http.client.request.start', (message) => {
  const { request } = message as { readonly request: ClientRequest };
  noteSecrets(request.path);
  noteSecrets(String(request.getHeader('authorization') ?? ''));
});

const { fetch: original } = globalThis;
globalThis.fetch = async (input, init) => {
  const request = new Headers(init?.headers);
  noteSecrets(request.get('authorization') ?? '');
  if (typeof init?.body === 'string') noteSecrets(init.body);
  const answer = await original(input, init);
  if (
    init?.method === 'POST' &&
    answer.headers.get('content-type')?.startsWith('application/json') === true
  ) {
    noteSecrets(await answer.clone().text());
  }
  return answer;
};
