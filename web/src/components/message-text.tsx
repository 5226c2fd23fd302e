import { useMemo } from 'preact/hooks';
import { parseText } from '../text/parse-text.ts';

/** What somebody wrote: text nodes, links and code, never markup. */
export function MessageText({ content }: { readonly content: string }) {
  const parts = useMemo(() => parseText(content), [content]);
  return (
    <div class="text" dir="auto">
      {parts.map((part, index) => {
        switch (part.kind) {
          case 'text':
            return part.text;
          case 'code':
            return <code key={index}>{part.text}</code>;
          case 'link':
            return (
              <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
                {part.text}
              </a>
            );
        }
      })}
    </div>
  );
}
