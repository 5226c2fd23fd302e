import { describe, expect, it } from 'vitest';
import { linesWithSecrets, noteSecret, noteSecrets } from '../support/used-secrets.ts';

describe('the search for secrets in logs', () => {
  it.each([
    ['a member of JSON', '{"data":{"guestToken":"secret-of-json-1"}}', 'secret-of-json-1'],
    ['a password', '{"username":"ada","new_password":"secret-of-json-2"}', 'secret-of-json-2'],
    ['an address', '/ws?channelId=a&token=secret-of-url-3#x', 'secret-of-url-3'],
    ['a header', 'Bearer secret-of-header-4', 'secret-of-header-4'],
  ])('[HOSTILE-8] finds those of %s', (_what, text, secret) => {
    noteSecrets(text);
    expect(linesWithSecrets(`{"msg":"fine"}\n{"url":"/x?y=${secret}"}`)).toEqual([
      `{"url":"/x?y=${secret}"}`,
    ]);
  });

  it('[HOSTILE-8] finds those of settings, and nothing in what is innocent', () => {
    noteSecret('a secret of the settings');
    expect(linesWithSecrets('a\nb a secret of the settings c')).toEqual(['b a secret of the settings c']);
    expect(linesWithSecrets('{"msg":"nothing"}')).toEqual([]);
  });
});
