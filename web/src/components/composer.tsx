import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { MAX_CONTENT_LENGTH } from '../../../src/protocol/limits.ts';
import { codePoints } from '../../../src/protocol/text.ts';
import { splitText } from '../state/split-text.ts';
import { usePageStore } from '../state/store-context.ts';
import { CompletionList } from './completion-list.tsx';
import { EmojiPicker } from './emoji-picker.tsx';
import { Icon } from './icon.tsx';
import { useCompletion } from './use-completion.ts';

interface ComposerProps {
  readonly channelId: string;
  readonly channelName: string;
}

/** From so many characters on, the count is shown. */
const COUNT_FROM = MAX_CONTENT_LENGTH - 500;
/** A longer text than so many messages is no message: it had better be a file. */
const MOST_PIECES = 5;

/** Where one writes: Enter sends, Shift and Enter begin a new line. */
export function Composer({ channelId, channelName }: ComposerProps) {
  const store = usePageStore();
  const [text, setText] = useState(() => store.writing.draft(channelId));
  const [picking, setPicking] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const listId = useId();
  const length = codePoints(text);
  const sendable = text.trim() !== '' && length <= MAX_CONTENT_LENGTH;

  useLayoutEffect(() => {
    if (area.current === null) return;
    area.current.style.height = 'auto';
    area.current.style.height = `${area.current.scrollHeight + 2}px`;
  }, [text]);
  useEffect(() => {
    // On touch screens the keyboard would cover half of the page before one has read anything.
    if (matchMedia('(pointer: fine)').matches) area.current?.focus();
    return () => store.writing.stopTyping(channelId);
  }, [channelId]);

  const change = (value: string): void => {
    setText(value);
    store.writing.setDraft(channelId, value);
  };
  /** Puts `insert` in place of a stretch of the text, and the caret behind it. */
  const replace = (from: number, to: number, insert: string): void => {
    const box = area.current;
    if (box === null) return;
    box.focus();
    box.setRangeText(insert, from, to, 'end');
    change(box.value);
  };
  const send = (pieces: readonly string[]): void => {
    for (const piece of pieces) void store.messages.send(channelId, piece);
    change('');
    store.writing.stopTyping(channelId);
  };
  const completion = useCompletion(area, channelId, replace);
  const pieces = length > MAX_CONTENT_LENGTH ? splitText(text, MAX_CONTENT_LENGTH) : [];
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        if (sendable) send([text.trim()]);
        area.current?.focus();
      }}
    >
      {completion.items.length > 0 && <CompletionList id={listId} {...completion} />}
      {picking && (
        <EmojiPicker
          onPick={(emoji) => {
            setPicking(false);
            const { selectionStart = text.length, selectionEnd = text.length } = area.current ?? {};
            replace(selectionStart, selectionEnd, emoji);
          }}
          onClose={() => {
            setPicking(false);
            opener.current?.focus();
          }}
        />
      )}
      <div class="composer-box">
        <label class="visually-hidden" for="composer">
          Message to #{channelName}
        </label>
        <textarea
          ref={area}
          id="composer"
          rows={1}
          value={text}
          dir="auto"
          placeholder={`Message #${channelName}`}
          enterkeyhint="send"
          aria-describedby="composer-hint"
          aria-invalid={length > MAX_CONTENT_LENGTH}
          aria-autocomplete="list"
          aria-controls={completion.items.length > 0 ? listId : undefined}
          aria-activedescendant={completion.items.length > 0 ? `${listId}-${completion.chosen}` : undefined}
          data-testid="composer"
          onInput={(event) => {
            change(event.currentTarget.value);
            completion.look();
          }}
          onBlur={() => {
            completion.close();
            store.writing.stopTyping(channelId);
          }}
          onKeyDown={(event) => {
            if (completion.onKeyDown(event)) return;
            // Enter also ends the choice of an input method, which is no wish to send.
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            if (sendable) send([text.trim()]);
          }}
        />
        <button
          ref={opener}
          type="button"
          class="quiet icon-button"
          aria-label="Emoji"
          title="Emoji"
          aria-expanded={picking}
          data-testid="emoji"
          onClick={() => setPicking(!picking)}
        >
          <Icon name="emoji" />
        </button>
        <button
          class="primary icon-button"
          type="submit"
          disabled={!sendable}
          aria-label="Send"
          title="Send"
          data-testid="send"
        >
          <Icon name="send" />
        </button>
      </div>
      <p class="hint" id="composer-hint">
        {length < COUNT_FROM ? (
          <span class="wide-only">Enter sends, Shift + Enter begins a new line</span>
        ) : (
          <span data-testid="length" data-over={length > MAX_CONTENT_LENGTH}>
            {length} of {MAX_CONTENT_LENGTH} characters
          </span>
        )}
        {pieces.length > 0 && pieces.length <= MOST_PIECES && (
          <button type="button" class="quiet" data-testid="send-pieces" onClick={() => send(pieces)}>
            Send as {pieces.length} messages
          </button>
        )}
      </p>
    </form>
  );
}
