/** When a page may have a network again: the browser came online, or the page came back into view. */
import type { Cancel } from './timers.ts';

interface Listened {
  addEventListener?(type: string, listener: () => void): void;
  removeEventListener?(type: string, listener: () => void): void;
}

/** What of the platform is listened to; workers have no document, Node has neither. */
interface Platform extends Listened {
  readonly document?: Listened & { readonly visibilityState?: string };
}

/** Calls `wake` each time, until it is taken back; never where the platform tells of neither. */
export function onWakeUp(wake: () => void): Cancel {
  const platform = globalThis as Platform;
  const { document } = platform;
  const seen = (): void => {
    if (document?.visibilityState === 'visible') wake();
  };
  platform.addEventListener?.('online', wake);
  document?.addEventListener?.('visibilitychange', seen);
  return () => {
    platform.removeEventListener?.('online', wake);
    document?.removeEventListener?.('visibilitychange', seen);
  };
}
