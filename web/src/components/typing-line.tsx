import type { UserRef } from '../../../src/protocol/entities.ts';
import { harmless } from '../text/bidi-controls.ts';

/** Who is writing right now. The line keeps its height, so that nothing moves when it fills. */
export function TypingLine({ typing }: { readonly typing: readonly UserRef[] }) {
  return (
    <p class="typing" data-testid="typing">
      <TypingText typing={typing} />
    </p>
  );
}

function TypingText({ typing }: { readonly typing: readonly UserRef[] }) {
  const [first, second, third] = typing;
  if (first === undefined) return null;
  if (third !== undefined) return <>Several people are typing…</>;
  if (second === undefined)
    return (
      <>
        <Name of={first} /> is typing…
      </>
    );
  return (
    <>
      <Name of={first} /> and <Name of={second} /> are typing…
    </>
  );
}

function Name({ of }: { readonly of: UserRef }) {
  return <bdi>{harmless(of.name)}</bdi>;
}
