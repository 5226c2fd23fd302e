import { createContext } from 'preact';
import type { UserRef } from '../../../src/protocol/entities.ts';

/** What can lie over the chat that is about something in it, one at a time. Ids of messages are of the room's. */
export type Overlay =
  | { readonly kind: 'person'; readonly person: UserRef }
  | { readonly kind: 'message' | 'react' | 'report'; readonly roomId: string; readonly id: string }
  | { readonly kind: 'thread'; readonly roomId: string; readonly id: string }
  | { readonly kind: 'pins' | 'channel' | 'reports'; readonly roomId: string };

/** Shows one. */
export const OverlayContext = createContext<(overlay: Overlay) => void>(() => undefined);
