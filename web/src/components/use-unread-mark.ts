import { useEffect } from 'preact/hooks';
import { usePageStore } from '../state/store-context.ts';

/**
 * Notes that the mark of where one stopped reading was seen, so that it goes when one leaves the channel. `inView`:
 * the end of the channel is shown, with a mark that wasn't seen yet. In a tab in the background nobody sees it.
 */
export function useUnreadMark(channelId: string, inView: boolean): void {
  const store = usePageStore();
  useEffect(() => {
    if (!inView) return;
    const look = (): void => {
      if (document.visibilityState === 'visible') store.messages.markShown(channelId);
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [channelId, inView]);
  useEffect(() => () => store.messages.leaveMark(channelId), [channelId]);
}
