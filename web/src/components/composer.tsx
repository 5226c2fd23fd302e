import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { MAX_CONTENT_LENGTH } from '../../../src/protocol/limits.ts';
import { codePoints } from '../../../src/protocol/text.ts';
import type { CompletionNames } from '../state/completion.ts';
import { splitText } from '../state/split-text.ts';
import { CompletionList } from './completion-list.tsx';
import { EmojiPicker } from './emoji-picker.tsx';
import { Icon } from './icon.tsx';
import { useCompletion } from './use-completion.ts';

interface ComposerProps {
  /** What one writes here. */
  readonly label: string;
  readonly placeholder: string;
  /** The text to begin with. */
  readonly initial: string;
  /** Who may be meant. */
  readonly names: () => CompletionNames;
  /** The text is another one. */
  readonly onChange: (text: string) => void;
  /** The input has lost the focus, or goes away. */
  readonly onLeave: () => void;
  /** Takes the text, in pieces where it is long; resolves with why it can't be taken, in words, or null. */
  readonly onSend: (pieces: readonly string[]) => Promise<string | null>;
  /** Whether a text that is too long may go in pieces. */
  readonly mayCut: boolean;
  /** A key that the text itself has no use for. */
  readonly onKey: (event: KeyboardEvent, isEmpty: boolean) => void;
  /** What stands above the input. */
  readonly children?: ComponentChildren;
}

/** From so many characters on, the count is shown. */
const COUNT_FROM = MAX_CONTENT_LENGTH - 500;
/** A longer text than so many messages is no message: it had better be a file. */
const MOST_PIECES = 5;

/** Where one writes: Enter sends, Shift and Enter begin a new line. */
export function Composer(props: ComposerProps) {
  const { label, placeholder, initial, names, onChange, onLeave, onSend, mayCut, onKey, children } = props;
  const [text, setText] = useState(initial);
  const [problem, setProblem] = useState<string | null>(null);
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
    return onLeave;
  }, []);

  const change = (value: string): void => {
    setText(value);
    setProblem(null);
    onChange(value);
  };
  /** Puts `insert` in place of a stretch of the text, and the caret behind it. */
  const replace = (from: number, to: number, insert: string): void => {
    const box = area.current;
    if (box === null) return;
    box.focus();
    box.setRangeText(insert, from, to, 'end');
    change(box.value);
  };
  const send = async (whole: readonly string[]): Promise<void> => {
    const failed = await onSend(whole);
    setProblem(failed);
    // What was written while that was under way is no part of it.
    if (failed === null && (area.current === null || area.current.value === text)) change('');
    onLeave();
  };
  const completion = useCompletion(area, names, replace);
  const pieces = mayCut && length > MAX_CONTENT_LENGTH ? splitText(text, MAX_CONTENT_LENGTH) : [];
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        if (sendable) void send([text.trim()]);
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
      {children}
      <div class="composer-box">
        <label class="visually-hidden" for="composer">
          {label}
        </label>
        <textarea
          ref={area}
          id="composer"
          rows={1}
          value={text}
          dir="auto"
          placeholder={placeholder}
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
            onLeave();
          }}
          onKeyDown={(event) => {
            if (completion.onKeyDown(event)) return;
            onKey(event, text === '');
            // Enter also ends the choice of an input method, which is no wish to send.
            if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
            event.preventDefault();
            if (sendable) void send([text.trim()]);
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
        {problem !== null ? (
          <span role="alert" data-testid="composer-problem">
            {problem}
          </span>
        ) : length < COUNT_FROM ? (
          <span class="wide-only">Enter sends, Shift + Enter begins a new line</span>
        ) : (
          <span data-testid="length" data-over={length > MAX_CONTENT_LENGTH}>
            {length} of {MAX_CONTENT_LENGTH} characters
          </span>
        )}
        {pieces.length > 0 && pieces.length <= MOST_PIECES && (
          <button type="button" class="quiet" data-testid="send-pieces" onClick={() => void send(pieces)}>
            Send as {pieces.length} messages
          </button>
        )}
      </p>
    </form>
  );
}
