import { createContext } from 'preact';
import type { UserRef } from '../../../src/protocol/entities.ts';

/** What can lie over the chat that is about something in it, one at a time. Ids of messages are of the room's. */
export type Overlay =
  /** `channelId`: where it is about them, if that isn't the room that is shown. */
  | { readonly kind: 'person'; readonly person: UserRef; readonly channelId?: string }
  | { readonly kind: 'message' | 'react' | 'report'; readonly roomId: string; readonly id: string }
  | { readonly kind: 'thread'; readonly roomId: string; readonly id: string }
  | { readonly kind: 'reports' }
  | { readonly kind: 'pins' | 'channel' | 'roles'; readonly roomId: string };

/** Shows one. */
export const OverlayContext = createContext<(overlay: Overlay) => void>(() => undefined);
