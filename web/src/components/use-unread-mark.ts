import { useEffect } from 'preact/hooks';
import { usePageStore } from '../state/store-context.ts';

/**
 * Notes that the mark of where one stopped reading was seen, so that it goes when one leaves the room. `inView`:
 * the end of the room is shown, with a mark that wasn't seen yet. In a tab in the background nobody sees it.
 */
export function useUnreadMark(roomId: string, inView: boolean): void {
  const store = usePageStore();
  useEffect(() => {
    if (!inView) return;
    const look = (): void => {
      if (document.visibilityState === 'visible') store.messages.markShown(roomId);
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  }, [roomId, inView]);
  useEffect(() => () => store.messages.leaveMark(roomId), [roomId]);
}
