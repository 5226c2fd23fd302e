import { useEffect, useRef, useState } from 'preact/hooks';

interface MessageCodeProps {
  /** As it was written; empty: none was named. */
  readonly language: string;
  readonly text: string;
}

/** So long the button says what it did, ms. */
const SAID_MS = 2_000;

/** Lines of code, which scroll sideways by themselves, with a button that copies them. */
export function MessageCode({ language, text }: MessageCodeProps) {
  const code = useRef<HTMLElement>(null);
  const [done, setDone] = useState<string | null>(null);
  useEffect(() => {
    if (done === null) return;
    const timer = setTimeout(() => setDone(null), SAID_MS);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = async (): Promise<void> => {
    // There is no clipboard on pages served over plain http other than localhost's, and it may be forbidden.
    try {
      await navigator.clipboard.writeText(text);
      setDone('Copied');
    } catch {
      if (code.current !== null) document.getSelection()?.selectAllChildren(code.current);
      setDone('Selected');
    }
  };
  return (
    <figure class="code" dir="ltr">
      <figcaption>
        <span class="language">{language}</span>
        <button type="button" class="quiet" data-testid="copy-code" onClick={() => void copy()}>
          {done ?? 'Copy'}
        </button>
        <span class="visually-hidden" role="status">
          {done}
        </span>
      </figcaption>
      {/* What scrolls has to be within reach of the keyboard. */}
      <pre tabIndex={0} role="region" aria-label={language === '' ? 'Code' : `Code, ${language}`}>
        <code ref={code}>{text}</code>
      </pre>
    </figure>
  );
}
