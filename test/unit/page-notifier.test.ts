/** When the page asks the browser for notifications. */
import { describe, expect, it } from 'vitest';
import type { TextStorage } from '../../web/src/state/browser-storage.ts';
import { Notifier } from '../../web/src/state/notifier.ts';
import { Preferences } from '../../web/src/state/preferences.ts';

function memory(): TextStorage {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, text) => void kept.set(key, text),
    removeItem: (key) => void kept.delete(key),
    keys: () => [...kept.keys()],
  };
}

/** A notifier on a browser whose user answers `answer` when asked. */
function notifierWith(permission: NotificationPermission, answer: NotificationPermission) {
  const seen = { asked: 0, told: [] as string[] };
  class FakeNotification {
    static permission = permission;
    static async requestPermission(): Promise<NotificationPermission> {
      seen.asked += 1;
      FakeNotification.permission = answer;
      return answer;
    }
    onclick: (() => void) | null = null;
    constructor(title: string) {
      seen.told.push(title);
    }
    close(): void {
      this.onclick = null;
    }
  }
  const preferences = new Preferences(memory(), '/', (flush) => {
    flush();
  });
  const notifier = new Notifier({
    notifications: FakeNotification as unknown as typeof Notification,
    preferences,
    icon: '',
    onOpen: () => undefined,
  });
  return { seen, notifier, preferences };
}

const MESSAGE = { roomId: 'c', channelName: 'c', author: 'bob', content: 'hi', mention: false };

describe('notifications', () => {
  it('[PAGE-58] are asked for when one chooses them, once', async () => {
    const { seen, notifier, preferences } = notifierWith('default', 'granted');
    notifier.tell(MESSAGE);
    expect([seen.asked, seen.told]).toEqual([0, []]);
    expect(await notifier.choose('all')).toBe('granted');
    expect(await notifier.choose('mentions')).toBe('granted');
    expect(seen.asked).toBe(1);
    expect(preferences.value.notify).toBe('mentions');
    notifier.tell(MESSAGE);
    notifier.tell({ ...MESSAGE, mention: true });
    expect(seen.told).toEqual(['bob mentioned you in #c']);
  });

  it('[PAGE-58] stay off where the browser says no, and nobody is asked to turn them off', async () => {
    const { seen, notifier, preferences } = notifierWith('default', 'denied');
    await notifier.choose('off');
    expect(seen.asked).toBe(0);
    expect(await notifier.choose('all')).toBe('denied');
    expect(preferences.value.notify).toBe('off');
    expect(await notifier.choose('all')).toBe('denied');
    expect(seen.asked).toBe(1);
  });
});
