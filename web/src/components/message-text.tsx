import type { ComponentChild } from 'preact';
import { useMemo } from 'preact/hooks';
import { isOnlyEmoji } from '../text/only-emoji.ts';
import { parseText, type TextBlock, type TextPart } from '../text/parse-text.ts';
import { MessageCode } from './message-code.tsx';

/** What somebody wrote: text nodes in elements that the page chose, never markup. */
export function MessageText({ content }: { readonly content: string }) {
  const blocks = useMemo(() => parseText(content), [content]);
  const isLarge = useMemo(() => isOnlyEmoji(blocks), [blocks]);
  return (
    <div class={isLarge ? 'text large' : 'text'} dir="auto">
      {blocks.map(drawBlock)}
    </div>
  );
}

// Without keys: a message's parts never change their places.
function drawBlock(block: TextBlock) {
  switch (block.kind) {
    case 'lines':
      return <div>{drawParts(block.parts)}</div>;
    case 'quote':
      return <blockquote>{drawParts(block.parts)}</blockquote>;
    case 'code':
      return <MessageCode language={block.language} text={block.text} />;
  }
}

function drawParts(parts: readonly TextPart[]): ComponentChild[] {
  return parts.map((part) => {
    switch (part.kind) {
      case 'text':
        return part.text;
      case 'code':
        return <code>{part.text}</code>;
      case 'link':
        return (
          <a href={part.href} title={part.href} target="_blank" rel="noopener noreferrer nofollow">
            {part.text}
          </a>
        );
      case 'strong':
        return <strong>{drawParts(part.parts)}</strong>;
      case 'em':
        return <em>{drawParts(part.parts)}</em>;
      case 'del':
        return <del>{drawParts(part.parts)}</del>;
    }
  });
}
