import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { MAX_CONTENT_LENGTH } from '../../../src/protocol/limits.ts';
import { codePoints } from '../../../src/protocol/text.ts';
import { usePageStore } from '../state/store-context.ts';

/** From so many characters on, the count is shown. */
const COUNT_FROM = MAX_CONTENT_LENGTH - 500;

/** Where one writes: Enter sends, Shift and Enter begin a new line. */
export function Composer({ channelId }: { readonly channelId: string }) {
  const store = usePageStore();
  const [text, setText] = useState(() => store.draft(channelId));
  const area = useRef<HTMLTextAreaElement>(null);
  const length = codePoints(text);
  const sendable = text.trim() !== '' && length <= MAX_CONTENT_LENGTH;

  useLayoutEffect(() => {
    if (area.current === null) return;
    area.current.style.height = 'auto';
    area.current.style.height = `${area.current.scrollHeight}px`;
  }, [text]);
  useEffect(() => {
    // On touch screens the keyboard would cover half of the page before one has read anything.
    if (matchMedia('(pointer: fine)').matches) area.current?.focus();
    return () => store.stopTyping(channelId);
  }, [channelId]);

  const change = (value: string): void => {
    setText(value);
    store.setDraft(channelId, value);
  };
  const send = (): void => {
    if (!sendable) return;
    void store.messages.send(channelId, text.trim());
    setText('');
    store.setDraft(channelId, '');
  };
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
        area.current?.focus();
      }}
    >
      <label class="visually-hidden" for="composer">
        Message to #{channelId}
      </label>
      <textarea
        ref={area}
        id="composer"
        rows={1}
        value={text}
        dir="auto"
        placeholder={`Message #${channelId}`}
        aria-describedby="composer-hint"
        aria-invalid={length > MAX_CONTENT_LENGTH}
        data-testid="composer"
        onInput={(event) => change(event.currentTarget.value)}
        onBlur={() => store.stopTyping(channelId)}
        onKeyDown={(event) => {
          // Enter also ends the choice of an input method, which is no wish to send.
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          send();
        }}
      />
      <button class="primary" type="submit" disabled={!sendable} data-testid="send">
        Send
      </button>
      <p class="hint" id="composer-hint">
        {length >= COUNT_FROM ? (
          <span data-testid="length">
            {length} of {MAX_CONTENT_LENGTH} characters
          </span>
        ) : (
          <span class="wide-only">Enter sends, Shift + Enter begins a new line</span>
        )}
      </p>
    </form>
  );
}
