import type { UserRef } from '../../../src/protocol/entities.ts';

/** Who is writing right now. The line keeps its height, so that nothing moves when it fills. */
export function TypingLine({ typing }: { readonly typing: readonly UserRef[] }) {
  return (
    <p class="typing" data-testid="typing">
      {typingText(typing.map((user) => user.name))}
    </p>
  );
}

function typingText(names: readonly string[]): string {
  const [first, second, third] = names;
  if (first === undefined) return '';
  if (second === undefined) return `${first} is typing…`;
  if (third === undefined) return `${first} and ${second} are typing…`;
  return 'Several people are typing…';
}
