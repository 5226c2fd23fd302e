/**
 * Scrolling of a message log. Two modes: following, in which the newest message stays in view whatever changes, and
 * reading back, in which what is in view stays where it is while messages come at either end. Scrolling to the bottom
 * leads to the first, scrolling up to the second, and sending a message to the first.
 */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ChannelState } from '../state/page-state.ts';
import { usePageStore } from '../state/store-context.ts';

/** So close to the end counts as there, px. */
const END_SLACK = 40;
/** Older messages are asked for when so little is left above, px. */
const TOP_SLACK = 400;

/** A message and where it stands below the upper edge of the log, px. */
interface Anchor {
  readonly seq: string;
  readonly offset: number;
}

/** See the head of the file. `missed` counts what came in below while reading back. */
export function useLogScroll(channel: ChannelState) {
  const store = usePageStore();
  const box = useRef<HTMLDivElement>(null);
  const followingNow = useRef(true);
  const [following, setFollowing] = useState(true);
  const leftAt = useRef(0);
  const { messages, outgoing, newestSeq, oldestSeq, hasOlder } = channel.timeline;

  const follow = (value: boolean): void => {
    if (followingNow.current === value) return;
    followingNow.current = value;
    leftAt.current = newestSeq;
    store.setReadingBack(channel.id, !value);
    setFollowing(value);
  };
  const toEnd = (): void => {
    if (box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  };
  const loadOlderIfNear = (): void => {
    const near = box.current !== null && box.current.scrollTop < TOP_SLACK;
    if (near && hasOlder && channel.joined && channel.older === 'idle')
      void store.messages.loadOlder(channel.id);
  };

  const written = useRef(outgoing.length);
  if (outgoing.length > written.current) followingNow.current = true;
  written.current = outgoing.length;

  // Read before the drawing that may move it, put back after it.
  const anchor = followingNow.current || box.current === null ? null : topmost(box.current);
  useLayoutEffect(() => {
    if (box.current === null) return;
    if (anchor === null) toEnd();
    else putBack(box.current, anchor);
  });
  useEffect(() => {
    if (followingNow.current !== following) {
      store.setReadingBack(channel.id, false);
      setFollowing(followingNow.current);
    }
  });
  // A page that doesn't fill the log leaves nothing to scroll.
  useEffect(loadOlderIfNear, [oldestSeq, hasOlder, channel.joined, channel.older]);
  useEffect(() => {
    if (box.current === null) return;
    // The log shrinks when the input grows or a phone shows its keyboard.
    const observer = new ResizeObserver(() => {
      if (followingNow.current) toEnd();
    });
    observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => () => store.setReadingBack(channel.id, false), [channel.id]);

  return {
    box,
    following,
    missed: following ? 0 : messages.filter((message) => message.seq > leftAt.current).length,
    onScroll: (): void => {
      if (box.current === null) return;
      const { scrollHeight, scrollTop, clientHeight } = box.current;
      follow(scrollHeight - scrollTop - clientHeight < END_SLACK);
      loadOlderIfNear();
    },
    jumpToLatest: (): void => {
      follow(true);
      toEnd();
      box.current?.focus();
    },
  };
}

/** The first message that is in view, even in part. */
function topmost(box: HTMLElement): Anchor | null {
  const edge = box.getBoundingClientRect().top;
  for (const message of box.querySelectorAll<HTMLElement>('[data-seq]')) {
    const { top, bottom } = message.getBoundingClientRect();
    if (bottom > edge) return { seq: message.dataset['seq'] ?? '', offset: top - edge };
  }
  return null;
}

function putBack(box: HTMLElement, anchor: Anchor): void {
  const message = box.querySelector(`[data-seq="${anchor.seq}"]`);
  if (message === null) return;
  const offset = message.getBoundingClientRect().top - box.getBoundingClientRect().top;
  box.scrollTop += offset - anchor.offset;
}
