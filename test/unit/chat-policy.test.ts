import { describe, expect, it } from 'vitest';
import { chatPolicy } from '../../src/composition/chat-policy.ts';
import { type Environment, loadConfig } from '../../src/config.ts';
import { OPEN_POLICY } from '../support/open-policy.ts';

function policyOf(env: Environment) {
  const config = loadConfig(env, { baseDir: '/', cores: 2 });
  if (!config.ok) throw new Error(config.failure.message);
  return chatPolicy(config.value);
}

describe('the policy of the settings', () => {
  it('[OPS-20] is open when nothing is set, and follows what is', () => {
    expect(policyOf({})).toEqual(OPEN_POLICY);
    expect(
      policyOf({
        GUESTS: 'read',
        CHANNEL_CREATION: 'users',
        GUEST_WHISPERS: 'off',
        WHISPERS_MAX_UNREAD: '500',
      }),
    ).toEqual({ guests: 'read', channelCreation: 'users', guestWhispers: false, maxUnreadWhispers: 500 });
  });
});
