/** How an inbox tells of whispers that were changed. */
import { textChanges } from '../log/text-changes.ts';
import { whisperIdOf } from '../protocol/whispers.ts';
import { encodeEvent } from './frames.ts';
import { changedWhisper, type WhisperHead } from './whisper-change.ts';

export const WHISPER_CHANGES = textChanges({
  created: 'whisper:created',
  updated: 'whisper:updated',
  deleted: 'whisper:deleted',
  knownId: whisperIdOf,
  changed: (data, content, editedAt) => changedWhisper(data as WhisperHead, content, editedAt),
  encode: encodeEvent,
});
