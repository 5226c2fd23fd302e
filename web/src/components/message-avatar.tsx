import { useState } from 'preact/hooks';
import type { UserRef } from '../../../src/protocol/entities.ts';
import { authorHue } from './author-hue.ts';

interface MessageAvatarProps {
  readonly user: UserRef;
  /** An address of a picture, where one is known; only https is asked for. */
  readonly picture: string | undefined;
}

/** A person's picture, or a disc in their colour with the first letter of their name. */
export function MessageAvatar({ user, picture }: MessageAvatarProps) {
  const [broken, setBroken] = useState<string | null>(null);
  if (picture !== undefined && picture !== broken && URL.parse(picture)?.protocol === 'https:') {
    return (
      <img
        class="avatar"
        src={picture}
        alt=""
        width={36}
        height={36}
        loading="lazy"
        decoding="async"
        referrerpolicy="no-referrer"
        onError={() => setBroken(picture)}
      />
    );
  }
  return (
    <span class="avatar" data-hue={authorHue(user.id)} aria-hidden="true">
      {initial(user.name)}
    </span>
  );
}

/** The first letter or digit of a name; what stands first where there is none. */
function initial(name: string): string {
  const [first = ''] = /[\p{L}\p{N}]/u.exec(name) ?? name;
  return first.toUpperCase();
}
